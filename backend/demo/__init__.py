"""The demo without a browser, and the adapters that are shipped with the lab."""
