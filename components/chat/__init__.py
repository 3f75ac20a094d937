"""Parts of the chat screen."""
