"""The first administrator of an instance, or the way back in when the last one lost everything."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from territories.access import operations
from territories.access.tokens import INVITATION_LIFE, RESET_LIFE, password_link


class Command(BaseCommand):
    help = (
        "Crée un compte d’administration (ou rend l’administration à un compte) et affiche le lien où choisir son mot de passe."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="adresse électronique de la personne")
        parser.add_argument("--name", default="", help="prénom et nom")
        parser.add_argument(
            "--reset-second-factor",
            action="store_true",
            help="retire aussi la double vérification, quand téléphone et codes sont perdus",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"«\u00a0{email}\u00a0» n’est pas une adresse électronique.") from error
        user = operations.restore_administrator(
            email, full_name=options["name"].strip(), reset_second_factor=options["reset_second_factor"]
        )
        life = f"{INVITATION_LIFE.days} jours" if user.is_invited else f"{int(RESET_LIFE.total_seconds() // 3600)} heures"
        self.stdout.write(f"{user} administre maintenant l’application. Lien où choisir son mot de passe, valable {life}\u00a0:")
        self.stdout.write(password_link(user))
