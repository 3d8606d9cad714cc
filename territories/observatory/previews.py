"""What the next import would change: the establishments kept today beside those that a version of the perimeter would keep.

The two Sirene files are read again when they are still there. Otherwise only the establishments of the base are judged
again: those that would enter cannot be seen, and the preview says so.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from territories.foundations.exports import Column, TooManyRows, write_xlsx
from territories.foundations.files.operations import remove, store
from territories.foundations.formats import date_fr
from territories.foundations.jobs.models import Job
from territories.foundations.jobs.operations import request_job
from territories.foundations.jobs.registry import JobFailure
from territories.foundations.jobs.work import Work
from territories.foundations.vocabulary import EssFamily
from territories.geography.enums import TerritoryKind
from territories.geography.models import Commune, Territory
from territories.observatory.models import Dataset, Establishment, Perimeter, PerimeterPreview
from territories.observatory.perimeter import (
    EXCLUDED,
    INCLUDED,
    MOTIVE_FLAG_ONLY,
    MOTIVE_LISTED_ESS_FRANCE,
    MOTIVE_LISTED_ESUS,
    TO_QUALIFY,
    PerimeterRules,
    motive_outside,
    qualify,
)
from territories.observatory.reloading import sources_of
from territories.observatory.rules import rules_in_force
from territories.observatory.sirene.errors import SourceProblem
from territories.observatory.sirene.rereading import Kept, Rereading

if TYPE_CHECKING:
    from territories.access.models import User

KIND: Final = "observatory.preview_perimeter"
# Establishments named on the page for each kind of change; the workbook has them all.
SHOWN: Final = 100
NOT_DIFFUSED: Final = "[non diffusible]"
_READ: Final = 5_000

# By (before, after), in the order of the page.
CHANGES: Final[dict[tuple[str, str], str]] = {
    (EXCLUDED, INCLUDED): "Entrent dans l’ESS",
    (INCLUDED, EXCLUDED): "Sortent de l’ESS",
    (INCLUDED, INCLUDED): "Changent de famille ou de sous-famille",
    (TO_QUALIFY, INCLUDED): "À qualifier, entreraient dans l’ESS",
    (TO_QUALIFY, EXCLUDED): "À qualifier, seraient écartés",
    (INCLUDED, TO_QUALIFY): "De l’ESS, deviendraient à qualifier",
    (EXCLUDED, TO_QUALIFY): "Nouveaux à qualifier",
}
QUALIFICATIONS: Final = {INCLUDED: "Dans l’ESS", TO_QUALIFY: "À qualifier", EXCLUDED: "Hors périmètre"}
COLUMNS: Final = [
    Column("Changement", "text"),
    Column("SIRET", "text"),
    Column("Nom", "text"),
    Column("Code commune", "text"),
    Column("Commune", "text"),
    Column("EPCI", "text"),
    Column("Département", "text"),
    Column("Employeur", "text"),
    Column("Avant", "text"),
    Column("Famille avant", "text"),
    Column("Motif avant", "text"),
    Column("Après", "text"),
    Column("Famille après", "text"),
    Column("Motif après", "text"),
]
_FLAGGED: Final = frozenset({MOTIVE_FLAG_ONLY, MOTIVE_LISTED_ESS_FRANCE, MOTIVE_LISTED_ESUS})


@dataclass(frozen=True)
class Change:
    """An establishment that the next import would treat otherwise. `name` is empty for a unit in partial diffusion."""

    siret: str
    name: str
    commune_code: str
    is_employer: bool
    before: str
    family_before: str
    motive_before: str
    after: str
    family_after: str
    motive_after: str


def request_preview(perimeter: Perimeter, dataset: Dataset, *, by: "User | None") -> Job:
    """Ask for the preview of what importing the files of `dataset` under `perimeter` would change."""
    return request_job(
        KIND,
        title=f"Aperçu du périmètre «\u00a0{perimeter.name}\u00a0»"[:200],
        params={"perimeter": perimeter.code, "edition": perimeter.edition, "dataset": str(dataset.pk)},
        by=by,
        dedupe_key=f"{KIND}:{perimeter.code}:{perimeter.edition}",
    )


def make_preview(work: Work) -> None:
    """The handler. Raises JobFailure when the version, the vintage or a file cannot be read."""
    perimeter = Perimeter.objects.filter(code=work.params["perimeter"]).first()
    dataset = Dataset.objects.select_related("millesime", "perimeter").filter(pk=work.params["dataset"]).first()
    if perimeter is None or dataset is None:
        raise JobFailure(
            "Ce périmètre ou ce jeu de données n’existe plus\u00a0: redemandez l’aperçu depuis la page du périmètre."
        )
    sources = sources_of(dataset)
    edition = perimeter.edition
    if sources.lost:
        found = changes_in_base(dataset, rules_in_force(perimeter).rules)
    else:
        params = {**sources.params, "perimeter": perimeter.code, "millesime": dataset.millesime_id, "region": dataset.region}
        try:
            found = changes_in_files(dataset, *Rereading(work, params, dataset).kept())
        except SourceProblem as problem:
            raise JobFailure(str(problem)) from problem
    changes = list(found)
    communes = Communes(dataset)
    path = work.dir / f"apercu-{perimeter.code}.xlsx"
    try:
        with path.open("wb") as out:
            write_xlsx(
                cells_of(changes, communes),
                COLUMNS,
                out,
                title=f"Aperçu\u00a0: {perimeter.name}",
                source_lines=_words(dataset, perimeter),
            )
    except TooManyRows as error:
        raise JobFailure(str(error)) from error
    stored = store(path, name=path.name, by=work.job.requested_by)
    try:
        with work.fenced():
            for former in PerimeterPreview.objects.filter(job_id=work.job.pk):
                former.delete()
            preview = PerimeterPreview.objects.create(
                perimeter=perimeter,
                edition=edition,
                dataset=dataset,
                with_files=not sources.lost,
                reason=sources.lost,
                summary=summary_of(dataset, changes, communes),
                file=stored,
                job_id=work.job.pk,
            )
    except BaseException:
        remove(stored)
        raise
    work.result = {"url": f"{preview.perimeter.get_absolute_url()}apercu/", "label": "Lire l’aperçu"}


def _words(dataset: Dataset, perimeter: Perimeter) -> list[str]:
    before = dataset.perimeter.name if dataset.perimeter is not None else "sans périmètre"
    lines = [
        f"Source\u00a0: {dataset.producer}, {dataset.title}, fichiers au {date_fr(dataset.vintage_on)}. "
        f"Licence\u00a0: {dataset.licence}.",
        f"Avant\u00a0: {before}, tel que chargé.",
        f"Après\u00a0: {perimeter.name}, avec les listes en vigueur et les décisions en attente.",
        "Les établissements en diffusion partielle sont comptés sans être nommés.",
        settings.SITE_URL,
    ]
    return [*lines, "Données de démonstration, fictives."] if dataset.is_demonstration else lines


# --- What changes ----------------------------------------------------------------------------------------------------------


def _rows(dataset: Dataset) -> Iterator[Establishment]:
    return Establishment.objects.filter(dataset=dataset).order_by("siret").iterator(chunk_size=_READ)


def _change(row: Establishment, after: tuple[str, str, str, str]) -> Change | None:
    """What becomes of an establishment of the base; None when nothing does. `after`: qualification, family, sub, motive."""
    qualification, family, sub_family, motive = after
    if (row.qualification, row.family, row.sub_family) == (qualification, family, sub_family):
        return None
    return Change(
        siret=row.siret,
        name="" if row.is_partly_diffused else row.usual_name or row.name,
        commune_code=row.commune_code,
        is_employer=row.is_employer,
        before=row.qualification,
        family_before=row.family,
        motive_before=row.motive,
        after=qualification,
        family_after=family,
        motive_after=motive,
    )


def changes_in_files(dataset: Dataset, kept: list[Kept], excluded: Mapping[str, str]) -> Iterator[Change]:
    """Both lists side by side: what is kept now, and what was read again."""
    after = {row.siret: row for row in kept}
    for row in _rows(dataset):
        new = after.pop(row.siret, None)
        if new is not None:
            outcome = (new.qualification, new.family, new.sub_family, new.motive)
        else:
            outcome = (EXCLUDED, "", "", excluded.get(row.siret) or motive_outside(row.legal_category))
        change = _change(row, outcome)
        if change is not None:
            yield change
    for new in after.values():
        yield Change(
            siret=new.siret,
            name="" if new.is_partly_diffused else new.name,
            commune_code=new.commune_code,
            is_employer=new.is_employer,
            before=EXCLUDED,
            family_before="",
            motive_before="",
            after=new.qualification,
            family_after=new.family,
            motive_after=new.motive,
        )


def changes_in_base(dataset: Dataset, rules: PerimeterRules) -> Iterator[Change]:
    """The establishments of the base judged again. Sirene’s declaration is known for those whose motive says it."""
    for row in _rows(dataset):
        decision = qualify(
            rules,
            siret=row.siret,
            siren=row.siren,
            legal_category=row.legal_category,
            ess_flag="O" if row.motive in _FLAGGED else "",
            ape=row.ape,
            nomenclature=row.nomenclature,
        )
        change = _change(row, (decision.qualification, decision.family, decision.sub_family, decision.motive))
        if change is not None:
            yield change


# --- How it is told --------------------------------------------------------------------------------------------------------


class Communes:
    """Names of the communes, of their EPCI and of their département, at the millésime of the vintage."""

    def __init__(self, dataset: Dataset) -> None:
        rows = (
            Commune.objects.filter(millesime=dataset.millesime)
            .order_by("code")
            .values_list("code", "name", "epci", "departement")
        )
        self.by_code = {code: (name, epci, departement) for code, name, epci, departement in rows}
        kinds = (TerritoryKind.EPCI, TerritoryKind.DEPARTEMENT)
        territories = Territory.objects.filter(millesime=dataset.millesime, kind__in=kinds).order_by("kind", "code")
        self.names = {(kind, code): name for kind, code, name in territories.values_list("kind", "code", "name")}

    def around(self, code: str) -> tuple[str, str, str]:
        """Name of the commune, names of its EPCI and département."""
        name, epci, departement = self.by_code.get(code, (code, "", ""))
        return name, self.names.get((TerritoryKind.EPCI, epci), ""), self.names.get((TerritoryKind.DEPARTEMENT, departement), "")

    def territories(self, code: str) -> list[tuple[str, str]]:
        _, epci, departement = self.by_code.get(code, ("", "", ""))
        pairs = ((TerritoryKind.EPCI.value, epci), (TerritoryKind.DEPARTEMENT.value, departement))
        return [pair for pair in pairs if pair[1]]


def family_label(key: str) -> str:
    return str(EssFamily(key).label) if key else ""


def cells_of(changes: Iterable[Change], communes: Communes) -> Iterator[list[object]]:
    order = {pair: rank for rank, pair in enumerate(CHANGES)}
    for change in sorted(changes, key=lambda one: (order[one.before, one.after], not one.is_employer, one.siret)):
        yield [
            CHANGES[change.before, change.after],
            change.siret,
            change.name or NOT_DIFFUSED,
            change.commune_code,
            *communes.around(change.commune_code),
            change.is_employer,
            QUALIFICATIONS[change.before],
            family_label(change.family_before),
            change.motive_before,
            QUALIFICATIONS[change.after],
            family_label(change.family_after),
            change.motive_after,
        ]


def summary_of(dataset: Dataset, changes: list[Change], communes: Communes) -> dict[str, Any]:
    """Counts of establishments (JSON): by kind of change, by famille, by territory; and the first ones of each kind, named."""
    groups: dict[tuple[str, str], list[Change]] = defaultdict(list)
    families_out: Counter[tuple[str, bool]] = Counter()
    families_in: Counter[tuple[str, bool]] = Counter()
    places: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for change in changes:
        groups[change.before, change.after].append(change)
        if change.before == INCLUDED:
            families_out[change.family_before, change.is_employer] += 1
        if change.after == INCLUDED:
            families_in[change.family_after, change.is_employer] += 1
        for place in communes.territories(change.commune_code):
            counted = places[place]
            counted["changes"] += 1
            if change.after == INCLUDED and change.before != INCLUDED:
                counted["entering"] += 1
                counted["employers"] += change.is_employer
            if change.before == INCLUDED and change.after != INCLUDED:
                counted["leaving"] += 1
                counted["employers"] -= change.is_employer
    now = Counter(
        Establishment.objects.filter(dataset=dataset, qualification=INCLUDED).order_by().values_list("family", "is_employer")
    )
    return {
        "changes": [
            {
                "title": title,
                "count": len(groups[pair]),
                "employers": sum(one.is_employer for one in groups[pair]),
                "shown": [_shown(one, communes) for one in sorted(groups[pair], key=_rank)[:SHOWN]],
            }
            for pair, title in CHANGES.items()
            if groups.get(pair)
        ],
        "families": [_family_line(family.value, now, families_out, families_in) for family in EssFamily],
        "territories": sorted(
            (
                {"kind": kind, "code": code, "name": communes.names.get((TerritoryKind(kind), code), code), **_counts(counted)}
                for (kind, code), counted in places.items()
            ),
            key=lambda line: (line["kind"], -line["changes"], line["name"]),
        ),
    }


def _rank(change: Change) -> tuple[bool, bool, str, str]:
    return not change.is_employer, not change.name, change.name, change.siret


def _counts(counted: Counter[str]) -> dict[str, int]:
    return {key: counted[key] for key in ("changes", "entering", "leaving", "employers")}


def _family_line(key: str, now: Counter[Any], gone: Counter[Any], come: Counter[Any]) -> dict[str, Any]:
    """Establishments of a famille before and after, employers apart."""
    line: dict[str, Any] = {"key": key}
    for name, kinds in (("employers", (True,)), ("establishments", (True, False))):
        before = sum(now[key, kind] for kind in kinds)
        line[name] = before
        line[f"{name}_after"] = before + sum(come[key, kind] - gone[key, kind] for kind in kinds)
    return line


def _shown(change: Change, communes: Communes) -> dict[str, Any]:
    line = asdict(change)
    line["commune"] = communes.around(change.commune_code)[0]
    return line
