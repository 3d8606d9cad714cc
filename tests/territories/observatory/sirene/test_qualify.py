"""The procedure of the perimeter, in Python and in SQL."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from territories.foundations.vocabulary import EssFamily
from territories.observatory.perimeter import (
    EXCLUDED,
    INCLUDED,
    TO_QUALIFY,
    Decision,
    ManualDecision,
    PerimeterError,
    PerimeterRules,
    parse_rules,
    qualify,
    read_shipped,
)
from territories.observatory.sirene.engine import Engine
from territories.observatory.sirene.qualify_sql import (
    candidate_condition,
    load_rules,
    load_table,
    nomenclature_expression,
    qualified,
)

SIREN = "111111111"
LISTED = "222222222"
SCOP = "333333333"
ESUS = "444444444"


@pytest.fixture(scope="module")
def shipped() -> PerimeterRules:
    return parse_rules(read_shipped())


@pytest.fixture(scope="module")
def rules(shipped: PerimeterRules) -> PerimeterRules:
    return replace(
        shipped,
        lists={"scop_scic": frozenset({SCOP}), "ess_france": frozenset({LISTED}), "esus": frozenset({ESUS})},
        decisions={
            "555555555": ManualDecision("555555555", EXCLUDED, "", "", "Cessation constatée par la CRESS"),
            "55555555500012": ManualDecision("55555555500012", INCLUDED, EssFamily.COMMERCIAL, "", "Statuts lus par la CRESS"),
            "66666666600011": ManualDecision("66666666600011", TO_QUALIFY, "", "", "Statuts demandés"),
        },
    )


def ask(rules: PerimeterRules, **values: str) -> Decision:
    row = {
        "siret": values.get("siren", SIREN) + "00011",
        "siren": SIREN,
        "legal_category": "9220",
        "ess_flag": "",
        "ape": "94.99Z",
        "nomenclature": "NAFRev2",
    }
    return qualify(rules, **(row | values))


@pytest.mark.parametrize(
    ("values", "qualification", "family", "motive"),
    [
        ({}, INCLUDED, "association", "Catégorie juridique 9220"),
        ({"ess_flag": "N"}, INCLUDED, "association", "Catégorie juridique 9220"),
        ({"legal_category": "9240"}, INCLUDED, "association", "Catégorie juridique 9240, à valider"),
        ({"legal_category": "5547"}, INCLUDED, "cooperative", "Catégorie juridique 5547"),
        ({"legal_category": "5546"}, EXCLUDED, "", "Catégorie juridique 5546 hors périmètre"),
        ({"legal_category": "8210"}, INCLUDED, "mutuelle", "Catégorie juridique 8210"),
        ({"legal_category": "6411"}, INCLUDED, "mutuelle", "Catégorie juridique 6411"),
        ({"legal_category": "9300"}, INCLUDED, "fondation", "Catégorie juridique 9300"),
        ({"legal_category": "9110"}, EXCLUDED, "", "Catégorie juridique 9110 hors périmètre"),
        ({"legal_category": "5710"}, EXCLUDED, "", "Catégorie juridique 5710 hors périmètre"),
        ({"legal_category": ""}, EXCLUDED, "", "Catégorie juridique absente hors périmètre"),
        (
            {"legal_category": "5710", "ess_flag": "O"},
            TO_QUALIFY,
            "",
            "Société déclarée de l’ESS dans Sirene, absente des listes",
        ),
        (
            {"legal_category": "5710", "ess_flag": "O", "siren": LISTED},
            INCLUDED,
            "commercial",
            "Société déclarée de l’ESS et inscrite à la liste ESS France",
        ),
        (
            {"legal_category": "5710", "ess_flag": "O", "siren": ESUS},
            INCLUDED,
            "commercial",
            "Société déclarée de l’ESS et agréée Esus",
        ),
        ({"legal_category": "5710", "siren": ESUS}, EXCLUDED, "", "Catégorie juridique 5710 hors périmètre"),
        ({"legal_category": "5710", "siren": SCOP}, INCLUDED, "cooperative", "Société inscrite à la liste des Scop et Scic"),
        ({"legal_category": "7410", "siren": SCOP}, EXCLUDED, "", "Catégorie juridique 7410 hors périmètre"),
        (
            {"legal_category": "7410", "siren": LISTED},
            TO_QUALIFY,
            "",
            "Inscrite à la liste ESS France, catégorie juridique hors périmètre",
        ),
        # The flag on a public body says nothing.
        ({"legal_category": "7410", "ess_flag": "O"}, EXCLUDED, "", "Catégorie juridique 7410 hors périmètre"),
        # Activities: four figures, both nomenclatures, not the neighbours, not the older ones.
        ({"ape": "94.20Z"}, EXCLUDED, "", "Activité exclue 94.20\u00a0: syndicats de salariés"),
        ({"ape": "94.20Y", "nomenclature": "NAF2025"}, EXCLUDED, "", "Activité exclue 94.20\u00a0: syndicats de salariés"),
        ({"ape": "94.12Z"}, INCLUDED, "association", "Catégorie juridique 9220"),
        ({"ape": "84.30B"}, EXCLUDED, "", "Activité exclue 84.30\u00a0: administration publique"),
        ({"ape": "85.10Z"}, INCLUDED, "association", "Catégorie juridique 9220"),
        ({"ape": "94.20Z", "nomenclature": "NAF1993"}, INCLUDED, "association", "Catégorie juridique 9220"),
        ({"ape": "94.20Z", "nomenclature": ""}, INCLUDED, "association", "Catégorie juridique 9220"),
        ({"ape": ""}, INCLUDED, "association", "Catégorie juridique 9220"),
        (
            {"ape": "94.20Z", "legal_category": "5710", "ess_flag": "O"},
            EXCLUDED,
            "",
            "Activité exclue 94.20\u00a0: syndicats de salariés",
        ),
        ({"ape": "94.20Z", "legal_category": "5710"}, EXCLUDED, "", "Catégorie juridique 5710 hors périmètre"),
        # Decisions of the observatory come first, the SIRET's before the SIREN's, even against an excluded activity.
        ({"siren": "555555555", "siret": "55555555500099"}, EXCLUDED, "", "Cessation constatée par la CRESS"),
        (
            {"siren": "555555555", "siret": "55555555500012", "ape": "94.20Z", "legal_category": "5710"},
            INCLUDED,
            "commercial",
            "Statuts lus par la CRESS",
        ),
        ({"siren": "666666666", "siret": "66666666600011"}, TO_QUALIFY, "", "Statuts demandés"),
        ({"siren": "666666666", "siret": "66666666600029"}, INCLUDED, "association", "Catégorie juridique 9220"),
    ],
)
def test_procedure(rules, values, qualification, family, motive):
    decision = ask(rules, **values)

    assert (decision.qualification, decision.family, decision.motive) == (qualification, family, motive)


def test_shipped_perimeter_is_complete(shipped):
    included = {code for code, rule in shipped.categories.items() if rule.included}

    assert len(shipped.categories) == 93
    assert len(included) == 62
    assert {code for code, rule in shipped.categories.items() if rule.to_validate} == {"9210", "9224", "9240"}
    assert {"5546", "5646", "8310", "9110", "9150", "6533"}.isdisjoint(included)
    assert set(shipped.activities) >= {"8411", "8430", "9411", "9420", "9491", "9492"}
    assert {"9412", "9499"}.isdisjoint(shipped.activities)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content["legal_categories"].append(content["legal_categories"][0]), "deux fois"),
        (lambda content: content["legal_categories"][0].update(family=""), "sans famille"),
        (lambda content: content["excluded_activities"][0].update({"class": "84.11Z"}), "quatre chiffres"),
        (
            lambda content: content["decisions"].append({"number": "12", "qualification": "included", "motive": "x"}),
            "ni un SIREN ni un SIRET",
        ),
        (
            lambda content: content["decisions"].append({"number": "123456789", "qualification": "included", "motive": "x"}),
            "nommer une famille",
        ),
    ],
)
def test_nonsense_is_refused(change, words):
    content = read_shipped()
    change(content)

    with pytest.raises(PerimeterError, match=words):
        parse_rules(content)


def test_unknown_perimeter_is_refused():
    with pytest.raises(PerimeterError, match="perimetre-1999"):
        read_shipped("perimetre-1999")


SIRENS = st.sampled_from([SIREN, LISTED, SCOP, ESUS, "555555555", "666666666", "777777777"])
ROWS = st.lists(
    st.tuples(
        SIRENS,
        st.sampled_from(["00011", "00012", "00029"]),
        st.sampled_from(["9220", "9240", "9110", "5710", "5499", "5547", "5546", "8210", "8310", "7410", "1000", "", "59", "5"]),
        st.sampled_from(["O", "N", ""]),
        st.sampled_from(
            ["94.99Z", "94.20Z", "9420Z", "94.20Y", "94.2", " 94.11Z", "84.11Z", "84", "", "[ND]", "99.00Z", "88.99B"]
        ),
        st.sampled_from(["NAFRev2", "NAF2025", "NAFRév. 2", "nafrev2", "NAF1993", "NAFRev1", "NAP", "", "NAF25", "NAF rev 2.1"]),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_sql_says_the_same(rules, tmp_path: Path, rows):
    with Engine(tmp_path, threads=1) as engine:
        load_rules(engine, tmp_path, rules)
        numbered = [(str(n), siren + nic, siren, *rest) for n, (siren, nic, *rest) in enumerate(rows)]
        columns = ("n", "siret", "siren", "legal_category", "ess_flag", "ape", "nomenclature")
        load_table(engine, tmp_path, "sample", columns, numbered)
        relation = f"SELECT * REPLACE ({nomenclature_expression('nomenclature')} AS nomenclature) FROM sample"
        answers = engine.run(
            f"SELECT CAST(n AS INTEGER), qualification, family, sub_family, motive FROM ({qualified(relation, rules)}) ORDER BY 1"
        )
        candidates = {n for (n,) in engine.run(f"SELECT CAST(n AS INTEGER) FROM sample WHERE {candidate_condition(rules)}")}

    expected = [qualify(rules, **dict(zip(columns[1:], row[1:], strict=True))) for row in numbered]
    assert [row[1:] for row in answers] == [(e.qualification, e.family, e.sub_family, e.motive) for e in expected]
    # What is not even looked at is out.
    assert all(e.qualification == EXCLUDED for n, e in enumerate(expected) if n not in candidates)
