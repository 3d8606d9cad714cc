from importlib import import_module

from django.apps import AppConfig


class GeographyConfig(AppConfig):
    name = "territories.geography"
    label = "geography"
    verbose_name = "Géographie"

    def ready(self) -> None:
        import_module("territories.geography.jobs")
