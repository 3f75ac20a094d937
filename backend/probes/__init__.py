"""Probes, judges and triggers, as their files define them."""
