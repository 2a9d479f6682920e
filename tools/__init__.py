"""Programs of the workshop: they make fixtures, run the demo, and check the tree."""
