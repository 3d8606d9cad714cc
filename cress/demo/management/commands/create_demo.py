"""Makes the demonstration once: accounts, composed territories, fictitious Sirene files, then the real import and release."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cress.demo.operations import create_demo


class Command(BaseCommand):
    help = "Crée la démonstration (données fictives), une seule fois."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("Cette instance n’est pas une démonstration : CRESS_DEMONSTRATION vaut 0. Rien n’a été créé.")
        if not create_demo(say=lambda sentence: self.stdout.write(sentence)):
            self.stdout.write("La démonstration existe déjà : elle est gardée telle quelle.")
