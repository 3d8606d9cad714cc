"""What tables with jobs say: in plain French, and nothing that is masked."""

import re
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territories.foundations.vocabulary import EssFamily, Status
from territories.observatory.statistics.employment.building import build_job_tables
from territories.observatory.statistics.employment.cells import PRIVATE, PUBLIC, CommuneFigures, JobFacts, JobKey
from territories.observatory.statistics.employment.survival import Cohort, survival_table
from territories.observatory.statistics.figures import Figure
from territories.observatory.statistics.sentences import Compared, naming, sentence_of
from territories.observatory.statistics.tables import Table
from tests.employment_cells import facts_of, simple_year, year_of

PLACE = naming("CC du Pays d’Ancenis", "epci")
HERE = "dans la CC du Pays d’Ancenis"


def said(table: Table, *compared: Compared) -> str:
    return sentence_of(table, PLACE, compared).replace("\u00a0", " ").replace("\u202f", " ")


def sentence(key: str, facts: JobFacts, reference: JobFacts | None = None) -> str:
    return said(build_job_tables(facts, reference=reference)[key])


WHOLE: dict[JobKey, dict[str, Any]] = {
    JobKey(): {"jobs": 1250, "fte": 1000, "gross_pay": 30_000_000, "establishments": 120, "enterprises": 90},
    JobKey(PRIVATE): {"jobs": 10_000, "fte": 9000, "gross_pay": 318_000_000, "establishments": 1500},
    JobKey(PUBLIC): {"jobs": 2500, "fte": 2000, "gross_pay": 66_000_000},
    JobKey(sex="F"): {"jobs": 850},
    JobKey(PRIVATE, sex="F"): {"jobs": 4350},
    JobKey(age="55P"): {"jobs": 250},
}


def test_key_figures_name_both_denominators_and_compare_the_same_vintage() -> None:
    region = build_job_tables(
        facts_of(year_of({JobKey(): {"jobs": 190_000}, JobKey(PRIVATE): {"jobs": 1_250_000}}), code="53", name="Pays de la Loire")
    )["jobs_key_figures"]
    table = build_job_tables(facts_of(year_of(WHOLE)))["jobs_key_figures"]
    other = naming("Pays de la Loire", "region")
    text = said(table, Compared(other, region, region))
    assert text == (
        f"En 2022, {HERE}, l’ESS compte 1 250 emplois salariés dans 120 établissements. "
        "Ils représentent 12,5 % de l’emploi salarié privé, contre 15,2 % en Pays de la Loire. "
        "Dans l’ensemble de l’emploi salarié, public compris, cette part est de 10,0 %. "
        "Rapporté à la population municipale, cela fait 125,0 emplois pour 1 000 habitants, contre 19 000,0 en Pays de la Loire. "
        "En volume de travail, cela fait 1 000 équivalents temps plein, soit 0,80 par emploi. "
        "La rémunération brute moyenne y est de 30 000 € par équivalent temps plein et par an, contre 36 000 € dans le privé "
        "hors ESS et 33 000 € dans le public. "
        "L’ESS verse 9,4 % des rémunérations brutes du privé. "
        "Les femmes occupent 68,0 % des emplois de l’ESS, contre 40,0 % dans le privé hors ESS. "
        "Les 55 ans et plus en occupent 20,0 % : par convention, ce sont les départs à la retraite attendus dans les dix ans."
    )
    for fact in ("series", "year", "perimeter"):
        other_vintage = replace(region, facts={**region.facts, fact: "autre"})
        assert "Pays de la Loire" not in said(table, Compared(other, region, other_vintage))
    assert "Pays de la Loire" not in said(table, Compared(other, region))


