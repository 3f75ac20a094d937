"""Numbered changes of the database's schema and rows; see "Schema migrations" in the docs."""
