"""A clone of the authors' repository, read as datasets, probes and judges."""
