"""Reading the files of the active vintage again: whether they are still there, and the import of the same ones."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from territories.foundations.files.models import StoredFile
from territories.foundations.jobs.models import Job
from territories.observatory.imports import ImportRefused, request_sirene_import
from territories.observatory.models import Dataset, QualificationDecision
from territories.observatory.sirene.columns import Stock
from territories.observatory.sirene.pipeline import KIND

if TYPE_CHECKING:
    from territories.access.models import User


@dataclass(frozen=True)
class Sources:
    """The files of a vintage by stock, with the parameters of the job that read them; or the reason why they are lost."""

    files: dict[str, Path | StoredFile]
    params: dict[str, Any]
    lost: str = ""


def sources_of(dataset: Dataset) -> Sources:
    """Where the two files of a vintage are now. A file of another size is another file."""
    job = Job.objects.filter(pk=dataset.job_id).first() if dataset.job_id else None
    if job is None:
        return Sources({}, {}, "le travail qui les avait lus n’est plus connu")
    sizes = {file["role"]: file["size"] for file in dataset.files}
    found: dict[str, Path | StoredFile] = {}
    for stock in Stock:
        place = job.params[stock.value]
        file: Path | StoredFile | None
        if place["kind"] == "stored":
            file = StoredFile.objects.filter(pk=place["value"]).first()
            size = file.size if file is not None else None
        else:
            file = Path(settings.INBOX_DIR) / place["value"] if place["kind"] == "inbox" else Path(place["value"])
            size = file.stat().st_size if file.is_file() else None
        if file is None or size is None:
            return Sources({}, {}, f"le fichier des {stock.french} n’est plus sur le serveur")
        if size != sizes.get(stock.label):
            return Sources({}, {}, f"le fichier des {stock.french} a été remplacé depuis")
        found[stock.value] = file
    return Sources(found, dict(job.params))


def request_reload(*, perimeter: str | None, by: "User | None") -> Job:
    """The import of the files of the active vintage, under this version (the last adopted one by default).

    Raises ImportRefused, saying what to do, when there is no vintage or its files are gone.
    """
    dataset = Dataset.objects.active()
    if dataset is None:
        raise ImportRefused("Aucun jeu de données actif\u00a0: chargez d’abord les fichiers Sirene.")
    if Job.objects.active().filter(kind=KIND).exists():
        # It may already have read the former rules: joining it would promise what it does not do.
        raise ImportRefused("Un chargement de Sirene est déjà en cours\u00a0: attendez sa fin, puis rechargez.")
    sources = sources_of(dataset)
    if sources.lost:
        raise ImportRefused(
            f"Les fichiers de «\u00a0{dataset.title}\u00a0» ne peuvent pas être relus\u00a0: {sources.lost}. "
            "Chargez Sirene de nouveau\u00a0: le périmètre adopté, les listes et les décisions seront pris en compte."
        )
    return request_sirene_import(
        units=sources.files[Stock.UNITS.value],
        establishments=sources.files[Stock.ESTABLISHMENTS.value],
        region=dataset.region,
        perimeter=perimeter,
        vintage_on=dataset.vintage_on,
        is_demonstration=dataset.is_demonstration,
        by=by,
    )


def waiting_decisions() -> int:
    """Decisions that no vintage has taken in yet."""
    return QualificationDecision.objects.filter(is_current=True, taken_in__isnull=True).count()