def test_small_masked_missing_and_null_headlines() -> None:
    assert sentence("jobs_key_figures", facts_of(simple_year(2022, 12, 100))).endswith(
        "Ces nombres sont petits : un ou deux établissements suffisent à changer les parts et les moyennes."
    )
    assert "petits" not in sentence("jobs_key_figures", facts_of(simple_year(2022, 30, 100)))
    assert sentence("jobs_key_figures", facts_of(simple_year(2022, "s", 100))) == (
        f"En 2022, {HERE}, le nombre d’emplois de l’ESS est couvert par le secret statistique."
    )
    assert sentence("jobs_key_figures", facts_of(year_of({JobKey(): {"establishments": 4}}))) == (
        f"En 2022, {HERE}, le nombre d’emplois de l’ESS n’est pas disponible."
    )
    assert sentence("jobs_key_figures", facts_of(simple_year(2022, 0, 100))) == (
        f"En 2022, {HERE}, l’ESS ne compte aucun emploi salarié."
    )
    assert "l’ESS compte 1 emploi salarié. Il représente 1,0 %" in sentence(
        "jobs_key_figures", facts_of(simple_year(2022, 1, 99))
    )
    provisional = facts_of(simple_year(2022, Figure(40, Status.PROVISIONAL)))
    assert "Ces chiffres sont provisoires." in sentence("jobs_key_figures", provisional)


def families(**jobs: Any) -> JobFacts:
    whole = jobs.pop("whole")
    return facts_of(year_of({JobKey(): {"jobs": whole}} | {JobKey(family=family): {"jobs": n} for family, n in jobs.items()}))


def test_families() -> None:
    full = families(association=80, cooperative=20, mutuelle=0, fondation=0, commercial=0, whole=100)
    assert sentence("jobs_families", full) == (
        f"En 2022, {HERE}, la famille « Associations » compte le plus d’emplois : 80 sur 100, soit 80,0 % des emplois de l’ESS, "
        "devant « Coopératives » (20). Aucune mutuelle, fondation ni société commerciale de l’ESS n’y a d’emploi salarié."
    )
    masked = families(association=80, cooperative="s", mutuelle="s", fondation=0, commercial=0, whole=100)
    assert sentence("jobs_families", masked) == (
        f"En 2022, {HERE}, parmi les familles dont le nombre d’emplois est publié, la famille « Associations » compte le plus "
        "d’emplois : 80 sur 100, soit 80,0 % des emplois de l’ESS. Aucune fondation ni société commerciale de l’ESS n’y a "
        "d’emploi salarié. Le nombre d’emplois de 2 familles est couvert par le secret statistique."
    )
    hidden = families(association="s", whole=40)
    assert sentence("jobs_families", hidden) == (
        f"En 2022, {HERE}, la répartition des 40 emplois de l’ESS n’est pas publiée. "
        "Le nombre d’emplois de 1 famille est couvert par le secret statistique."
    )


def test_sectors_say_what_is_specific() -> None:
    cells = {JobKey(): {"jobs": 100}, JobKey(sector="sante"): {"jobs": 60}, JobKey(sector="commerce"): {"jobs": 40}}
    beside = {JobKey(): {"jobs": 1000}, JobKey(sector="sante"): {"jobs": 300}, JobKey(sector="commerce"): {"jobs": 700}}
    reference = facts_of(year_of(beside), code="53", name="Pays de la Loire", kind="region")
    text = sentence("jobs_sectors", facts_of(year_of(cells | {JobKey(PRIVATE, sector="sante"): {"jobs": 120}})), reference)
    assert "L’ESS y représente 50,0 % de l’emploi salarié privé de ce secteur." in text
    assert "pèsent plus dans l’emploi de l’ESS du territoire : « Santé humaine » (indice 2,00)." in text
    assert "pèsent moins dans l’emploi de l’ESS du territoire : « Commerce » (indice 0,57)." in text


