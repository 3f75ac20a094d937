"""Parts of the probe screen."""
