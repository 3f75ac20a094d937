"""Datasets and probes of the user's own: read, shown before anything is kept, then saved whole."""
