"""The commands, a module each: they parse, call the API, print, and tell how it went with their exit status.

The API is imported inside the commands, so that ``--help`` is quick and ``predict`` never waits for scikit-learn.
"""
