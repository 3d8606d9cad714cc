"""Loads the communes, EPCI, départements and régions of France from the npm package."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from territories.foundations.formats import nombre
from territories.geography.loading import load
from territories.geography.models import Millesime
from territories.geography.positions import read_positions
from territories.geography.source_files import PACKAGE, GeographyFileError, read_package


class Command(BaseCommand):
    help = "Charge les communes, EPCI, départements et régions de France. Sans effet quand rien n’a changé."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dossier",
            type=Path,
            default=settings.BASE_DIR / "node_modules" / PACKAGE,
            help=f"dossier du paquet {PACKAGE} (par défaut, celui de node_modules)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            geography = read_package(options["dossier"])
        except GeographyFileError as error:
            raise CommandError(str(error)) from error
        positions = read_positions()
        self.stdout.write(f"Source\u00a0: {geography.source}.")
        self.stdout.write(f"Populations\u00a0: {geography.population_label}.")
        self.stdout.write(f"Positions\u00a0: {positions.attribution}")
        report = load(geography, positions, say=self.stdout.write if options["verbosity"] > 1 else lambda line: None)
        for line in report.lines:
            self.stdout.write(self.style.WARNING(line))
        if report.changed:
            written = ", ".join(f"{nombre(count)} {what}" for what, count in report.written.items())
            self.stdout.write(f"Écrit\u00a0: {written or 'rien'}.")
        else:
            self.stdout.write("Rien n’a changé.")
        current = Millesime.objects.current()
        seconds = nombre(time.monotonic() - started, 1)
        communes = nombre(current.communes.count())
        self.stdout.write(self.style.SUCCESS(f"En cours\u00a0: {current}, {communes} communes ({seconds} s)."))
