"""The audit of every door, taken exactly once."""
