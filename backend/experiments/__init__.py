"""Experiments: the paper's six, each with the measure that the paper takes of it."""
