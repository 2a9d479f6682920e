"""Alerts: rules over what central knows, told once for each change."""
