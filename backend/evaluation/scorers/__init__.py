"""Scorers, one per file. A score without a value is unscored, which differs from zero."""
