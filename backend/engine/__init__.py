"""The gateway: one OpenAI-compatible API for models on llama.cpp, on vLLM and at hosted APIs."""
