"""The long works of the geography."""

from typing import TYPE_CHECKING, Final

from territories.foundations.files.models import StoredFile
from territories.foundations.files.operations import remove
from territories.foundations.jobs.operations import request_job
from territories.foundations.jobs.registry import JobFailure, job_handler
from territories.geography.contour_files import ContourFileError
from territories.geography.contours import keep_contours, prepare_contours
from territories.geography.models import Millesime

if TYPE_CHECKING:
    from territories.access.models import User
    from territories.foundations.jobs.models import Job
    from territories.foundations.jobs.work import Work

CONTOURS: Final = "geography.import_contours"


def request_contours(stored: StoredFile, *, kind: str, tolerance: float, source: str, by: "User") -> "Job":
    """Ask for the import of a file already kept. In the caller’s transaction."""
    params = {"file": str(stored.pk), "kind": kind, "tolerance": tolerance, "source": source or stored.name}
    return request_job(CONTOURS, title=f"Contours\u00a0: {stored.name}", params=params, by=by)


@job_handler(CONTOURS, label="Chargement de contours")
def carry_contours(work: "Work") -> None:
    stored = StoredFile.objects.filter(pk=work.params["file"]).first()
    if stored is None:
        raise JobFailure("Le fichier envoyé n’est plus là. Envoyez-le de nouveau.")
    path = work.dir / "contours.geojson"
    with stored.file.open("rb") as sent, path.open("wb") as copy:
        for chunk in iter(lambda: sent.read(1024 * 1024), b""):
            copy.write(chunk)
    try:
        prepared = prepare_contours(
            path, kind=work.params["kind"] or None, tolerance=work.params["tolerance"], progress=work.progress
        )
    except (ContourFileError, Millesime.DoesNotExist) as error:
        raise JobFailure(str(error)) from error
    with work.fenced():
        report = keep_contours(prepared, source=work.params["source"], by=work.job.requested_by)
    work.result = {"message": " ".join([report.sentence, *report.lines])}
    remove(stored)
