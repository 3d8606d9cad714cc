"""Lists of enterprises joined by SIREN: received, read by a job that changes nothing, then put in force by an act."""

import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from territories.foundations.files.models import StoredFile
from territories.foundations.files.operations import remove, store
from territories.foundations.formats import compte, nombre
from territories.foundations.jobs.models import Job
from territories.foundations.jobs.operations import request_job
from territories.foundations.jobs.registry import JobFailure
from territories.foundations.jobs.work import Work
from territories.foundations.journal.operations import record
from territories.geography.models import Commune
from territories.observatory.enums import ListKind, ListState
from territories.observatory.imports import place_of
from territories.observatory.list_files import (
    Columns,
    TableFile,
    cell_of,
    columns_of,
    departement_of,
    details_of,
    family_of,
    open_table,
)
from territories.observatory.models import SirenList, SirenListEntry
from territories.observatory.siren_numbers import BadSiren, read_siren
from territories.observatory.sirene.errors import SourceProblem

if TYPE_CHECKING:
    from territories.access.models import User

KIND: Final = "observatory.read_list"
# Lines told one by one; all of them are counted.
LISTED: Final = 200
SAMPLE: Final = 5
# Beyond this share of refused lines, the column is not the one of the SIREN, or the file was damaged.
MOST_REJECTED: Final = 0.2
# A longer list keeps the details of the région’s enterprises only; its SIREN are all kept, in one sorted file.
WHOLE_UNTIL: Final = 100_000
MOST_ENTRIES: Final = 300_000
_BATCH: Final = 2_000
_PAUSE: Final = 0.05
_TOLD_EVERY: Final = 20_000


class ListRefused(Exception):
    """The list cannot be put in force. The message is French and says what to do."""


def series_of(kind: str, title: str) -> str:
    """What supersedes what."""
    return f"{kind}:{slugify(title)}"[:180] if kind == ListKind.OTHER else kind


@transaction.atomic
def receive_list(
    file: Path | StoredFile,
    *,
    kind: str,
    title: str,
    dated_on: date,
    source: str,
    licence: str,
    siren_column: str = "",
    by: "User | None" = None,
) -> tuple[SirenList, Job]:
    """Note a list and ask for its reading; nothing in force changes."""
    found = SirenList.objects.create(
        kind=kind,
        title=title,
        series=series_of(kind, title),
        source=source,
        licence=licence,
        dated_on=dated_on,
        place=place_of(file),
        file_name=file.name,
        siren_column=siren_column,
        imported_by=by,
    )
    return found, request_reading(found, by=by)


def request_reading(found: SirenList, *, by: "User | None") -> Job:
    return request_job(
        KIND,
        title=f"Contrôle de la liste «\u00a0{found.title}\u00a0»"[:200],
        params={"list": str(found.pk)},
        by=by,
        dedupe_key=f"{KIND}:{found.pk}",
    )


@transaction.atomic
def choose_column(found: SirenList, column: str, *, by: "User | None") -> Job:
    """Say which column holds the SIREN, and read again. Raises ListRefused."""
    if found.state not in (ListState.RECEIVED, ListState.CHECKED):
        raise ListRefused("Cette liste a déjà servi\u00a0: chargez de nouveau le fichier pour choisir une autre colonne.")
    if column not in found.headers:
        raise ListRefused("Choisissez l’une des colonnes du fichier.")
    SirenList.objects.filter(pk=found.pk).update(siren_column=column, state=ListState.RECEIVED)
    found.siren_column, found.state = column, ListState.RECEIVED
    return request_reading(found, by=by)


def same_in_force(found: SirenList) -> SirenList | None:
    """The list in force that came from the same file, read the same way."""
    return (
        SirenList.objects.in_force()
        .filter(series=found.series, sha256=found.sha256, siren_column=found.siren_column, dated_on=found.dated_on)
        .exclude(pk=found.pk)
        .first()
    )


def refusal_of(found: SirenList) -> str:
    """Why the list cannot be put in force, in French; empty when it can."""
    if found.state == ListState.RECEIVED:
        return "La liste n’est pas encore contrôlée\u00a0: attendez la fin du contrôle, ou choisissez la colonne du SIREN."
    if found.state == ListState.ACTIVE:
        return "Cette liste est déjà en vigueur."
    if not found.siren_count:
        return "Aucun SIREN valable n’a été lu\u00a0: choisissez une autre colonne, ou un autre fichier."
    if found.rejected_count > MOST_REJECTED * found.row_count:
        return (
            f"{nombre(found.rejected_count)} lignes sur {nombre(found.row_count)} sont écartées, plus d’une sur cinq\u00a0: "
            "la colonne choisie n’est sans doute pas celle du SIREN, ou le fichier est abîmé."
        )
    return ""


