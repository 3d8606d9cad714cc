"""Public figures: where they come from (Dataset), what was read (Establishment, Observation), what was published (Release)."""

from territories.observatory.models.datasets import ColumnMapping, Dataset, Establishment, Observation, StatisticsUpload
from territories.observatory.models.perimeters import Perimeter
from territories.observatory.models.releases import (
    DiffusionPermit,
    ReferenceValue,
    Release,
    ReleasedFigure,
    ReleaseSource,
    SkippedStep,
)

__all__ = [
    "ColumnMapping",
    "Dataset",
    "DiffusionPermit",
    "Establishment",
    "Observation",
    "Perimeter",
    "ReferenceValue",
    "Release",
    "ReleaseSource",
    "ReleasedFigure",
    "SkippedStep",
    "StatisticsUpload",
]
