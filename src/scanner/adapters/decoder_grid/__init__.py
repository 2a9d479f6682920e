"""The elastic grid behind the ``QrDecoder`` port: stills at once, live frames in a thread of its own."""

from scanner.adapters.decoder_grid.decoder import GridDecoder

__all__ = ["GridDecoder"]
