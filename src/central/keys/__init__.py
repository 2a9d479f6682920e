"""Issuer keys, the key set of a venue, and the root that signs documents."""
