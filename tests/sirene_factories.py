"""A small geography around the generator’s hand-made region, and imports of what it writes."""

from collections.abc import Sequence
from pathlib import Path

from cress.demo.sirene_files import CommuneSpec, Truth, write_region
from territories.foundations.jobs.models import Job
from territories.foundations.text import fold
from territories.geography.enums import TerritoryKind
from territories.geography.models import Commune, FormerCode, Millesime, Territory, TerritoryCommune
from territories.observatory.models import Dataset, Establishment, Observation
from tests.cress.demo.sirene_specs import COMMUNES, DELEGATED, FORMER

# Far from the region: the three cities of arrondissements, and a second commune of Ille-et-Vilaine.
ELSEWHERE = (
    CommuneSpec("75056", "Paris", "75", "11", "200054781", 2_100_000, "75001"),
    CommuneSpec("69123", "Lyon", "69", "84", "200046977", 520_000, "69001"),
    CommuneSpec("13055", "Marseille", "13", "93", "200054807", 870_000, "13001"),
    CommuneSpec("35238", "Rennes", "35", "53", "243500139", 225_000, "35000"),
)
ARRONDISSEMENTS = (
    [(f"751{number:02d}", "75056") for number in range(1, 21)]
    + [(f"6938{number}", "69123") for number in range(1, 10)]
    + [(f"132{number:02d}", "13055") for number in range(1, 17)]
)
NAMES = {"44": "Loire-Atlantique", "49": "Maine-et-Loire", "85": "Vendée", "35": "Ille-et-Vilaine"}


def geography(specs: Sequence[CommuneSpec] = COMMUNES + ELSEWHERE) -> Millesime:
    """The current millésime: these communes, their former codes, and the territories of every kind that holds them."""
    millesime = Millesime.objects.create(year=2026, source="Essai", population_label="Essai", is_current=True)
    communes = {
        spec.code: Commune.objects.create(
            millesime=millesime,
            code=spec.code,
            name=spec.nom,
            search=fold(spec.nom),
            departement=spec.departement,
            region=spec.region,
            epci=spec.epci,
            population=spec.population,
        )
        for spec in specs
    }
    for old, new in (*FORMER, *DELEGATED, *ARRONDISSEMENTS):
        if new in communes:
            FormerCode.objects.create(millesime=millesime, code=old, commune=communes[new])
    members: dict[tuple[str, str], list[Commune]] = {}
    for spec in specs:
        commune = communes[spec.code]
        members.setdefault((TerritoryKind.COMMUNE, spec.code), []).append(commune)
        members.setdefault((TerritoryKind.DEPARTEMENT, spec.departement), []).append(commune)
        members.setdefault((TerritoryKind.REGION, spec.region), []).append(commune)
        members.setdefault((TerritoryKind.COUNTRY, "F"), []).append(commune)
        if spec.epci:
            members.setdefault((TerritoryKind.EPCI, spec.epci), []).append(commune)
    for (kind, code), inside in members.items():
        name = inside[0].name if kind == TerritoryKind.COMMUNE else {"52": "Pays de la Loire"}.get(code, NAMES.get(code, code))
        territory = Territory.objects.create(
            millesime=millesime,
            kind=kind,
            code=code,
            name=name,
            search=fold(name),
            slug=f"{kind}-{code}".lower(),
            population=sum(commune.population or 0 for commune in inside),
            commune_count=len(inside),
        )
        TerritoryCommune.objects.bulk_create([TerritoryCommune(territory=territory, commune=commune) for commune in inside])
    return millesime


def files(folder: Path, **changes: object) -> Truth:
    """The generator’s files for the hand-made region, small by default."""
    values: dict[str, object] = {
        "seed": 7,
        "reference_year": 2024,
        "scale": 0.05,
        "former_codes": FORMER,
        "delegated_codes": DELEGATED,
    }
    return write_region(folder, COMMUNES, **(values | changes))


def rows_of(dataset: Dataset) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Every establishment and observation of a vintage, without the keys that differ from one import to the next."""

    def rows(model: type[Establishment] | type[Observation]) -> list[tuple[object, ...]]:
        names = [field.attname for field in model._meta.fields if field.attname not in ("id", "dataset_id")]
        return list(model.objects.filter(dataset=dataset).order_by("pk").values_list(*names))

    return rows(Establishment), rows(Observation)


def job_of(dataset: Dataset) -> Job:
    return Job.objects.get(pk=dataset.job_id)
