"""Public figures: where they come from (Dataset), what was read (Establishment, Observation), what was published (Release)."""

from territories.observatory.models.datasets import Dataset, Establishment, Observation
from territories.observatory.models.perimeters import (
    EstablishmentRemark,
    Perimeter,
    PerimeterPreview,
    QualificationDecision,
    SirenList,
    SirenListEntry,
)
from territories.observatory.models.releases import DiffusionPermit, Release, ReleasedFigure, ReleaseSource

__all__ = [
    "Dataset",
    "DiffusionPermit",
    "Establishment",
    "EstablishmentRemark",
    "Observation",
    "Perimeter",
    "PerimeterPreview",
    "QualificationDecision",
    "Release",
    "ReleaseSource",
    "ReleasedFigure",
    "SirenList",
    "SirenListEntry",
]
