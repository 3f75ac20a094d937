"""Adapters and models written as GGUF files, which llama.cpp reads."""
