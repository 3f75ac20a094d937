"""Benchmarks. Each script measures all sides in one session and prints how they compare."""
