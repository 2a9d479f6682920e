"""The dashboard: pages for operators at /dashboard."""
