"""Training sets, probes, and what builds them."""
