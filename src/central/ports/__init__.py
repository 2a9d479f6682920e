"""What the use cases need of the world, as types: records, storage, clock, randomness, HTTP calls."""
