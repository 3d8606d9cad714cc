"""The shared words: complete, in order, keyed as the law and INSEE say."""

from itertools import pairwise

import pytest

from territories.foundations.vocabulary import (
    AGGREGATE_OF,
    DIVISIONS,
    DIVISIONS_2025,
    NAF_2025,
    NAF_REV2,
    SECTORS,
    SIZE_BANDS,
    SIZE_GROUPS,
    EssFamily,
    Phase,
    Regard,
    Status,
    division_of,
    is_employer,
    naf4,
    nomenclature_of,
    sector_of,
)


def test_every_status_says_whether_it_carries_a_number() -> None:
    assert {status.value for status in Status if status.has_value} == {"A", "p", "r", "e", "W"}
    assert {status.value for status in Status if not status.has_value} == {"s", "nd", "///", "ns"}
    assert len({status.symbol for status in Status}) == len(Status)


def test_families_and_regards_are_labelled_in_their_order() -> None:
    assert [family.value for family in EssFamily] == ["association", "cooperative", "mutuelle", "fondation", "commercial"]
    assert EssFamily.COMMERCIAL.plural == "sociétés commerciales de l’ESS"
    assert [regard.label for regard in Regard] == ["Structures de l’ESS", "Entreprises classiques", "Acteurs institutionnels"]


def test_the_four_phases_last_thirty_six_months() -> None:
    assert [phase.months for phase in Phase] == [6, 3, 3, 24]
    assert [phase.number for phase in Phase] == [1, 2, 3, 4]
    assert Phase.CHARACTERISATION.title.startswith("Caractérisation du poids, des problématiques du secteur et des coopérations")
    assert [phase for phase in Phase if phase.is_optional] == [Phase.CONSOLIDATION]


def test_bands_touch_without_overlapping() -> None:
    employers = [band for band in SIZE_BANDS if band.is_employer]
    for below, above in pairwise(employers):
        assert below.upper is not None
        assert above.lower == below.upper + 1
    assert employers[-1].upper is None
    assert list(dict.fromkeys(band.group for band in employers)) == [key for key, _ in SIZE_GROUPS]


@pytest.mark.parametrize(
    ("band", "employs"), [("NN", False), ("00", True), ("01", True), ("53", True), ("", False), (None, False), ("99", False)]
)
def test_employer_is_a_known_band_other_than_nn(band: str | None, employs: bool) -> None:
    assert is_employer(band) is employs


def test_each_division_has_one_sector_and_one_line_of_each_level() -> None:
    placed = [division for sector in SECTORS for division in sector.divisions]
    assert sorted(placed) == sorted(DIVISIONS)
    assert len(DIVISIONS) == 88
    assert set(AGGREGATE_OF) == set(DIVISIONS)
    assert len({aggregate.a38 for aggregate in AGGREGATE_OF.values()}) == 38
    assert len({aggregate.a17 for aggregate in AGGREGATE_OF.values()}) == 17
    assert len({aggregate.a10 for aggregate in AGGREGATE_OF.values()}) == 10
    assert {aggregate.a5 for aggregate in AGGREGATE_OF.values()} == {"AZ", "BE", "FZ", "GU", "OQ"}


@pytest.mark.parametrize(
    ("nomenclature", "division", "sector"),
    [
        (NAF_REV2, "88", "action-sociale"),
        (NAF_2025, "88", "action-sociale"),
        (NAF_REV2, "90", "arts-spectacles"),
        (NAF_REV2, "92", "arts-spectacles"),
        (NAF_REV2, "93", "sports-loisirs"),
        (NAF_REV2, "45", "commerce"),
        (NAF_2025, "45", None),
        (NAF_REV2, "44", None),
        ("NAF1993", "93", None),
        ("NAFRev1", "85", None),
        ("NAP", "85", None),
        ("", "85", None),
        (NAF_REV2, "", None),
        (None, None, None),
    ],
)
def test_sectors_are_keyed_on_nomenclature_and_division(
    nomenclature: str | None, division: str | None, sector: str | None
) -> None:
    assert sector_of(nomenclature, division) == sector


def test_deleting_division_45_is_the_only_change_of_numbers() -> None:
    assert set(DIVISIONS) - DIVISIONS_2025 == {"45"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NAFRev2", NAF_REV2),
        ("NAFRév2", NAF_REV2),
        ("NAF2025", NAF_2025),
        ("NAF25", NAF_2025),
        ("NAFRev1", None),
        ("NAF1993", None),
        (None, None),
    ],
)
def test_literals_of_nomenclatures(text: str | None, expected: str | None) -> None:
    assert nomenclature_of(text) == expected


@pytest.mark.parametrize(
    ("ape", "class_", "division"),
    [
        ("94.99Z", "9499", "94"),
        ("9499Y", "9499", "94"),
        ("94.9", "", "94"),
        ("", "", ""),
        (None, "", ""),
        ("[ND]", "", ""),
        ("1", "", ""),
    ],
)
def test_ape_codes_are_cut_at_four_and_two_figures(ape: str | None, class_: str, division: str) -> None:
    assert naf4(ape) == class_
    assert division_of(ape) == division
