"""What a card is: tokens, keys, verification, signed documents, the audit entry and its chain.

Everything here is pure. No module reads a clock, draws randomness, opens a file or logs, so that the
door and central judge the same bytes in the same way.
"""
