"""Figures of what happened, kept as it happens: rollups, and what is told out of them."""
