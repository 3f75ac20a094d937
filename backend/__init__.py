"""Everything behind the pages."""