def test_sizes_and_people() -> None:
    year = year_of(
        {
            JobKey(): {"jobs": 100, "establishments": 30},
            JobKey(size="E0"): {"jobs": 0, "establishments": 20},
            JobKey(size="E50T99"): {"jobs": 100, "establishments": 10},
            JobKey(sex="F"): {"jobs": 68},
            JobKey(age="50P"): {"jobs": "s"},
        }
    )
    assert sentence("jobs_sizes", facts_of(year)) == (
        f"En 2022, {HERE}, la classe « sans salarié fin décembre » regroupe le plus d’établissements : 20, soit 66,7 % des "
        "établissements de l’ESS. La classe « de 50 à 99 salariés » regroupe le plus d’emplois : 100, soit 100,0 % des "
        "emplois de l’ESS."
    )
    assert sentence("jobs_people", facts_of(year)) == (
        f"En 2022, {HERE}, les femmes occupent 68,0 % des emplois de l’ESS. "
        "Le nombre d’emplois est couvert par le secret statistique pour : 50 ans et plus."
    )


def communes(*jobs: Any, whole: Any = 100) -> JobFacts:
    names = ("Ancenis", "Couffé", "Ligné", "Oudon")
    places = tuple(
        CommuneFigures(name, name, 1000, simple_year(2022, n)) for name, n in zip(names[: len(jobs)], jobs, strict=True)
    )
    return facts_of(simple_year(2022, whole), communes=places)


def test_communes() -> None:
    assert sentence("jobs_communes", communes(70, 30, 0)) == (
        f"En 2022, {HERE}, Ancenis compte le plus d’emplois de l’ESS : 70 sur 100, soit 70,0 %. "
        "L’ESS n’a aucun emploi salarié dans 1 commune."
    )
    assert sentence("jobs_communes", communes(70, "s", None)) == (
        f"En 2022, {HERE}, parmi les communes dont l’emploi est publié, Ancenis compte le plus d’emplois de l’ESS : 70 sur 100, "
        "soit 70,0 %. Le nombre d’emplois de 1 commune est couvert par le secret statistique. "
        "Les chiffres de 1 commune ne sont pas disponibles."
    )
    assert "Ancenis et Couffé comptent chacune 50 emplois de l’ESS" in sentence("jobs_communes", communes(50, 50))
    assert sentence("jobs_communes", communes("s", "s", whole="s")) == (
        f"En 2022, {HERE}, le nombre d’emplois de l’ESS est couvert par le secret statistique. "
        "Le nombre d’emplois de 2 communes est couvert par le secret statistique."
    )


def test_evolution_says_each_period_then_each_refusal() -> None:
    years = (simple_year(2019, 200, 1000), simple_year(2020, 210, 1000), simple_year(2021, 242, 990), simple_year(2022, "s", 990))
    assert sentence("jobs_evolution", facts_of(*years)) == (
        "De 2019 à 2021, l’emploi de l’ESS de la CC du Pays d’Ancenis passe de 200 à 242 emplois (+21,0 %, soit +10,0 % par an "
        "en moyenne), contre −1,0 % dans le privé hors ESS. "
        "Les années 2021 et 2022 ne sont pas comparées : le nombre d’emplois de 2022 est couvert par le secret statistique."
    )


def test_other_series_warn() -> None:
    other = year_of({JobKey(): {"jobs": 90}}, 2023, series="urssaf", concept="moyenne annuelle")
    text = sentence("jobs_other_series", facts_of(others=(other,)))
    assert text.startswith(
        "Selon Urssaf, l’ESS de la CC du Pays d’Ancenis compte 90 emplois en 2023 (moyenne annuelle). Chaque source"
    )


