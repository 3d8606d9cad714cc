"""Figures published by others, made up."""

from typing import Any

from territories.observatory.models import ReferenceValue


def make_reference(**changes: Any) -> ReferenceValue:
    values: dict[str, Any] = {
        "territory_name": "CC du Pays d’Ancenis",
        "kind": "epci",
        "code": "244400552",
        "year": 2021,
        "indicator": "jobs",
        "value": 4_000,
        "unit": "jobs",
        "basis": "jobs",
        "source": "Observatoire fictif",
    }
    return ReferenceValue.objects.create(**(values | changes))
