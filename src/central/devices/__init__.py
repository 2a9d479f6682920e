"""Devices at the doors: codes that enrol them."""
