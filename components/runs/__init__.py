"""Parts of a screen that show or configure runs."""
