"""Reads a GeoJSON of administrative outlines, feature by feature, so that a file of 200 MB fits in memory. No database.

Accepted: a FeatureCollection (or one Feature) of polygons in longitude and latitude, plain or gzipped, whose features
carry a code under any of the usual names. Everything else is refused with a sentence that says what to do.
"""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

# What a gzipped file may weigh once open.
LARGEST: Final = 600_000_000
_FEATURES: Final = re.compile(r'"features"\s*:\s*\[')
_GAP: Final = re.compile(r"[\s,]*")
_POLYGONS: Final = frozenset({"Polygon", "MultiPolygon", "GeometryCollection"})
_NAMED_PROJECTION: Final = re.compile(r"(2154|27572|3857|3943|394[2-9]|3950|Lambert|UTM|326\d\d)", re.IGNORECASE)
# Values that look like a code: communes, départements and régions, SIREN of EPCI.
_CODE: Final = re.compile(r"\d{2,3}|2[AB]|\d[\dAB]\d{3}|\d{9}|[a-z0-9]+(?:-[a-z0-9]+)+")
_NAME_KEYS: Final = (
    "nom",
    "name",
    "libelle",
    "libgeo",
    "nom_com",
    "nom_commune",
    "nom_epci",
    "nom_dept",
    "nom_region",
    "nom_officiel",
)

_CONVERT: Final = (
    "Convertissez le fichier en longitude et latitude (WGS 84, EPSG:4326), par exemple avec QGIS\u00a0: "
    "«\u00a0Exporter\u00a0» puis SCR EPSG:4326."
)


class ContourFileError(Exception):
    """The file cannot be used. The text is a French sentence: what is wrong and what to do."""


@dataclass(frozen=True)
class Feature:
    """One outline: its properties as texts, keys in lower case, and its polygons (possibly none)."""

    properties: Mapping[str, str]
    geometry: BaseGeometry | None

    @property
    def name(self) -> str:
        return next((self.properties[key] for key in _NAME_KEYS if self.properties.get(key)), "")


def read_features(path: Path) -> list[Feature]:
    """Every feature of the file. Raises ContourFileError."""
    text = _text_of(path)
    features = list(_features_of(text))
    if not features:
        raise ContourFileError("Le fichier ne contient aucune entité. Vérifiez l’export, puis recommencez.")
    drawn = [feature for feature in features if feature.geometry is not None]
    if not drawn:
        raise ContourFileError(
            "Aucune entité du fichier n’a de contour (géométries vides, ou points et lignes)\u00a0: "
            "exportez la couche des polygones."
        )
    _refuse_projected([feature.geometry for feature in drawn if feature.geometry is not None])
    return features


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            is_gzip = stream.read(2) == b"\x1f\x8b"
        if is_gzip:
            with gzip.open(path, "rb") as archive:
                content = archive.read(LARGEST + 1)
        else:
            content = path.read_bytes()
    except (OSError, EOFError) as error:
        raise ContourFileError(f"Le fichier ne s’ouvre pas ou est tronqué ({error}). Téléchargez-le de nouveau.") from error
    if len(content) > LARGEST:
        raise ContourFileError("Le fichier décompressé dépasse 600\u00a0Mo. Prenez une version simplifiée (100 m).")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Older exports: accents of the names only, the codes are the same bytes.
        return content.decode("cp1252", errors="replace")


def _features_of(text: str) -> Iterator[Feature]:
    start = _FEATURES.search(text)
    if start is None:
        yield _feature(_alone(text))
        return
    decoder = json.JSONDecoder()
    at = start.end()
    try:
        while True:
            gap = _GAP.match(text, at)
            at = gap.end() if gap else at
            if text[at : at + 1] == "]":
                break
            entry, at = decoder.raw_decode(text, at)
            yield _feature(entry)
        envelope = json.loads(text[: start.end()] + text[at:])
    except ValueError as error:
        raise ContourFileError(
            "Le fichier n’est pas un JSON complet\u00a0: il est tronqué ou abîmé. Téléchargez-le de nouveau."
        ) from error
    if not isinstance(envelope, dict) or envelope.get("type") != "FeatureCollection":
        raise ContourFileError(
            "Le fichier n’est pas un GeoJSON «\u00a0FeatureCollection\u00a0». Exportez la couche au format GeoJSON."
        )
    crs = json.dumps(envelope.get("crs") or "")
    if named := _NAMED_PROJECTION.search(crs):
        raise ContourFileError(f"Les coordonnées du fichier sont projetées ({named[0]}). {_CONVERT}")


def _alone(text: str) -> dict[str, Any]:
    """The only feature of a file that is not a collection."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ContourFileError("Le fichier n’est pas du JSON. Donnez un fichier GeoJSON (.geojson ou .json).") from error
    if not isinstance(content, dict) or content.get("type") != "Feature":
        raise ContourFileError(
            "Le fichier n’est pas un GeoJSON «\u00a0FeatureCollection\u00a0». Exportez la couche au format GeoJSON."
        )
    return content


def _feature(entry: object) -> Feature:
    if not isinstance(entry, dict) or entry.get("type") != "Feature":
        raise ContourFileError(
            "Une entrée du fichier n’est pas une entité GeoJSON («\u00a0Feature\u00a0»). Exportez la couche de nouveau."
        )
    properties = entry.get("properties") or {}
    texts = {str(key).lower(): str(value).strip() for key, value in properties.items() if isinstance(value, str | int)}
    return Feature(texts, _polygons(entry.get("geometry"), texts))


def _polygons(geometry: object, texts: Mapping[str, str]) -> BaseGeometry | None:
    """The valid polygons of a geometry, without altitude; None when it has none."""
    if not isinstance(geometry, dict) or geometry.get("type") not in _POLYGONS:
        return None
    try:
        drawn = shapely.force_2d(shape(geometry))
        if not drawn.is_valid:
            drawn = shapely.make_valid(drawn)
    except (ShapelyError, ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        named = ", ".join(f"{key}\u00a0: {value}" for key, value in list(texts.items())[:2])
        raise ContourFileError(f"Le contour d’une entité est mal formé ({named}). Exportez la couche de nouveau.") from error
    parts = [part for part in shapely.get_parts(drawn) if part.geom_type in {"Polygon", "MultiPolygon"}]
    polygons = [polygon for part in parts for polygon in shapely.get_parts(part) if polygon.area > 0]
    return shapely.MultiPolygon(polygons) if polygons else None


def _refuse_projected(geometries: list[BaseGeometry]) -> None:
    west, south, east, north = shapely.total_bounds(geometries)
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise ContourFileError(
            f"Les coordonnées du fichier sont projetées (jusqu’à {max(abs(east), abs(north)):.0f}). {_CONVERT}"
        )


def code_properties(features: list[Feature]) -> list[str]:
    """Properties that may hold the code, those holding one in most features first. Raises ContourFileError for none."""
    counts: dict[str, int] = {}
    for feature in features:
        for key, value in feature.properties.items():
            if _CODE.fullmatch(value):
                counts[key] = counts.get(key, 0) + 1
    if not counts:
        raise ContourFileError(
            "Aucune propriété du fichier ne contient un code (commune, SIREN d’EPCI, département ou région). "
            "Exportez la couche avec sa colonne «\u00a0code\u00a0» (ou insee, siren…)."
        )
    return sorted(counts, key=lambda key: (-counts[key], key))
