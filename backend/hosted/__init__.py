"""Models that a provider hosts: prices, budget, fine-tuning API."""
