"""This machine: its GPUs, its memory, its processes."""
