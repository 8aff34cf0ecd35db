"""Models that run on this machine: their weights, fetched when asked for, and their server."""

from rlmflow.models.local.catalogue import CATALOGUE, DEFAULT, Weights, human_size
from rlmflow.models.local.fetch import LocalListing, Progress, list_models, pull

__all__ = [
    "CATALOGUE",
    "DEFAULT",
    "LocalListing",
    "Progress",
    "Weights",
    "human_size",
    "list_models",
    "pull",
]
