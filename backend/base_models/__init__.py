"""Base models: their cards and tokenizers."""
