"""Keep in step with central: hand over the log by position, take keys and standings. No HTTP in here."""
