"""Base models: cards and tokenizers."""
