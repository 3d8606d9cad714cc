"""Rings again for jobs whose call was lost or whose worker died; `--purge` also throws away what they left behind."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from territories.foundations.jobs import sweeping


class Command(BaseCommand):
    help = "Rappelle les travaux en attente ou interrompus. Avec --purge, efface aussi ce que les anciens ont laissé."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--purge", action="store_true", help="efface aussi les dossiers et les fichiers devenus inutiles")

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweeping.sweep()
        self.stdout.write(
            f"Rappelés\u00a0: {swept.rung}\u00a0; abandonnés\u00a0: {swept.failed}\u00a0; annulés\u00a0: {swept.cancelled}."
        )
        if options["purge"]:
            self.stdout.write(f"Effacés\u00a0: {sweeping.purge()}.")
