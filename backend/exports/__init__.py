"""What leaves the lab: replays, reports, Inspect logs, adapters."""
