"""One file for each thing a screen can be."""
