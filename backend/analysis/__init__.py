"""Compute effects, rates, intervals and verdicts from stored scores."""
