"""Parts of the page Reproduce: the form, what it will take, its progress and its figure."""
