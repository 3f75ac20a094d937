"""Training sets: loading, dilution, import."""
