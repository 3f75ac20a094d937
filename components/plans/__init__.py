"""Parts of a screen that draft, freeze and launch plans."""
