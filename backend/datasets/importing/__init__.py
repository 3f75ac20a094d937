"""Import of a user's datasets and probes: read, previewed, then saved atomically."""
