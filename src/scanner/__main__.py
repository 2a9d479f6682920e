"""``python -m scanner`` is ``gatepost``."""

from scanner.cli import main

main()
