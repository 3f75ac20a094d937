"""From dataset to adapter. Only this package and contrast scoring import torch."""
