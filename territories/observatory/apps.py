from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def load_perimeters(sender: AppConfig, **kwargs: Any) -> None:
    """The perimeters shipped with the project are reference data: they come with the tables."""
    from territories.observatory.imports import ensure_perimeter

    ensure_perimeter()


class ObservatoryConfig(AppConfig):
    name = "territories.observatory"
    label = "observatory"
    verbose_name = "Observatoire"

    def ready(self) -> None:
        from territories.geography.registers import register_territory_page
        from territories.observatory.addresses import territory_page

        # Importing a module that carries jobs declares them, in the web server and in the workers alike.
        for module in ("documents", "establishment_files", "jobs", "release"):
            import_module(f"territories.observatory.{module}")
        register_territory_page(territory_page)
        post_migrate.connect(load_perimeters, sender=self)
