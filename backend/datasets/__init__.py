"""Datasets: loading, dilution, descendants and import."""
