"""Runs: submit, check, estimate, find."""
