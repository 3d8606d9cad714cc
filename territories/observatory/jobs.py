"""The long works of the observatory. Those of the documents and of the releases are declared beside what they do."""

from territories.foundations.jobs.registry import job_handler
from territories.foundations.jobs.work import Work
from territories.observatory import lists, previews, to_qualify
from territories.observatory.orders import pipeline as orders
from territories.observatory.sirene import pipeline


@job_handler(pipeline.KIND, label="Chargement de Sirene")
def import_sirene(work: Work) -> None:
    pipeline.carry_import(work)


@job_handler(to_qualify.KIND, label="Liste d’établissements à qualifier")
def to_qualify_list(work: Work) -> None:
    to_qualify.make_file(work)


@job_handler(orders.CHECK, label="Contrôle de statistiques")
def check_statistics(work: Work) -> None:
    orders.carry_check(work)


@job_handler(orders.IMPORT, label="Chargement de statistiques")
def import_statistics(work: Work) -> None:
    orders.carry_import(work)


@job_handler(lists.KIND, label="Contrôle d’une liste de SIREN")
def read_list(work: Work) -> None:
    lists.read_list(work)


@job_handler(previews.KIND, label="Aperçu d’un périmètre")
def preview_perimeter(work: Work) -> None:
    previews.make_preview(work)
