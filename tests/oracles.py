"""Slow, obvious computations that the fast ones are compared with: loops over cells, nothing shared with the code under test."""

from collections.abc import Iterable, Sequence
from typing import Any

from territories.observatory.statistics.cells import EmployerCell, EssCell, FlowCell


def slow_key_figures(
    communes: Sequence[str],
    ess: Iterable[EssCell],
    employers: Iterable[EmployerCell],
    flows: Iterable[FlowCell] = (),
) -> dict[str, Any]:
    """Counts of a territory made of `communes`, all covered, cell after cell."""
    result: dict[str, Any] = {
        "employers": 0,
        "non_employers": 0,
        "private_employers": 0,
        "all_employers": 0,
        "families": {},
        "bands": {},
        "present": set(),
        "creations": {},
        "cessations": {},
    }
    for cell in ess:
        if cell.commune not in communes:
            continue
        if cell.employer:
            result["employers"] += cell.n
            result["families"][cell.famille] = result["families"].get(cell.famille, 0) + cell.n
            result["bands"][cell.tranche] = result["bands"].get(cell.tranche, 0) + cell.n
            if cell.n:
                result["present"].add(cell.commune)
        else:
            result["non_employers"] += cell.n
    for cell in employers:
        if cell.commune in communes and cell.division not in ("97", "98", "99"):
            result["all_employers"] += cell.n
            if cell.private:
                result["private_employers"] += cell.n
    for flow in flows:
        if flow.commune in communes:
            result["creations"][flow.year] = result["creations"].get(flow.year, 0) + flow.creations
            result["cessations"][flow.year] = result["cessations"].get(flow.year, 0) + flow.cessations
    return result


# The sector grid of the CRESS observatories, retyped as bounds so that a slip in the vocabulary shows.
SECTOR_BOUNDS = (
    ("agriculture", 1, 3),
    ("industrie-construction", 5, 43),
    ("commerce", 45, 47),
    ("services-divers", 49, 53),
    ("hebergement-restauration", 55, 56),
    ("soutien-entreprises", 58, 63),
    ("finance-assurance", 64, 66),
    ("soutien-entreprises", 68, 82),
    ("services-divers", 84, 84),
    ("enseignement", 85, 85),
    ("sante", 86, 86),
    ("action-sociale", 87, 88),
    ("arts-spectacles", 90, 92),
    ("sports-loisirs", 93, 93),
    ("services-divers", 94, 99),
)


def slow_sector(nomenclature: str, division: str) -> str:
    """The sector of a division, « non-classe » for old nomenclatures and unknown divisions."""
    if nomenclature not in ("NAFRev2", "NAF2025") or not division.isdigit():
        return "non-classe"
    number = int(division)
    for key, first, last in SECTOR_BOUNDS:
        if first <= number <= last:
            return key
    return "non-classe"


def slow_cross(communes: Sequence[str], ess: Iterable[EssCell]) -> dict[tuple[str, str], int]:
    """Employers by (famille, sector)."""
    cross: dict[tuple[str, str], int] = {}
    for cell in ess:
        if cell.commune in communes and cell.employer:
            key = (cell.famille, slow_sector(cell.nomenclature, cell.division))
            cross[key] = cross.get(key, 0) + cell.n
    return cross
