"""``python -m central`` is ``gatepost-central``."""

from central.cli import main

if __name__ == "__main__":
    main(prog_name="gatepost-central")
