"""Prints the accounts of the demonstration, for whoever has just started it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cress.demo.accounts import ACCOUNTS, PASSWORD


class Command(BaseCommand):
    help = "Affiche les comptes de la démonstration."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            return
        width = max(len(account.email) for account in ACCOUNTS)
        self.stdout.write(f"Comptes de la démonstration (mot de passe : {PASSWORD})")
        for account in ACCOUNTS:
            self.stdout.write(f"  {account.email:<{width}}  {account.role.label} : {account.presentation}")
