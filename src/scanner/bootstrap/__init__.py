"""Wire a door by hand: the one place where ports meet adapters, and where clocks and randomness come from.

``eyes`` reads codes, ``door`` decides, ``step`` keeps in step with central, ``pairing`` makes a device this door's.
"""