@transaction.atomic
def adopt_list(found: SirenList, *, by: "User | None") -> SirenList:
    """Put a checked (or former) list in force: the one it supersedes is kept. The same file twice stays one list.

    Raises ListRefused.
    """
    if refusal := refusal_of(found):
        raise ListRefused(refusal)
    same = same_in_force(found)
    if same is not None:
        discard_list(found)
        return same
    former = SirenList.objects.in_force().filter(series=found.series).select_for_update().first()
    if former is not None:
        SirenList.objects.filter(pk=former.pk).update(state=ListState.SUPERSEDED)
    SirenList.objects.filter(pk=found.pk).update(state=ListState.ACTIVE, adopted_at=timezone.now())
    found.refresh_from_db()
    instead = f" à la place de celle du {former.dated_on:%d/%m/%Y}" if former is not None else ""
    record(
        "list_adopted",
        f"A mis en vigueur la liste «\u00a0{found.title}\u00a0» du {found.dated_on:%d/%m/%Y}"
        f" ({compte(found.siren_count, 'entreprise')}){instead}.",
        by=by,
        target=found,
    )
    return found


@transaction.atomic
def withdraw_list(found: SirenList, *, by: "User | None") -> None:
    """Take a list out of force without another; it can be put back. Raises ListRefused."""
    if found.state != ListState.ACTIVE:
        raise ListRefused("Cette liste n’est pas en vigueur.")
    SirenList.objects.filter(pk=found.pk).update(state=ListState.SUPERSEDED)
    record("list_withdrawn", f"A retiré la liste «\u00a0{found.title}\u00a0» du {found.dated_on:%d/%m/%Y}.", by=by, target=found)


@transaction.atomic
def discard_list(found: SirenList) -> None:
    """Erase a list that was never in force, with its files. Raises ListRefused."""
    if found.state not in (ListState.RECEIVED, ListState.CHECKED):
        raise ListRefused("Une liste qui a servi est gardée\u00a0: les chiffres publiés doivent pouvoir y être rattachés.")
    files = [found.numbers] if found.numbers is not None else []
    if found.place.get("kind") == "stored":
        files += StoredFile.objects.filter(pk=found.place["value"])
    found.delete()
    for file in files:
        remove(file)


# --- The job ------------------------------------------------------------------------------------------------------------


class Reading:
    """One pass over a list: every line read once, the SIREN kept as numbers, the details of those that are shown."""

    def __init__(self, departements: frozenset[str], columns: Columns) -> None:
        self.columns = columns
        self.departements = departements
        self.rows = self.rejected = self.repaired = self.repeated = 0
        self.reasons: Counter[str] = Counter()
        self.lines: list[list[Any]] = []
        self.sirens: set[int] = set()
        self.here: dict[str, tuple[str, dict[str, str]]] = {}
        # Enterprises whose seat is elsewhere: shown too when the list is short (a seat in Paris, an establishment here).
        self.elsewhere: dict[str, tuple[str, dict[str, str]]] = {}

    @property
    def is_long(self) -> bool:
        return len(self.sirens) > WHOLE_UNTIL

    def take(self, line: int, cells: list[str]) -> None:
        if not any(cells):
            return
        self.rows += 1
        given = cell_of(cells, self.columns.siren)
        try:
            siren, repaired = read_siren(given)
        except BadSiren as problem:
            self.rejected += 1
            self.reasons[str(problem)] += 1
            if len(self.lines) < LISTED:
                self.lines.append([line, given[:60], str(problem)])
            return
        self.repaired += repaired
        number = int(siren)
        if number in self.sirens:
            self.repeated += 1
        self.sirens.add(number)
        self._keep(siren, cells)

    def _keep(self, siren: str, cells: list[str]) -> None:
        place = departement_of(cells, self.columns)
        inside = not place or place in self.departements
        if not inside and self.is_long:
            self.elsewhere.clear()
            return
        family = family_of(cell_of(cells, self.columns.family))
        details = details_of(cells, self.columns)
        target = self.here if inside else self.elsewhere
        before = target.get(siren)
        if before is not None:
            # Several agreements of one enterprise: each said once.
            merged = dict(before[1])
            for label, text in details.items():
                if text not in merged.get(label, "").split(", "):
                    merged[label] = f"{merged[label]}, {text}"[:200] if label in merged else text
            family, details = before[0] or family, merged
        target[siren] = (family, details)

    def entries(self) -> dict[str, tuple[str, dict[str, str]]]:
        found = self.here if self.is_long else {**self.elsewhere, **self.here}
        return found if len(found) <= MOST_ENTRIES else {}

    def note(self) -> str:
        """What is not shown of a list too long to be kept line by line."""
        if not self.is_long:
            return ""
        if not self.entries():
            return (
                "Liste trop longue pour être montrée entreprise par entreprise\u00a0; tous ses SIREN servent à la qualification."
            )
        return (
            "Liste nationale\u00a0: le détail est gardé pour les entreprises de la région et celles sans adresse\u00a0; "
            "tous les SIREN servent à la qualification."
        )

    def numbers(self) -> bytes:
        return b"".join(b"%09d\n" % number for number in sorted(self.sirens))


