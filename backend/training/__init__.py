"""From dataset to adapter. The only part of the lab, with contrast scoring, that imports torch."""
