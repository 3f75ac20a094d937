"""What the lab measured of the included model, and the documents that are computed from it."""
