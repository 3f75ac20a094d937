"""Talk to the engine: client, streaming, conversations."""
