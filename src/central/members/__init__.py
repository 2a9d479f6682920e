"""Members, fed from the membership system."""
