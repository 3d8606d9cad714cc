"""Public figures: where they come from (Dataset), what was read (Establishment, Observation), what was published (Release)."""

from territories.observatory.models.datasets import ColumnMapping, Dataset, Establishment, Observation, StatisticsUpload
from territories.observatory.models.perimeters import (
    EstablishmentRemark,
    Perimeter,
    PerimeterPreview,
    QualificationDecision,
    SirenList,
    SirenListEntry,
)
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
    "EstablishmentRemark",
    "Observation",
    "Perimeter",
    "PerimeterPreview",
    "QualificationDecision",
    "ReferenceValue",
    "Release",
    "ReleaseSource",
    "ReleasedFigure",
    "SirenList",
    "SirenListEntry",
    "SkippedStep",
    "StatisticsUpload",
]
