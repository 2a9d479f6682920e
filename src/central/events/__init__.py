"""Events: published to subscribers from the outbox, taken from outside once, answered once."""
