"""Operators: who runs central, over HTTP, and where."""
