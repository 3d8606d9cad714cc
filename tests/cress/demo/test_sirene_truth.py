"""The truth counted from the plan is the one that plain SQL finds in the files: two independent ways must agree."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cress.demo.sirene_files import Truth, write_region
from tests.cress.demo.sirene_specs import COMMUNES, DELEGATED, FORMER

# The perimeter as the law names it, written again here: the generator has no such table.
FAMILIES = {
    "association": "9210 9220 9221 9222 9223 9224 9230 9240 9260",
    "cooperative": (
        "5191 5192 5193 5194 5195 5196 5432 5443 5451 5453 5454 5455 5458 5459 5460 5532 5543 5547 5551 5552 5553 5554 "
        "5555 5558 5559 5560 5632 5643 5647 5651 5652 5653 5654 5655 5658 5659 5660 6316 6317 6318 6532 6543 6551 6554 "
        "6558 6560 6595 6596"
    ),
    "mutuelle": "6411 8210 8250 8290",
    "fondation": "9300",
}
EXCLUDED = ["9411", "9420", "9491", "9492", "9700", "9810", "9820", "9900"]
ARRONDISSEMENTS = {"751": "75056", "693": "69123", "132": "13055"}


@pytest.fixture(scope="module", params=["rev2", "2025", "2018"])
def truth(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Truth:
    options: dict[str, Any] = {
        "rev2": {},
        "2025": {"naf_2025_only": True, "typed": True},
        "2018": {"generation": "2018", "seed": 3},
    }[request.param]
    return write_region(
        tmp_path_factory.mktemp("sirene"),
        COMMUNES,
        **({"seed": 11, "reference_year": 2024, "former_codes": FORMER, "delegated_codes": DELEGATED} | options),
    )


@pytest.fixture(scope="module")
def files(truth: Truth) -> Iterator[duckdb.DuckDBPyConnection]:
    """A view of every establishment with its legal unit, its famille, its motive of exclusion and its current commune."""
    with duckdb.connect() as connection:
        connection.read_parquet(str(truth.legal_units)).create_view("units")
        connection.read_parquet(str(truth.establishments)).create_view("establishments")
        known = {commune.code: commune.code for commune in COMMUNES} | dict(FORMER) | dict(DELEGATED)
        for name, pairs in (
            ("communes", list(known.items())),
            ("epci", [(commune.code, commune.epci) for commune in COMMUNES if commune.epci]),
            ("arrondissements", list(ARRONDISSEMENTS.items())),
            ("families", [(code, family) for family, codes in FAMILIES.items() for code in codes.split()]),
            ("excluded_apes", [(code, "") for code in EXCLUDED]),
            ("false_sirets", [(siret, "") for siret in truth.cases["invalid-siret"]]),
        ):
            connection.execute(f"CREATE TABLE {name} (key VARCHAR, value VARCHAR)")
            table = connection.table(name)
            for pair in pairs:
                table.insert(pair)
        connection.execute(
            """
            CREATE TABLE rows AS
            SELECT e.*, u.categorieJuridiqueUniteLegale::VARCHAR AS cj, u.etatAdministratifUniteLegale AS unit_state,
                   u.economieSocialeSolidaireUniteLegale AS flag, u.statutDiffusionUniteLegale AS unit_diffusion,
                   u.siren IS NULL AS orphan, families.value AS family,
                   replace(e.activitePrincipaleEtablissement, '.', '')[:4] AS naf4,
                   coalesce(naf4[:2] = '84' OR naf4 IN (SELECT key FROM excluded_apes), false) AS excluded,
                   coalesce(communes.value, arrondissements.value) AS commune,
                   coalesce(nullif(trancheEffectifsEtablissement, ''), 'NN') != 'NN' AS employs,
                   e.etatAdministratifEtablissement = 'A' AND u.etatAdministratifUniteLegale = 'A' AS active,
                   'N' NOT IN (e.statutDiffusionEtablissement, u.statutDiffusionUniteLegale) AS diffused
            FROM establishments e
            LEFT JOIN units u USING (siren)
            LEFT JOIN families ON families.key = u.categorieJuridiqueUniteLegale::VARCHAR
            LEFT JOIN communes ON communes.key = e.codeCommuneEtablissement
            LEFT JOIN arrondissements ON arrondissements.key = e.codeCommuneEtablissement[:3]
            """
        )
        connection.execute(
            "CREATE VIEW ess AS SELECT * FROM rows WHERE family IS NOT NULL AND active AND diffused AND NOT excluded "
            "AND commune IS NOT NULL AND siret NOT IN (SELECT key FROM false_sirets)"
        )
        yield connection


def counted(files: duckdb.DuckDBPyConnection, query: str) -> Counter[Any]:
    """Counter of the first columns of a query, whose last column is a count."""
    return Counter({line[:-1] if len(line) > 2 else line[0]: line[-1] for line in files.execute(query).fetchall()})


def test_ess_by_commune_famille_and_employer(truth, files):
    found = counted(files, "SELECT commune, family, employs, count(*) FROM ess GROUP BY ALL")
    assert found == truth.ess
    assert truth.employers() == sum(count for key, count in found.items() if key[2]) > 1000


def test_ess_by_epci(truth, files):
    query = "SELECT epci.value, family, count(*) FROM ess JOIN epci ON epci.key = commune WHERE {} GROUP BY ALL"
    assert counted(files, query.format("employs")) == truth.ess_by_epci
    assert counted(files, query.format("NOT employs")) == truth.non_employers_by_epci


def test_by_division_and_by_size(truth, files):
    assert (
        counted(
            files,
            "SELECT family, coalesce(nomenclatureActivitePrincipaleEtablissement, ''), coalesce(naf4[:2], ''), count(*) "
            "FROM ess WHERE employs GROUP BY ALL",
        )
        == truth.by_division
    )
    assert (
        counted(files, "SELECT family, trancheEffectifsEtablissement, count(*) FROM ess WHERE employs GROUP BY ALL")
        == truth.by_size
    )


def test_enterprises_count_once_in_each_territory(truth, files):
    assert files.execute("SELECT count(DISTINCT siren) FROM ess WHERE employs").fetchone() == (truth.enterprises,)
    assert (
        counted(
            files,
            "SELECT epci.value, count(DISTINCT siren) FROM ess JOIN epci ON epci.key = commune WHERE employs GROUP BY ALL",
        )
        == truth.enterprises_by_epci
    )
    assert (
        counted(files, "SELECT commune, count(DISTINCT siren) FROM ess WHERE employs GROUP BY ALL")
        == truth.enterprises_by_commune
    )
    assert sum(truth.enterprises_by_commune.values()) > truth.enterprises


def test_employers_outside_the_ess(truth, files):
    query = (
        "SELECT commune, count(*) FROM rows WHERE active AND diffused AND employs AND commune IS NOT NULL "
        "AND (family IS NULL OR excluded) AND coalesce(naf4[:2], '') NOT IN ('97', '98', '99') "
        "AND (cj[1] IN ('4', '7')) = {} GROUP BY ALL"
    )
    assert counted(files, query.format("true")) == truth.public_employers
    assert counted(files, query.format("false")) == truth.private_employers


def test_to_qualify(truth, files):
    found = counted(
        files,
        "SELECT commune, employs, count(*) FROM rows WHERE family IS NULL AND flag = 'O' AND cj[1] = '5' AND active "
        "AND diffused AND NOT excluded GROUP BY ALL",
    )
    assert found == truth.to_qualify
    assert sum(found.values()) >= 5


def test_what_is_refused_and_why(truth, files):
    assert (
        counted(
            files,
            "SELECT naf4, count(*) FROM rows WHERE family IS NOT NULL AND active AND excluded GROUP BY ALL",
        )
        == truth.excluded_ape
    )

    def number(condition: str) -> int:
        return len(files.table("rows").filter(condition).fetchall())

    assert number("family IS NOT NULL AND etatAdministratifEtablissement = 'F'") == truth.closed_establishments
    assert number("family IS NOT NULL AND etatAdministratifEtablissement = 'A' AND unit_state = 'C'") == truth.closed_units
    assert number("statutDiffusionEtablissement = 'N'") == truth.dropped_n == 1
    assert number("codePaysEtrangerEtablissement IS NOT NULL") == truth.foreign == 1
    assert number("orphan") == truth.orphans == 1
    assert len(truth.cases["invalid-siret"]) == truth.invalid_siret == 3
    assert truth.unknown_commune == {"44999": 1, "99998": 1, "00000": 1}


def test_partial_former_and_to_validate(truth, files):
    assert counted(
        files, "SELECT codeCommuneEtablissement, count(*) FROM ess WHERE codeCommuneEtablissement != commune GROUP BY ALL"
    ) == (truth.former)
    found = files.execute(
        "SELECT count(*) FILTER ('P' IN (statutDiffusionEtablissement, unit_diffusion)), "
        "count(*) FILTER (cj IN ('9210', '9224', '9240')) FROM ess"
    ).fetchone()
    assert found == (truth.partial, truth.to_validate)
    assert {"49382", "44225", "75101"} <= set(truth.former)


def test_creations_and_closures(truth, files):
    created = (
        "SELECT {} year(dateCreationEtablissement::DATE), count(*) FROM (SELECT * FROM ess UNION ALL SELECT * FROM rows "
        "WHERE family IS NOT NULL AND etatAdministratifEtablissement = 'F') "
        "WHERE dateCreationEtablissement::DATE != DATE '1900-01-01' GROUP BY ALL"
    )
    closed = (
        "SELECT {} year(dateDebut::DATE), count(*) FROM rows WHERE family IS NOT NULL "
        "AND etatAdministratifEtablissement = 'F' GROUP BY ALL"
    )
    assert counted(files, created.format("")) == truth.creations
    assert counted(files, created.format("commune,")) == truth.creations_by_commune
    assert counted(files, closed.format("")) == truth.closures
    assert counted(files, closed.format("commune,")) == truth.closures_by_commune
    assert 1900 not in truth.creations


def test_rows(truth, files):
    assert files.execute("SELECT count(*) FROM units").fetchone() == (truth.rows_legal_units,)
    assert files.execute("SELECT count(*) FROM rows").fetchone() == (truth.rows_establishments,)


def test_masks_leave_the_commune(truth, files):
    masked = files.execute(
        "SELECT codeCommuneEtablissement, codePostalEtablissement, libelleVoieEtablissement FROM rows "
        "WHERE statutDiffusionEtablissement = 'P'"
    ).fetchall()
    assert masked
    for commune, postcode, street in masked:
        assert commune[0].isdigit()
        assert postcode == street == "[ND]"


def test_files_exist_where_the_truth_says(truth):
    for path in (truth.legal_units, truth.establishments):
        assert Path(path).stat().st_size > 10_000
