from django.apps import AppConfig


class FoundationsConfig(AppConfig):
    name = "territories.foundations"
    label = "foundations"
    verbose_name = "Socle"
