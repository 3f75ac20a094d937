"""Parts of a screen that show an evaluation."""
