"""Copytaster."""