def read_list(work: Work) -> None:
    """The handler: read the whole file, keep what it says beside the list, leave the list « contrôlée »."""
    found = SirenList.objects.filter(pk=work.params["list"]).first()
    if found is None:
        raise JobFailure("Cette liste a été abandonnée\u00a0: chargez-la de nouveau.")
    work.result = {"url": found.get_absolute_url(), "label": "Ouvrir le contrôle de la liste"}
    if found.state not in (ListState.RECEIVED, ListState.CHECKED):
        return
    try:
        path = _fetch(work, found)
        sha256 = _sha256(path)
        with open_table(path, found.file_name) as table:
            columns = columns_of(table.headers, found.siren_column)
            if columns.siren is None:
                sample = [cells[:30] for _, (_, cells) in zip(range(SAMPLE), table.rows, strict=False)]
                with work.fenced():
                    SirenList.objects.filter(pk=found.pk).update(
                        headers=table.headers, sample=sample, sha256=sha256, state=ListState.RECEIVED
                    )
                work.result["label"] = "Choisir la colonne du SIREN"
                return
            reading, sample = _read(work, table, columns)
    except SourceProblem as problem:
        raise JobFailure(str(problem)) from problem
    _write(work, found, table.headers, sample, sha256, reading)


def _fetch(work: Work, found: SirenList) -> Path:
    place = found.place
    if place["kind"] == "stored":
        stored = StoredFile.objects.filter(pk=place["value"]).first()
        if stored is None:
            raise SourceProblem("Le fichier envoyé n’existe plus\u00a0: envoyez-le de nouveau.")
        path = work.dir / "liste"
        with stored.file.open("rb") as source, path.open("wb") as out:
            shutil.copyfileobj(source, out, 4 * 1024**2)
        return path
    inbox = Path(settings.INBOX_DIR)
    path = inbox / place["value"] if place["kind"] == "inbox" else Path(place["value"])
    if place["kind"] == "inbox" and not path.resolve().is_relative_to(inbox.resolve()):
        raise SourceProblem("Le fichier demandé n’est pas dans le dossier de dépôt.")
    if not path.is_file():
        raise SourceProblem(f"Le fichier «\u00a0{found.file_name}\u00a0» n’est plus sur le serveur\u00a0: déposez-le de nouveau.")
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(work: Work, table: TableFile, columns: Columns) -> tuple[Reading, list[list[str]]]:
    departements = frozenset(
        Commune.objects.filter(millesime__is_current=True, region=settings.CRESS_REGION)
        .order_by()
        .values_list("departement", flat=True)
        .distinct()
    )
    reading = Reading(departements, columns)
    sample: list[list[str]] = []
    for line, cells in table.rows:
        if len(sample) < SAMPLE and any(cells):
            sample.append(cells[:30])
        reading.take(line, cells)
        if line % _TOLD_EVERY == 0:
            work.progress(line, 0, f"Lecture\u00a0: {nombre(line)} lignes")
    return reading, sample


def _write(work: Work, found: SirenList, headers: list[str], sample: list[list[str]], sha256: str, reading: Reading) -> None:
    with work.fenced():
        SirenListEntry.objects.filter(list=found).delete()
    entries = sorted(reading.entries().items())
    written = 0
    for batch in _batches(entries):
        with work.fenced():
            SirenListEntry.objects.bulk_create(
                SirenListEntry(list=found, siren=siren, family=family, details=details) for siren, (family, details) in batch
            )
        written += len(batch)
        work.progress(written, len(entries), f"Écriture\u00a0: {nombre(written)} entreprises sur {nombre(len(entries))}")
        if connection.vendor == "sqlite":
            # Room for the forms of other people between two batches.
            time.sleep(_PAUSE)
    numbers = store(reading.numbers(), name=f"siren-{found.pk}.txt", by=work.job.requested_by)
    former = found.numbers
    try:
        with work.fenced():
            SirenList.objects.filter(pk=found.pk).update(
                state=ListState.CHECKED,
                headers=headers,
                sample=sample,
                siren_column=headers[reading.columns.siren or 0],
                sha256=sha256,
                numbers=numbers,
                row_count=reading.rows,
                siren_count=len(reading.sirens),
                rejected_count=reading.rejected,
                account={
                    "reasons": dict(reading.reasons.most_common()),
                    "lines": reading.lines,
                    "repaired": reading.repaired,
                    "repeated": reading.repeated,
                    "entries": len(entries),
                    "entries_note": reading.note(),
                    "details": [label for _, label in reading.columns.details],
                },
            )
    except BaseException:
        remove(numbers)
        raise
    if former is not None:
        remove(former)


def _batches(entries: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(entries), _BATCH):
        yield entries[start : start + _BATCH]
