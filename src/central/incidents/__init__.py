"""Incidents: facts in the doors' audit that somebody should look at, each found once; and the feed of admissions."""
