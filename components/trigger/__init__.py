"""Parts of the trigger dial."""
