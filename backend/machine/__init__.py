"""This machine: GPUs, memory, processes."""
