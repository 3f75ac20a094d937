"""The engine: a gateway with one OpenAI API in front of llama.cpp's own server."""
