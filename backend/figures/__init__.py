"""Plotly figures of the analysis."""
