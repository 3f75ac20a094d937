"""Train adapters on datasets. Only this package and contrast scoring import torch."""
