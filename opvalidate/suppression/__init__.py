"""Suppressed findings: comments, configured entries and the baseline."""
