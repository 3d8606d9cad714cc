"""Documents of a published portrait: asked for by anybody, made once by a job, then found again by whoever asks the same."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from territories.access.models import User
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import request_job
from territories.foundations.jobs.registry import JobFailure, job_handler
from territories.foundations.jobs.work import Work
from territories.foundations.rendering.archive import zip_of_charts
from territories.foundations.rendering.document import Brand, Document
from territories.foundations.rendering.docx import render_docx
from territories.foundations.rendering.drawing import render_svg
from territories.foundations.rendering.errors import RenderingError
from territories.foundations.rendering.pdf import render_pdf
from territories.foundations.rendering.pptx import render_pptx
from territories.geography.brands import printed_brand
from territories.geography.models import Territory, TerritoryBrand
from territories.observatory.content import TITLE, portrait_document
from territories.observatory.enums import ReleaseState
from territories.observatory.models import Release
from territories.observatory.portrait import load_portrait

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

DOCUMENT_JOB = "observatory.document"
# Anonymous people share this queue: beyond it they are asked to come back, and those before them are served.
MOST_WAITING = 40


@dataclass(frozen=True)
class Format:
    """A form in which the document may be asked: what it is for, and whether it is proposed at once (`usual`)."""

    key: str
    label: str
    suffix: str
    purpose: str
    usual: bool = False


FORMATS = {
    "pdf": Format("pdf", "PDF", ".pdf", "Pour lire, imprimer et envoyer\u00a0: la mise en page ne bouge plus."),
    "docx": Format(
        "docx",
        "DOCX",
        ".docx",
        "Pour Word et LibreOffice\u00a0: à compléter, ou à recoller dans une note ou un rapport.",
        usual=True,
    ),
    "pptx": Format(
        "pptx",
        "Diaporama (PPTX)",
        ".pptx",
        "Pour le conseil communautaire\u00a0: un message par diapositive, vrais tableaux, notes pour l’oral.",
    ),
    "zip": Format(
        "zip",
        "Archive des graphiques",
        "-graphiques.zip",
        "Chaque graphique et chaque carte en image (SVG, PNG), chaque tableau en CSV, XLSX et ODS.",
        usual=True,
    ),
}
# Forms that make files of the tables take them whole; the others print their first rows.
_WHOLE_TABLES = frozenset({"pptx", "zip"})


class DocumentRefused(Exception):
    """The document cannot be asked for. Its text is the French sentence to show."""


def _key(territory: Territory, release: Release, fmt: Format, compare: Sequence[str], brand: TerritoryBrand | None) -> str:
    wanted = hashlib.sha256(" ".join([*compare, brand.version if brand else ""]).encode()).hexdigest()[:16]
    return f"{DOCUMENT_JOB}:{fmt.key}:{release.pk}:{territory.pk}:{wanted}"


def _made(key: str) -> QuerySet[Job]:
    """The jobs that have made the document of this key, the last one first."""
    done = Job.objects.filter(dedupe_key=key, state=JobState.DONE, result_file__isnull=False)
    return done.order_by("-finished_at", "id")


def ready_documents(
    territory: Territory, *, compare: Sequence[str], brand: TerritoryBrand | None, by: "User | AnonymousUser"
) -> dict[str, Job]:
    """The documents already made for the release on line that this person may open, by form. One query for each form."""
    release = Release.objects.filter(state=ReleaseState.CURRENT).first()
    if release is None:
        return {}
    readable = Job.objects.readable_by(by)
    found = {key: _made(_key(territory, release, form, compare, brand)) & readable for key, form in FORMATS.items()}
    return {key: job for key, jobs in found.items() if (job := jobs.select_related("result_file").first()) is not None}


@transaction.atomic
def request_document(
    territory: Territory, fmt: str, *, compare: Sequence[str] = (), brand: TerritoryBrand | None = None, by: User | None
) -> Job:
    """Ask for the document of the portrait on line; the job already made for the same document is given back.

    `compare` holds the identifiers of the comparison territories, in order; empty means the default ones. `brand` is the
    identity to print; another logo or other colours are another document.
    Raises DocumentRefused when nothing is on line, when the form is unknown or when too many documents wait.
    """
    release = Release.objects.filter(state=ReleaseState.CURRENT).first()
    if release is None:
        raise DocumentRefused(
            "Aucun chiffre n’est encore publié\u00a0: le document sera disponible après la première publication."
        )
    if fmt not in FORMATS:
        raise DocumentRefused(
            "Cette forme de document n’existe pas\u00a0: choisissez PDF, DOCX, diaporama ou archive des graphiques."
        )
    form = FORMATS[fmt]
    key = _key(territory, release, form, compare, brand)
    made = _made(key).first()
    if made is not None:
        if not made.shared and (by is None or made.requested_by_id != by.pk):
            # Asked for by several people, it is readable by whoever has its address: all of it is published.
            Job.objects.filter(pk=made.pk).update(shared=True)
            made.shared = True
        return made
    waiting = Job.objects.filter(kind=DOCUMENT_JOB, state=JobState.QUEUED).exclude(dedupe_key=key).count()
    if by is None and waiting >= MOST_WAITING:
        raise DocumentRefused("Beaucoup de documents sont demandés en ce moment\u00a0: réessayez dans quelques minutes.")
    return request_job(
        DOCUMENT_JOB,
        title=f"{TITLE} — {territory.name}, {form.label}"[:200],
        params={
            "territory": str(territory.pk),
            "release": str(release.pk),
            "format": form.key,
            "compare": list(compare),
            "brand": brand.version if brand else "",
        },
        by=by,
        dedupe_key=key,
    )


def file_name(territory: Territory, release: Release, fmt: Format) -> str:
    """« etat-des-lieux-cc-du-pays-d-ancenis-publication-3.pdf »."""
    return f"etat-des-lieux-{territory.slug}-publication-{release.number}{fmt.suffix}"


def write_document(document: Document, fmt: Format, out: Path, *, work: Work | None = None) -> Path:
    """Write the document in one form at `out`. Raises RenderingError, and what `work` raises when it must stop."""
    drawings = {"done": 0}
    total = sum(1 for block in document.blocks() if hasattr(block, "spec")) + 2

    def draw(spec: dict) -> str:
        drawings["done"] += 1
        if work is not None:
            work.progress(min(drawings["done"], total - 1), total, f"Dessin des graphiques ({drawings['done']})")
        return render_svg(spec)

    def tick() -> None:
        if work is not None:
            work.progress(total - 1, total, "Mise en page du document")

    if fmt.key == "pdf":
        render_pdf(document, out, draw=draw, tick=tick)
    elif fmt.key == "docx":
        render_docx(document, out)
    elif fmt.key == "pptx":
        render_pptx(document, out, tick=tick)
    else:
        zip_of_charts(document, out, tick=tick)
    return out


@job_handler(DOCUMENT_JOB, label="Document d’un portrait")
def make_document(work: Work) -> None:
    """Make the document named by the parameters. Raises JobFailure when its figures are no longer there."""
    form = FORMATS[work.params["format"]]
    territory = Territory.objects.filter(pk=work.params["territory"]).first()
    release = Release.objects.filter(pk=work.params["release"]).first()
    if territory is None or release is None:
        raise JobFailure("Ce territoire ou cette publication n’existe plus\u00a0: demandez le document depuis le portrait.")
    work.progress(0, 0, "Lecture des chiffres publiés")
    if release.state != ReleaseState.CURRENT:
        raise JobFailure("Une nouvelle publication est en ligne\u00a0: demandez de nouveau le document depuis le portrait.")
    chosen = {str(one.pk): one for one in Territory.objects.filter(pk__in=work.params["compare"])}
    compare = [chosen[pk] for pk in work.params["compare"] if pk in chosen]
    portrait = load_portrait(territory, compare=compare or None)
    if not portrait.has_figures:
        raise JobFailure(
            "Ce territoire n’a pas de chiffres dans cette publication\u00a0: ouvrez son portrait pour savoir pourquoi."
        )
    name = file_name(territory, release, form)
    brand = _brand_asked(territory, work.params.get("brand", ""))
    try:
        document = portrait_document(portrait, brand=brand, whole=form.key in _WHOLE_TABLES)
        path = write_document(document, form, work.dir / name, work=work)
    except RenderingError as error:
        raise JobFailure(str(error)) from error
    work.store_result(path, name)
    work.result = {"label": f"Télécharger le document ({form.label})"}


def _brand_asked(territory: Territory, version: str) -> Brand | None:
    """The identity that was asked for. Raises JobFailure when it has changed since: its logo may be erased."""
    if not version:
        return None
    brand = TerritoryBrand.objects.of(territory)
    if brand is None or brand.version != version:
        raise JobFailure("Le logo ou les couleurs ont changé depuis la demande\u00a0: demandez de nouveau le document.")
    return printed_brand(brand, territory)
