"""Probes, judges and triggers, loaded from their files."""
