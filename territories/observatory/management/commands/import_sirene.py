"""manage.py import_sirene: the same job as the page’s, carried in this process, with its progress."""

import threading
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from territories.foundations.formats import nombre
from territories.foundations.jobs.models import Job
from territories.foundations.jobs.operations import run_job_now
from territories.observatory.imports import ImportRefused, outcome, request_sirene_import
from territories.observatory.sirene.errors import SourceProblem


class Command(BaseCommand):
    help = "Charge les deux fichiers nationaux de Sirene et en fait le jeu de données actif de la région."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--unites-legales", required=True, type=Path, metavar="FICHIER", help="StockUniteLegale (parquet, CSV ou zip)"
        )
        parser.add_argument(
            "--etablissements", required=True, type=Path, metavar="FICHIER", help="StockEtablissement (parquet, CSV ou zip)"
        )
        parser.add_argument("--region", default=settings.CRESS_REGION, help="code Insee de la région (52 par défaut)")
        parser.add_argument("--perimeter", default=None, metavar="CODE", help="version du périmètre de l’ESS")
        parser.add_argument(
            "--date", default=None, metavar="AAAA-MM-JJ", help="date du stock (sinon celle du dernier traitement lu)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        vintage_on = None
        if options["date"]:
            try:
                vintage_on = date.fromisoformat(options["date"])
            except ValueError as error:
                raise CommandError("La date du stock s’écrit AAAA-MM-JJ, par exemple 2026-11-01.") from error
        try:
            job = request_sirene_import(
                units=options["unites_legales"],
                establishments=options["etablissements"],
                region=options["region"],
                perimeter=options["perimeter"],
                vintage_on=vintage_on,
            )
            self._carry(job)
            dataset = outcome(Job.objects.get(pk=job.pk))
        except (ImportRefused, SourceProblem) as problem:
            raise CommandError(str(problem)) from problem
        kept = dataset.account["kept"]
        self.stdout.write(
            self.style.SUCCESS(
                f"{dataset.title}\u00a0: {nombre(kept['included'])} établissements de l’ESS, "
                f"{nombre(kept['to_qualify'])} à qualifier."
            )
        )
        for family, line in kept["families"].items():
            self.stdout.write(
                f"  {family:<12} {nombre(line['employers']):>9} employeurs {nombre(line['establishments']):>9} en tout"
            )

    def _carry(self, job: Job) -> None:
        """Carry the job here while another thread says where it is."""
        finished = threading.Event()
        follower = threading.Thread(target=self._follow, args=(job, finished), daemon=True)
        follower.start()
        try:
            run_job_now(job)
        finally:
            finished.set()
            follower.join()

    def _follow(self, job: Job, finished: threading.Event) -> None:
        said = ""
        try:
            while not finished.wait(1.0):
                done, message = Job.objects.values_list("progress_done", "message").get(pk=job.pk)
                if message and message != said:
                    said = message
                    self.stdout.write(f"{done // 100:>3} % {message}")
        finally:
            connection.close()
