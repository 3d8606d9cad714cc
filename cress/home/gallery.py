"""Plausible, fictitious content for the page that shows every component."""

from typing import Any

from django import forms
from django.core.paginator import Paginator

from territories.foundations.rendering.charts import Bar, horizontal_bars
from territories.foundations.rendering.document import Chart, Column, Figure, Map, Table
from territories.foundations.rendering.maps import Place, Wording, proportional_circles
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import EssFamily, Regard, Status
from territories.observatory.drawings import svg_of

SOURCE = "Source : chiffres inventés pour montrer les composants ; territoire fictif, géographie au 01/01/2026."

# Fictitious places around a fictitious town: longitude, latitude, employers.
PLACES = {
    "Valmont": (-1.20, 47.30, 122),
    "Saint-Aubin": (-0.95, 47.36, 64),
    "Bellerive": (-1.05, 47.24, 33),
    "Trois-Moulins": (-1.32, 47.38, 21),
    "La Chesnaie": (-1.40, 47.22, 9),
    "Port-Joli": (-0.88, 47.20, 4),
}


class SampleForm(forms.Form):
    """A short form, as people meet them."""

    name = forms.CharField(label="Nom du territoire", help_text="Tel qu’il sera imprimé sur la couverture.")
    kind = forms.ChoiceField(label="Nature", choices=[("pays", "Pays ou PETR"), ("composite", "Territoire de projet")])
    note = forms.CharField(label="Présentation", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agreed = forms.BooleanField(label="Le territoire peut paraître dans la liste publique", required=False)


FAMILY_VALUES: dict[EssFamily, tuple[Value | int, Value | float]] = {
    EssFamily.ASSOCIATION: (289, 78.7),
    EssFamily.COOPERATIVE: (53, 14.4),
    EssFamily.MUTUELLE: (12, 3.3),
    EssFamily.FONDATION: (Value(None, Status.SECRET), Value(None, Status.SECRET)),
    EssFamily.COMMERCIAL: (Value(8, Status.PROVISIONAL), Value(2.2, Status.PROVISIONAL)),
}


def families_table() -> Table:
    return Table(
        caption="Établissements employeurs de l’ESS par famille, Pays de Valmont",
        columns=(Column("Famille"), Column("Établissements employeurs", "number"), Column("Part dans l’ESS", "percent")),
        rows=(*((family.label, *FAMILY_VALUES[family]) for family in EssFamily), ("Ensemble", 367, 100.0)),
        totals=1,
        source=SOURCE,
    )


def comparison_table() -> Table:
    return Table(
        caption="Le Pays de Valmont parmi d’autres territoires",
        columns=(
            Column("Territoire"),
            Column("Établissements employeurs de l’ESS", "number"),
            Column("Part dans l’emploi privé", "percent"),
            Column("Pour 10\u202f000 habitants", "number", 1),
        ),
        rows=(
            ("Pays de Valmont", 367, 14.6, 54.3),
            ("Pays voisin des Trois Rivières", 402, 12.9, 49.8),
            ("Département fictif", 3_812, 12.4, 47.2),
            ("Île de Sein-Clair", 0, Value(None, Status.NOT_APPLICABLE), Value(None, Status.NOT_SIGNIFICANT)),
        ),
        emphasis=(0,),
        source=SOURCE,
    )


def map_drawing() -> str:
    return proportional_circles(
        {name: (longitude, latitude) for name, (longitude, latitude, _) in PLACES.items()},
        {name: employers for name, (_, _, employers) in PLACES.items()},
        labels={name: name for name in PLACES},
        wording=Wording("Employeurs de l’ESS", "Valmont accueille un employeur sur trois.", "établissements employeurs"),
        places=[Place(name, PLACES[name][:2]) for name in ("Valmont", "Saint-Aubin")],
    )


def pieces() -> dict[str, Any]:
    """Everything the page shows. The form is bound and incomplete, to show its errors."""
    families = families_table()
    spec = horizontal_bars([Bar(family.label, value, colour=family.value) for family, (value, _) in FAMILY_VALUES.items()])
    chart = Chart(
        title="Près de huit employeurs sur dix sont des associations",
        sentence=(
            "Dans le Pays de Valmont, 289 des 367 établissements employeurs de l’ESS sont des associations, "
            "et 53 des coopératives."
        ),
        spec=spec,
        table=families,
        source=SOURCE,
    )
    circles = map_drawing()
    return {
        "figures": [
            Figure("367", "établissements employeurs de l’ESS", "79 % d’associations, 14 % de coopératives"),
            Figure("14,6\u00a0%", "des établissements employeurs privés", "13,1\u00a0% dans la région"),
            Figure("54,3", "pour 10\u202f000 habitants", "47,2 dans le département"),
            Figure("s", "salariés dans les fondations", "moins de trois établissements"),
        ],
        "source": SOURCE,
        "families": families,
        "comparison": comparison_table(),
        "chart": chart,
        "drawing": svg_of(chart),
        "map": Map(
            title="Les employeurs de l’ESS se concentrent autour de Valmont",
            sentence="Valmont accueille un employeur sur trois ; quatre communes en ont moins de dix.",
            svg=circles,
            source=SOURCE,
        ),
        "map_drawing": circles,
        "downloads": [("Image SVG", "#"), ("Image PNG", "#"), ("XLSX", "#"), ("ODS", "#"), ("CSV", "#")],
        "done_phases": [1],
        "all_families": list(EssFamily),
        "all_regards": list(Regard),
        "page": Paginator(range(1, 413), 25).page(4),
        "tabs": [("Familles", "#familles"), ("Secteurs", "#secteurs"), ("Tailles", "#tailles")],
        "steps": [
            ("Choisir les fichiers", "Unités légales et établissements, parquet ou CSV."),
            ("Lire et qualifier", "Le périmètre de l’ESS est appliqué ligne à ligne."),
            ("Relire le compte rendu", "Lignes lues, retenues, écartées et à qualifier."),
            ("Publier", "Les pages publiques changent d’un coup."),
        ],
        "sheet": [
            ("Source", "Insee, répertoire Sirene"),
            ("État des fichiers au", "1er novembre 2026"),
            ("Licence", "Licence ouverte 2.0"),
            ("Périmètre", "Périmètre de l’ESS, version 2026-1"),
        ],
        "form": SampleForm({"kind": "pays"}),
    }
