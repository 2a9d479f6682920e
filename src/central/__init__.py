"""The service behind the doors: members, cards, keys, devices, and the audit of every door."""
