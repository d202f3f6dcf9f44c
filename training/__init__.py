"""Fitting a classifier on labelled pages, and measuring it."""
