"""manage.py import_statistics: the same load as the page’s, carried in this process."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from territories.foundations.formats import compte
from territories.observatory.enums import DiffusionPolicy, EssPerimeter
from territories.observatory.imports import ImportRefused
from territories.observatory.models import ColumnMapping
from territories.observatory.orders.layouts import LAYOUTS
from territories.observatory.orders.meta import AUTO, SOURCES, OrderMeta
from territories.observatory.orders.operations import run_statistics_import
from territories.observatory.sirene.errors import SourceProblem


class Command(BaseCommand):
    help = "Charge un fichier de statistiques d’emploi (commande Insee, Flores, Urssaf ou autre), un jeu de données par année."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("fichier", type=Path, help="CSV, XLSX ou zip")
        parser.add_argument("--source", required=True, help=f"{', '.join(SOURCES)}, ou autre-…")
        parser.add_argument("--annee", type=int, default=None, help="année décrite (sinon celle du fichier)")
        parser.add_argument("--intitule", default="", help="intitulé, pour une autre source")
        parser.add_argument("--producteur", default="")
        parser.add_argument("--licence", default="")
        parser.add_argument("--publie-le", default=None, metavar="AAAA-MM-JJ")
        parser.add_argument("--geographie", type=int, default=None, help="année des codes du fichier")
        parser.add_argument("--perimetre", default="", choices=EssPerimeter.values)
        parser.add_argument("--diffusion", default="", choices=["", *DiffusionPolicy.values])
        parser.add_argument("--absent-est-nul", action="store_true", help="la source n’écrit pas les lignes nulles")
        parser.add_argument("--rupture", default="", help="rupture de série avec l’année précédente")
        parser.add_argument("--disposition", default=AUTO, choices=[AUTO, *LAYOUTS])
        parser.add_argument("--correspondance", default="", help="nom d’une correspondance de colonnes déjà faite")
        parser.add_argument("--feuille", default="", help="feuille du classeur")
        parser.add_argument("--demonstration", action="store_true", help="données fictives")

    def handle(self, *args: Any, **options: Any) -> None:
        meta = OrderMeta(
            source=options["source"],
            title=options["intitule"],
            producer=options["producteur"],
            licence=options["licence"],
            published_on=_day(options["publie_le"]),
            ess_perimeter=options["perimetre"],
            policy=options["diffusion"],
            absent_is_zero=options["absent_est_nul"],
            break_note=options["rupture"],
            year=options["annee"],
            geography=options["geographie"],
            layout=options["disposition"],
            mapping=_mapping(options["correspondance"]),
            sheet=options["feuille"],
        )
        if not options["fichier"].is_file():
            raise CommandError(f"Le fichier «\u00a0{options['fichier']}\u00a0» est introuvable.")
        try:
            datasets = run_statistics_import(options["fichier"], meta=meta, is_demonstration=options["demonstration"])
        except (ImportRefused, SourceProblem) as problem:
            raise CommandError(str(problem)) from problem
        for dataset in datasets:
            rows = compte(dataset.observations.count(), "observation")
            self.stdout.write(self.style.SUCCESS(f"{dataset.title}, révision {dataset.revision}\u00a0: {rows}."))


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError("La date de publication s’écrit AAAA-MM-JJ, par exemple 2026-03-31.") from error


def _mapping(name: str) -> dict[str, Any] | None:
    if not name:
        return None
    kept = ColumnMapping.objects.filter(name=name).first()
    if kept is None:
        known = ", ".join(ColumnMapping.objects.values_list("name", flat=True)) or "aucune"
        raise CommandError(f"La correspondance «\u00a0{name}\u00a0» est inconnue. Connues\u00a0: {known}.")
    return kept.as_mapping()
