"""Parts of the presenter."""
