"""What the browser shows. Pages read, draw and submit; they hold no SQL and no torch."""
