"""Parts of a screen that show datasets."""
