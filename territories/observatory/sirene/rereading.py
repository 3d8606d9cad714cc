"""The two files read once more under a version that is not adopted yet: what the next import would keep, nothing written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from territories.foundations.jobs.work import Work
from territories.observatory.models import Dataset
from territories.observatory.perimeter import PerimeterRules
from territories.observatory.sirene import cells
from territories.observatory.sirene.columns import Stock
from territories.observatory.sirene.engine import Engine, literal
from territories.observatory.sirene.errors import SourceProblem
from territories.observatory.sirene.pipeline import Import, read_places
from territories.observatory.sirene.places import load_places
from territories.observatory.sirene.qualify_sql import candidate_condition, load_rules
from territories.observatory.sirene.select import make_views, select_establishments


@dataclass(frozen=True)
class Kept:
    """An establishment as the next import would keep it; excluded ones only have their motive."""

    siret: str
    siren: str
    name: str
    qualification: str
    family: str
    sub_family: str
    motive: str
    legal_category: str
    commune_code: str
    is_employer: bool
    is_partly_diffused: bool


class Rereading(Import):
    """An import stopped after the qualification. `params` are those of the import whose files are read again."""

    def __init__(self, work: Work, params: Mapping[str, Any], dataset: Dataset) -> None:
        super().__init__(work, params)
        self.dataset = dataset

    def kept(self) -> tuple[list[Kept], dict[str, str]]:
        """What would be kept, by SIRET, and the motive of what the perimeter looked at and left out.

        Raises SourceProblem, JobCancelled, LeaseLost.
        """
        self._fetch()
        self._inspect()
        self._refuse_other_files()
        for stock in Stock:
            self._narrow(stock)
        with self._engine(lambda: self._progress("select", 0.5, "Application du périmètre")) as engine:
            make_views(engine, self.parts[Stock.UNITS], self.parts[Stock.ESTABLISHMENTS])
            load_rules(engine, self.work.dir, self.rules)
            load_places(engine, self.work.dir, read_places(self.millesime, self.params["region"]))
            find_duplicates(engine, self.rules)
            return read_kept(engine, self.rules, self.work.dir / "apercu.parquet")

    def _refuse_other_files(self) -> None:
        read = (self.work.checkpoint("inspect") or {"files": {}})["files"]
        known = {file["role"]: file["sha256"] for file in self.dataset.files}
        for file in read.values():
            if known.get(file["role"]) != file["sha256"]:
                raise SourceProblem(
                    f"Le fichier «\u00a0{file['name']}\u00a0» n’est plus celui du jeu de données actif\u00a0: "
                    "chargez Sirene de nouveau."
                )


def find_duplicates(engine: Engine, rules: PerimeterRules) -> None:
    """Make `loser_unit` and `loser_row` as an import does, for the establishments of the scope alone."""
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE candidate_key AS SELECT DISTINCT siren FROM units WHERE {candidate_condition(rules)}"
    )
    cells.find_losers(engine, "units", "siren", "SELECT siren FROM candidate_key", "loser_unit")
    engine.run(
        "CREATE OR REPLACE TEMP TABLE place_key AS SELECT DISTINCT e.siret FROM establishments AS e "
        "JOIN place_code AS p ON p.code = e.commune AND p.scope = '1' WHERE e.siren IN (SELECT siren FROM candidate_key)"
    )
    cells.find_losers(engine, "establishments", "siret", "SELECT siret FROM place_key", "loser_row")


def read_kept(engine: Engine, rules: PerimeterRules, target: Path) -> tuple[list[Kept], dict[str, str]]:
    select_establishments(engine, rules, target)
    rows = engine.run(
        "SELECT siret, siren, CASE WHEN usual_name <> '' THEN usual_name ELSE name END, qualification, family, sub_family, "
        "motive, legal_category, commune_code, is_employer, is_partly_diffused "
        f"FROM read_parquet({literal(str(target))}) ORDER BY siret"
    )
    excluded = dict(engine.run("SELECT siret, motive FROM qualified_row WHERE qualification = 'excluded'"))
    return [Kept(*row) for row in rows], excluded
