"""Schema of the lab: database tables and the registry of base models. No weights live here."""
