"""Requests to the gateway: the client, streaming, concurrent requests, stored conversations."""
