"""Parts of the guided demo."""
