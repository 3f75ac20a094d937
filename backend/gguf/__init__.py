"""GGUF files for llama.cpp, converted from adapters and primed models."""
