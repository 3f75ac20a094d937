"""The queue of jobs, their progress and ETA."""
