"""What a door decides, and nothing else: no clock, no I/O, no threads."""
