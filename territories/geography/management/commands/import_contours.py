"""Imports outlines of communes, EPCI, départements or régions from a GeoJSON file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from territories.geography.contour_files import ContourFileError
from territories.geography.contours import DEFAULT_TOLERANCE, DRAWN_KINDS, import_contours
from territories.geography.models import Millesime


class Command(BaseCommand):
    help = "Charge des contours (GeoJSON en longitude et latitude), simplifiés sans séparer les voisins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fichier", type=Path, help="fichier .geojson ou .geojson.gz")
        parser.add_argument(
            "--kind", choices=[*(str(kind) for kind in DRAWN_KINDS), "auto"], default="auto", help="nature des contours"
        )
        parser.add_argument(
            "--tolerance", type=float, default=DEFAULT_TOLERANCE, help="simplification, en mètres (0\u00a0: aucune)"
        )
        parser.add_argument("--source", default="", help="source à citer sous les cartes (par défaut, le nom du fichier)")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = None if options["kind"] == "auto" else options["kind"]
        try:
            report = import_contours(options["fichier"], kind=kind, tolerance=options["tolerance"], source=options["source"])
        except (ContourFileError, Millesime.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        for line in report.lines:
            self.stdout.write(self.style.WARNING(line))
        self.stdout.write(self.style.SUCCESS(report.sentence))
