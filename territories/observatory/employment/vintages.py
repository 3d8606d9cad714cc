"""How a dataset of statistics is cited, and which of them a publication shows: the headline series, its years, the others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.conf import settings

from territories.foundations.formats import apostrophe, date_fr, enumerate_fr
from territories.observatory.enums import DatasetState, DiffusionPolicy, EssPerimeter
from territories.observatory.models import Dataset
from territories.observatory.statistics.employment.cells import SourceYear

# The series that comes first when it says something of the ESS; the others follow in alphabetical order.
FIRST_SERIES: Final = "flores"

# Name of the files, how they came, and the participle that agrees with it. Another source is cited by its title.
_CITED: Final[dict[str, tuple[str, str, str]]] = {
    "insee-commande": ("Flores", "commande du réseau des CRESS", "publiée le"),
    "flores-open": ("Flores", "fichiers ouverts", "publiés le"),
    "urssaf-ess": ("économie sociale et solidaire", "données ouvertes", "publiées le"),
}
_SECRECY: Final[dict[str, str]] = {
    DiffusionPolicy.MASKED.value: (
        "Livré masqué\u00a0: ce que le producteur a masqué le reste, ainsi que tout ce qui en serait tiré."
    ),
    DiffusionPolicy.COMPLETE.value: (
        "Livré complet sous convention\u00a0: ce qui porte sur trop peu d’entreprises, ou surtout sur une seule, est masqué."
    ),
}


def citation(dataset: Dataset) -> str:
    """« Insee, Flores 2022 (effectifs salariés au 31 décembre), commande du réseau des CRESS, publiée le 31 mars 2024 »."""
    name, origin, participle = _CITED.get(dataset.source, (apostrophe(dataset.title), "", "publié le"))
    year = str(dataset.year)
    said = [f"{dataset.producer}, {name if year in name else f'{name} {year}'}"]
    if dataset.concept:
        # A notion that has its own brackets is not put in brackets.
        said[0] += f", {dataset.concept}" if "(" in dataset.concept else f" ({dataset.concept})"
    if origin:
        said.append(origin)
    if dataset.published_on:
        said.append(f"{participle} {date_fr(dataset.published_on)}")
    if dataset.revision > 1:
        said.append(f"révision {dataset.revision}")
    return ", ".join(said)


def source_line(dataset: Dataset, publisher: str = "") -> str:
    """The line printed under every table made from this dataset, frozen in it at publication."""
    treatment = [f"traitement Observatoire de l’ESS, {publisher or settings.CRESS_NAME}"]
    if dataset.ess_perimeter:
        treatment.append(f"périmètre «\u00a0{perimeter_label(dataset)}\u00a0»")
    treatment.append(f"géographie au 01/01/{dataset.millesime_id}")
    line = f"Source\u00a0: {citation(dataset)} –\u00a0{', '.join(treatment)}."
    return f"{line} Données de démonstration, fictives." if dataset.is_demonstration else line


def perimeter_label(dataset: Dataset) -> str:
    return str(EssPerimeter(dataset.ess_perimeter).label)


def statistics_notes(datasets: Sequence[Dataset]) -> list[str]:
    """What a reader of the method must know of these datasets, the most recent first: one text a source, its years together.

    Vintages that differ by their perimeter, their field or what the producer allows are told apart.
    """
    groups: dict[tuple[str, ...], list[Dataset]] = {}
    for one in sorted(datasets, key=lambda one: (-(one.year or 0), one.source)):
        groups.setdefault((one.source, one.ess_perimeter, one.concept, one.policy, one.licence), []).append(one)
    return [_note(group) for group in groups.values()]


def _earlier(years: Sequence[int]) -> str:
    """« Millésimes antérieurs : 2010 à 2020 et 2022. »; empty without any."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    texts = [str(run[0]) if len(run) == 1 else f"{run[0]} à {run[-1]}" for run in runs]
    return f"Millésimes antérieurs\u00a0: {enumerate_fr(texts)}." if texts else ""


def _note(datasets: Sequence[Dataset]) -> str:
    """One source in a few sentences; the first dataset is its last vintage."""
    dataset = datasets[0]
    cited = citation(dataset)
    said = [f"{cited[0].upper()}{cited[1:]}.", _earlier([one.year for one in datasets[1:] if one.year])]
    if dataset.field_note:
        said.append(f"Champ\u00a0: {_closed(dataset.field_note)}")
    if dataset.ess_perimeter:
        said.append(f"Périmètre\u00a0: {_closed(perimeter_label(dataset))}")
    for one in sorted(datasets, key=lambda one: one.year or 0):
        if one.break_note:
            said.append(f"Rupture de série entre {(one.year or 0) - 1} et {one.year}\u00a0: {_closed(one.break_note)}")
    said.append(_SECRECY.get(dataset.policy, ""))
    said.append(f"Licence\u00a0: {_closed(dataset.licence)}")
    return " ".join(sentence for sentence in said if sentence)


def _closed(text: str) -> str:
    """A text that somebody typed, ended as a sentence."""
    text = apostrophe(text.strip())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def source_year(dataset: Dataset) -> SourceYear:
    """A dataset as the tables cite it."""
    return SourceYear(
        series=dataset.series,
        year=dataset.year or 0,
        source=source_line(dataset),
        perimeter=dataset.ess_perimeter,
        perimeter_label=perimeter_label(dataset) if dataset.ess_perimeter else "",
        geography=dataset.millesime_id,
        nomenclature=dataset.nomenclature,
        concept=dataset.concept or SourceYear.__dataclass_fields__["concept"].default,
        break_note=dataset.break_note,
        is_demonstration=dataset.is_demonstration,
    )


def active_statistics(region: str | None = None) -> list[Dataset]:
    """The datasets of statistics in use, by series, year and source. One query."""
    rows = Dataset.objects.statistics().filter(state=DatasetState.ACTIVE, region=region or settings.CRESS_REGION)
    return list(rows.select_related("millesime").order_by("series", "year", "source", "id"))


def headline_series(datasets: Iterable[Dataset], of_the_ess: Mapping[object, bool]) -> str:
    """The series whose tables come first: Flores when it says something of the ESS, else the first that does; empty when none."""
    found = {dataset.series for dataset in datasets if of_the_ess.get(dataset.pk)}
    return min(found, key=lambda series: (series != FIRST_SERIES, series), default="")


def by_year(datasets: Sequence[Dataset], series: str) -> dict[int, list[Dataset]]:
    """The datasets of a series by year, in order of years then of sources."""
    years: dict[int, list[Dataset]] = {}
    for dataset in sorted((one for one in datasets if one.series == series), key=lambda one: (one.year or 0, one.source)):
        years.setdefault(dataset.year or 0, []).append(dataset)
    return years
