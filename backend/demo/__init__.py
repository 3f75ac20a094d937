"""The main job headless, and the adapters that ship."""
