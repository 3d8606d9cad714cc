"""Prints the policy, or writes again what the tests compare with it."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from territories.access.policy_table import policy_document

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "policy.md"
WALK = "tests/repository/test_policy.py"


class Command(BaseCommand):
    help = "Affiche la politique d’accès (rôles, permissions, adresses) en Markdown."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="écrit docs/policy.md au lieu d’afficher")
        parser.add_argument(
            "--matrix",
            action="store_true",
            help="visite toutes les adresses avec tous les rôles et récrit tests/repository/access_matrix.csv (développement)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            DOCUMENT.parent.mkdir(exist_ok=True)
            DOCUMENT.write_text(policy_document(), encoding="utf-8")
            self.stdout.write(f"{DOCUMENT.relative_to(settings.BASE_DIR)} est écrit.")
        if options["matrix"]:
            self.walk()
        if not options["write"] and not options["matrix"]:
            self.stdout.write(policy_document(), ending="")

    def walk(self) -> None:
        """The walk needs a database of tests: pytest makes it, and writes instead of comparing."""
        # A process of its own: here the database in use is the real one.
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", WALK, "-k", "matrix or snapshot"],
            cwd=settings.BASE_DIR,
            env={**os.environ, "CRESS_WRITE_MATRIX": "1"},
            check=False,
        )
        if done.returncode:
            raise CommandError("La visite a échoué\u00a0: la raison est ci-dessus, rien de faux n’a été écrit.")
