"""What tables say: honest about small and missing numbers, right in number and gender, denominators named."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territories.foundations.vocabulary import EssFamily, is_employer
from territories.observatory.statistics.building import Reference, build_tables
from territories.observatory.statistics.cells import (
    EmployerCell,
    EmployerListing,
    EssCell,
    FlowCell,
    FlowYears,
    Place,
    TerritoryFacts,
)
from territories.observatory.statistics.sentences import Compared, coverage_sentence, naming, sentence_of
from territories.observatory.statistics.tables import SIRENE_TABLES, TerritoryTables
from territories.observatory.statistics.tallies import tally_cells

ANCENIS = naming("CC du Pays d'Ancenis", "epci")
PLACES = (Place("A", "Ancenis", 11_000), Place("B", "Le Cellier", 3_700), Place("C", "Oudon", 3_900))
REGION = tally_cells(
    [EssCell("R", "association", division, "NAFRev2", "01", True, n) for division, n in (("88", 300), ("85", 500), ("93", 200))]
)["R"]


def cell(n: int, *, commune: str = "A", family: str = "association", division: str = "88", band: str = "02") -> EssCell:
    return EssCell(commune, family, division, "NAFRev2", band, is_employer(band), n)


def built(cells: list[EssCell], **changes: Any) -> TerritoryTables:
    settings_of_facts: dict[str, Any] = {
        "places": PLACES,
        "population": 18_600,
        "enterprises": sum(one.n for one in cells if one.employer),
    }
    settings_of_facts |= {key: changes.pop(key) for key in list(changes) if key in TerritoryFacts.__dataclass_fields__}
    tallies = tally_cells(cells, changes.get("employers", ()), changes.get("flows", ()))
    return build_tables(
        TerritoryFacts("T", "Territoire", **settings_of_facts),
        tallies,
        reference=Reference("52", "Pays de la Loire", REGION, "region"),
        years=changes.get("years", FlowYears()),
    )


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def said(tables: TerritoryTables, key: str, compared: tuple[Compared, ...] = ()) -> str:
    return plain(sentence_of(tables[key], ANCENIS, compared))


RICH = [
    cell(60),
    cell(10, division="85", band="03"),
    cell(8, division="93", band="11", commune="B"),
    cell(6, family="cooperative", division="01", band="12"),
    cell(1, family="mutuelle", division="65", band="22"),
    cell(40, band="NN"),
]


def test_the_weight_names_both_denominators_and_compares() -> None:
    employers = [EmployerCell("A", "47", True, 515), EmployerCell("A", "88", True, 85), EmployerCell("A", "84", False, 50)]
    tables = built(RICH, employers=employers, enterprises=80)
    region = Compared(
        naming("Pays de la Loire", "region"), built([cell(100)], employers=[EmployerCell("A", "88", True, 800)])["key_figures"]
    )
    assert said(tables, "key_figures", (region,)) == (
        "Dans la CC du Pays d’Ancenis, 85 établissements employeurs relèvent de l’ESS, pour 80 entreprises. "
        "Ils représentent 14,2 % des établissements employeurs privés, contre 12,5 % en Pays de la Loire. "
        "Dans l’ensemble des établissements employeurs, public compris, cette part est de 13,1 %. "
        "Rapporté à la population municipale, cela fait 45,7 établissements employeurs pour 10 000 habitants, "
        "contre 53,8 en Pays de la Loire."
    )


def test_one_employer_is_singular_and_called_small() -> None:
    text = said(built([cell(1)], employers=[EmployerCell("A", "88", True, 4)]), "key_figures")
    assert text.startswith("Dans la CC du Pays d’Ancenis, 1 établissement employeur relève de l’ESS. Il représente 25,0 % des")
    assert "un ou deux établissements suffisent" in text


def test_small_is_below_thirty() -> None:
    assert "Ces nombres sont petits" in said(built([cell(29)]), "key_figures")
    assert "Ces nombres sont petits" not in said(built([cell(30)]), "key_figures")


def test_zero_is_said_as_none() -> None:
    tables = built([cell(4, band="NN")])
    for key in ("key_figures", "families", "sectors", "family_sector", "sizes", "communes"):
        assert said(tables, key) == "Aucun établissement employeur de l’ESS n’est connu dans la CC du Pays d’Ancenis."


def test_unavailable_is_said_as_unavailable() -> None:
    tables = built([], places=tuple(Place(place.code, place.name, place.population, covered=False) for place in PLACES))
    for key in ("key_figures", "families", "sectors", "family_sector", "sizes", "communes"):
        assert "ne sont pas disponibles" in said(tables, key)
    assert "ne sont pas disponibles" in plain(coverage_sentence(tables["key_figures"], ANCENIS))


def test_partial_coverage_is_said() -> None:
    partial = built([cell(3)], places=(PLACES[0], Place("B", "Le Cellier", 3_700, covered=False)))
    assert plain(coverage_sentence(partial["key_figures"], ANCENIS)) == (
        "Chiffres partiels : 1 commune couverte sur 2 de la CC du Pays d’Ancenis. "
        "Les parts et les taux portent sur cette partie seulement."
    )
    assert coverage_sentence(built([cell(3)])["key_figures"], ANCENIS) == ""
    assert "1 commune n’est pas couverte par les fichiers chargés." in said(partial, "communes")


def test_families() -> None:
    assert said(built(RICH), "families") == (
        "Dans la CC du Pays d’Ancenis, la famille « Associations » compte 78 établissements employeurs sur les 85 de l’ESS, "
        "soit 91,8 %, devant « Coopératives » (6) et « Mutuelles » (1). "
        "Aucune fondation ni société commerciale de l’ESS n’y emploie."
    )
    assert said(built([cell(1, family="fondation")]), "families") == (
        "Dans la CC du Pays d’Ancenis, le seul établissement employeur de l’ESS est porté par une fondation."
    )
    assert said(built([cell(3)]), "families") == (
        "Dans la CC du Pays d’Ancenis, les 3 établissements employeurs de l’ESS relèvent tous de la famille « Associations »."
    )
    tied = said(built([cell(2), cell(2, family="mutuelle"), cell(1, family="cooperative")]), "families")
    assert tied.startswith(
        "Dans la CC du Pays d’Ancenis, les familles « Associations » et « Mutuelles » comptent chacune "
        "2 établissements employeurs de l’ESS sur 5, devant « Coopératives » (1)."
    )


def test_sectors_say_what_is_specific_and_what_is_not_significant() -> None:
    employers = [EmployerCell("A", "88", True, 120)]
    text = said(built(RICH, employers=employers), "sectors")
    assert text.startswith(
        "Dans la CC du Pays d’Ancenis, le premier secteur est « Action sociale » : 60 établissements employeurs, "
        "soit 70,6 % des 85 employeurs de l’ESS, devant « Enseignement » (10) et « Sports et loisirs » (8). "
        "L’ESS y représente 50,0 % des établissements employeurs privés de ce secteur. "
        "Par comparaison avec les Pays de la Loire, pèsent plus dans l’ESS du territoire : « Action sociale » (indice 2,35)."
    )
    assert text.endswith("Pour 2 secteurs de moins de 30 établissements employeurs, l’indice n’est pas significatif (n.s.).")


def test_sizes() -> None:
    assert said(built(RICH), "sizes") == (
        "Dans la CC du Pays d’Ancenis, 70 des 85 établissements employeurs de l’ESS (82,4 %) comptent moins de 10 salariés "
        "et 1 en compte 100 ou plus. D’après les bornes des tranches, ils emploient entre 540 et 1 035 salariés "
        "(estimation Sirene, et non un effectif mesuré)."
    )
    assert "aucun n’en compte 100 ou plus" in said(built([cell(3)]), "sizes")
    assert "au moins 10 003 salariés" in said(built([cell(1), cell(1, band="53")]), "sizes")


def test_communes() -> None:
    assert said(built(RICH), "communes") == (
        "L’ESS emploie dans 2 des 3 communes de la CC du Pays d’Ancenis. "
        "C’est à Ancenis que les établissements employeurs sont les plus nombreux : 77 sur 85."
    )
    everywhere = built([cell(1), cell(2, commune="B"), cell(2, commune="C")])
    assert said(everywhere, "communes") == "L’ESS emploie dans les 3 communes de la CC du Pays d’Ancenis."
    assert said(built([cell(3, commune="B")]), "communes").endswith(
        "C’est au Cellier que les établissements employeurs sont les plus nombreux : 3 sur 3."
    )


def test_dynamics() -> None:
    years = FlowYears((2022, 2023, 2024), frozenset({2024}))
    flows = [
        FlowCell("A", "association", 2022, 4, 2),
        FlowCell("A", "association", 2023, 1, 0),
        FlowCell("A", "association", 2024, 9, 9),
    ]
    assert said(built([cell(3)], flows=flows, years=years), "dynamics") == (
        "En 2023, 1 établissement de l’ESS a été créé dans la CC du Pays d’Ancenis ; aucune cessation n’est enregistrée. "
        "De 2022 à 2023, la moyenne est de 2,5 créations par an. L’année 2024, incomplète, est provisoire."
    )
    none = said(built([cell(3)], flows=[FlowCell("A", "association", 2023, 0, 2)], years=FlowYears((2023,))), "dynamics")
    assert none == "En 2023, aucun établissement de l’ESS n’a été créé dans la CC du Pays d’Ancenis et 2 ont cessé leur activité."
    assert (
        said(built([cell(3)]), "dynamics") == "Les créations et cessations ne sont pas disponibles pour la CC du Pays d’Ancenis."
    )


def test_largest_employers() -> None:
    def listing(name: str, band: str, *, hidden: bool = False) -> EmployerListing:
        return EmployerListing(name, name, "association", "sante", "A", "Ancenis", band, hidden)

    assert said(
        built([cell(2)], listings=(listing("Alpha", "31"), listing("Bêta", "22"), listing("P", "22", hidden=True))),
        "top_employers",
    ) == (
        "Dans la CC du Pays d’Ancenis, le plus grand employeur de l’ESS est Alpha (200 à 249 salariés). "
        "1 établissement en diffusion partielle n’est pas nommé."
    )
    twelve = tuple(listing(f"N{rank:02d}", "01") for rank in range(12))
    assert said(built([cell(12)], listings=twelve), "top_employers") == (
        "Dans la CC du Pays d’Ancenis, 10 établissements de l’ESS se partagent la tranche la plus haute (1 ou 2 salariés). "
        "2 autres établissements sont dans la même tranche que le dernier de la liste."
    )
    assert said(built([]), "top_employers").startswith("Aucun établissement de l’ESS ayant des salariés")


CELLS = st.lists(
    st.builds(
        cell,
        st.integers(0, 40),
        commune=st.sampled_from("ABC"),
        family=st.sampled_from([family.value for family in EssFamily]),
        division=st.sampled_from(["88", "85", "93", "", "01"]),
        band=st.sampled_from(["NN", "00", "01", "12", "53", ""]),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(CELLS, st.booleans())
def test_any_table_speaks_correct_french(cells: list[EssCell], covered: bool) -> None:
    places = tuple(Place(place.code, place.name, place.population, covered or place.code != "A") for place in PLACES)
    tables = built(
        cells,
        places=places,
        employers=[EmployerCell("A", "88", True, 5)],
        flows=[FlowCell("B", "association", 2023, 1, 1)],
        years=FlowYears((2023,)),
    )
    for key in SIRENE_TABLES:
        text = said(tables, key)
        assert text.endswith(".")
        assert text[0] == text[0].upper()
        for wrong in ("None", "nan", "  ", "..", " nd", " ,", "est ont", "1 ont"):
            assert wrong not in text, text
        assert not re.search(r"(?<![\d,])[01] (établissements|secteurs|communes|autres|ont|comptent|salariés)", text), text
        assert not re.search(r" 0 (?!salarié|et|%)", text.replace("tranche « 0 »", "")), text


def test_an_unknown_table_is_a_fault() -> None:
    tables = built([cell(1)])
    table = tables["families"]
    with pytest.raises(KeyError):
        sentence_of(type(table)("other", (), ()), ANCENIS)
