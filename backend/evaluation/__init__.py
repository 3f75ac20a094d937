"""Evaluations: contrasts, samples and their scores."""
