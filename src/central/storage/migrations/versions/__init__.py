"""The migrations, each numbered once and for good."""
