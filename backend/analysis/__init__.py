"""Stored scores to effects, rates, intervals and verdicts."""
