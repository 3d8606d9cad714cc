"""Public figures: where they come from (Dataset), what was read (Establishment, Observation), what was published (Release)."""

from territories.observatory.models.datasets import ColumnMapping, Dataset, Establishment, Observation, StatisticsUpload
from territories.observatory.models.perimeters import Perimeter
from territories.observatory.models.releases import DiffusionPermit, Release, ReleasedFigure, ReleaseSource

__all__ = [
    "ColumnMapping",
    "Dataset",
    "DiffusionPermit",
    "Establishment",
    "Observation",
    "Perimeter",
    "Release",
    "ReleaseSource",
    "ReleasedFigure",
    "StatisticsUpload",
]
