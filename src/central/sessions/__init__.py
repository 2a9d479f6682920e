"""Operators who logged in on the dashboard."""