def test_advanced_analyses() -> None:
    def sector_facts(before: int, after: int, **changes: Any) -> JobFacts:
        return facts_of(
            *(
                year_of({JobKey(): {"jobs": n}, JobKey(sector="sante"): {"jobs": n}}, y)
                for y, n in ((2021, before), (2022, after))
            ),
            **changes,
        )

    reference = sector_facts(1000, 1050, code="53", name="Pays de la Loire", kind="region")
    assert sentence("jobs_shift_share", sector_facts(100, 112), reference) == (
        "De 2021 à 2022, l’ESS de la CC du Pays d’Ancenis gagne 12 emplois : +5,0 au rythme de toute l’ESS de la référence, les "
        "Pays de la Loire (effet national), 0,0 du fait de ses secteurs (effet structurel) et +7,0 que ni l’un ni l’autre "
        "n’explique (effet local)."
    )
    assert "perd 1 emploi" in sentence("jobs_shift_share", sector_facts(100, 99), reference)
    assert "garde le même nombre d’emplois" in sentence("jobs_shift_share", sector_facts(100, 100), reference)
    assert sentence("jobs_shift_share", sector_facts(100, 99)) == (
        "L’analyse structurelle-résiduelle n’est pas faite. Aucun territoire de référence n’a de chiffres pour cette période."
    )
    text = sentence("jobs_analyses", sector_facts(100, 112), reference)
    assert text == (
        f"En 2022, {HERE}, le premier secteur, « Santé humaine », compte 100,0 % des emplois de l’ESS. "
        "La concentration est celle de 1,0 secteur de même taille (indice 1,00). "
        "Par rapport à la référence (les Pays de la Loire), le coefficient de spécialisation est de 0,00."
    )
    masked = facts_of(year_of({JobKey(): {"jobs": 9}, JobKey(sector="sante"): {"jobs": "s"}}))
    assert sentence("jobs_analyses", masked) == (
        f"En 2022, {HERE}, la spécialisation et la concentration ne sont pas publiées : un secteur au moins est couvert par le "
        "secret statistique."
    )


def test_survival() -> None:
    assert said(survival_table([Cohort(2018, 40, 30, 20), Cohort(2020, 50, 45)])) == (
        f"Sur les 50 établissements de l’ESS créés en 2020 {HERE}, 90,0 % étaient encore actifs trois ans après leur création. "
        f"Sur les 40 établissements de l’ESS créés en 2018 {HERE}, 50,0 % étaient encore actifs cinq ans après leur création."
    )
    assert said(survival_table([Cohort(2024, 4)])).startswith("Trop peu d’établissements")


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_every_sentence_is_well_formed_whatever_is_known(seed: int) -> None:
    random = Random(seed)
    keys = [
        JobKey(),
        JobKey(PRIVATE),
        *(JobKey(family=family.value) for family in EssFamily),
        JobKey(sector="sante"),
        JobKey(sector="commerce"),
        JobKey(size="E1T4"),
        JobKey(sex="F"),
        JobKey(age="50P"),
    ]

    def draw_year(year: int) -> Any:
        return year_of(
            {
                key: {
                    m: random.choice((None, "s", 0, random.randint(0, 3), random.randint(0, 400)))
                    for m in ("jobs", "fte", "gross_pay", "establishments")
                }
                for key in keys
            },
            year,
        )

    years = (draw_year(2021), draw_year(2022))
    facts = facts_of(*years, communes=(CommuneFigures("A", "Ancenis", 900, draw_year(2022)),), others=(draw_year(2020),))
    reference = facts_of(*(draw_year(year) for year in (2021, 2022)), code="53", name="Pays de la Loire", kind="region")
    for table in build_job_tables(facts, reference=reference).values():
        text = sentence_of(table, PLACE)
        assert text.endswith(".")
        assert text[0].isupper()
        assert not re.search(r"None|nan|(?<!n\.)\bs\b|\.\.|  | ,|\{", text), text


@pytest.mark.parametrize("status", [Status.SECRET, Status.UNAVAILABLE])
def test_nothing_of_a_masked_territory_is_said(status: Status) -> None:
    hidden = Figure(None, status)
    cells = {key: dict.fromkeys(figures, hidden) for key, figures in WHOLE.items()}
    tables = build_job_tables(facts_of(year_of(cells, 2021), year_of(cells)))
    for table in tables.values():
        text = said(table)
        assert not re.findall(
            r"\d+", re.sub(r"\b(202[12]|50|55|1) (ans|en|et)|20(21|22)|\d (famille|secteur|classe|ligne)s?", "", text)
        ), text
    if status is Status.UNAVAILABLE:
        assert tables == {}
