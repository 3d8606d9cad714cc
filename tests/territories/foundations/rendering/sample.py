"""A rich fictitious report, seeded: every block, many charts, two maps, hostile and absent values where asked."""

import itertools
import math
import random

from territories.foundations.rendering.charts import (
    Bar,
    Series,
    columns_over_years,
    grouped_bars,
    horizontal_bars,
    specialisation,
)
from territories.foundations.rendering.document import (
    BulletList,
    Callout,
    Chart,
    Column,
    Cover,
    Definitions,
    Document,
    Emphasis,
    Figure,
    KeyFigures,
    Link,
    Map,
    Paragraph,
    Quotation,
    Reference,
    Section,
    Strong,
    Table,
)
from territories.foundations.rendering.family_chart import FamilyShares, family_shares
from territories.foundations.rendering.maps import Place, Wording, choropleth, proportional_circles
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import SECTORS, SIZE_GROUPS, EssFamily, Phase, Status

TERRITORY = "CC du Pays d’Ancenis"
REGION = "Pays de la Loire"
SOURCE = "Sirene (Insee), stock au 1er novembre 2026, traitement CRESS Pays de la Loire, géographie au 1er janvier 2026"
NAMES = (
    "Ancenis-Saint-Géréon",
    "Couffé",
    "Ingrandes-le-Fresne-sur-Loire",
    "Joué-sur-Erdre",
    "La Roche-Blanche",
    "Le Cellier",
    "Le Pin",
    "Ligné",
    "Loireauxence",
    "Mésanger",
    "Montrelais",
    "Mouzeil",
    "Oudon",
    "Pannecé",
    "Pouillé-les-Côteaux",
    "Riaillé",
    "Teillé",
    "Trans-sur-Erdre",
    "Vair-sur-Loire",
    "Vallons-de-l’Erdre",
)


def grid_shapes(columns: int = 5, rows: int = 4, seed: int = 1) -> dict[str, list[list[list[tuple[float, float]]]]]:
    """Neighbouring areas that share their jittered corners, as communes share their borders."""
    rng = random.Random(seed)
    corners = {
        (i, j): (
            -1.4 + i * 0.09 + rng.uniform(-0.025, 0.025),
            47.3 + j * 0.06 + rng.uniform(-0.016, 0.016),
        )
        for i in range(columns + 1)
        for j in range(rows + 1)
    }

    def edge(a: tuple[int, int], b: tuple[int, int]) -> list[tuple[float, float]]:
        first, second = sorted((a, b))
        wave = random.Random(f"{first}{second}")
        (x0, y0), (x1, y1) = corners[first], corners[second]
        points = [
            (x0 + (x1 - x0) * t / 8 + wave.uniform(-0.005, 0.005), y0 + (y1 - y0) * t / 8 + wave.uniform(-0.004, 0.004))
            for t in range(1, 8)
        ]
        line = [corners[first], *points]
        return line if first == a else [corners[second], *reversed(points)]

    shapes = {}
    for index in range(columns * rows):
        i, j = index % columns, index // columns
        around = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
        ring = [p for a, b in itertools.pairwise(around) for p in edge(a, b)]
        shapes[f"44{index:03d}"] = [[[*ring, ring[0]]]]
    return shapes


def centres(shapes: dict[str, list[list[list[tuple[float, float]]]]]) -> dict[str, tuple[float, float]]:
    """The mean position of each area."""
    found = {}
    for code, polygons in shapes.items():
        ring = polygons[0][0]
        found[code] = (sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring))
    return found


def sample_wording(**changes: str) -> Wording:
    texts = {
        "title": "Établissements employeurs de l’ESS par commune",
        "sentence": "Ancenis-Saint-Géréon concentre près d’un tiers des établissements employeurs de l’ESS.",
        "measure": "Établissements employeurs de l’ESS",
    }
    return Wording(**(texts | changes))


def sample_maps() -> tuple[Map, Map, str]:
    """A map of circles, a map of areas, and the drawing of the cover."""
    shapes = grid_shapes()
    codes = list(shapes)
    labels = dict(zip(codes, NAMES, strict=True))
    rng = random.Random(7)
    counts = {code: Value(rng.choice([0, 2, 4, 7, 12, 18, 25])) for code in codes} | {codes[6]: Value(94)}
    rates = {code: Value(round(rng.uniform(4, 19), 1)) for code in codes}
    rates[codes[2]] = Value(None, Status.SECRET)
    rates[codes[9]] = Value(None, Status.UNAVAILABLE)
    del rates[codes[4]]
    places = [Place(labels[codes[i]], centres(shapes)[codes[i]]) for i in (6, 13, 8)]
    wording = sample_wording()
    circles = proportional_circles(
        centres(shapes), counts, labels=labels, wording=wording, outline=list(shapes["44000"]), places=places
    )
    rate_wording = sample_wording(
        title="Part de l’ESS dans les établissements employeurs privés",
        measure="Part de l’ESS dans les établissements employeurs privés",
        sentence="La part de l’ESS va de 4 % à 19 % selon les communes ; elle est plus forte au nord du territoire.",
        unit="%",
    )
    areas = choropleth(shapes, rates, labels=labels, wording=rate_wording, places=places)
    table = Table(
        "Établissements employeurs de l’ESS par commune",
        (Column("Commune"), Column("Établissements", "number"), Column("Part dans le privé", "percent")),
        tuple((labels[c], counts[c], rates.get(c, Value(None, Status.UNAVAILABLE))) for c in codes),
        source=SOURCE,
    )
    cover = proportional_circles(centres(shapes), counts, labels=labels, wording=wording, bare=True)
    return (
        Map(wording.title, wording.sentence, circles, SOURCE, table),
        Map(rate_wording.title, rate_wording.sentence, areas, SOURCE, table),
        cover,
    )


def sample_charts(count: int = 6, seed: int = 3) -> list[Chart]:
    """`count` charts of all forms in turn, each with its table, sentence and source."""
    rng = random.Random(seed)
    sectors = [sector.label for sector in SECTORS]
    shares = dict(zip(EssFamily, (74.3, 15.8, 4.6, 3.2, 2.1), strict=True))
    made: list[Chart] = []
    for rank in range(count):
        suffix = "" if rank < 6 else f" ({2020 + rank})"
        values = [rng.randint(2, 140) for _ in sectors]
        secret = [Value(None, Status.SECRET) if i == 3 else Value(v) for i, v in enumerate(values)]
        parts = [round(rng.uniform(1, 22), 1) for _ in sectors]
        reference = [round(rng.uniform(1, 22), 1) for _ in sectors]
        index = [round(rng.uniform(0.3, 2.2), 2) for _ in sectors]
        years = list(range(2018, 2026))
        made_in = [rng.randint(8, 40) for _ in years]
        closed = [rng.randint(5, 30) for _ in years]
        sizes = [label for _, label in SIZE_GROUPS]
        own = [round(rng.uniform(0.5, 25), 1) for _ in sizes]
        other = [round(rng.uniform(0.5, 25), 1) for _ in sizes]
        two = (Column("Secteur"), Column(TERRITORY, "percent"), Column(REGION, "percent"))
        form = rank % 6
        if form == 0:
            spec = horizontal_bars([Bar(s, v) for s, v in zip(sectors, secret, strict=True)])
            title = "Établissements employeurs de l’ESS par secteur"
            table = Table(
                title + suffix, (Column("Secteur"), Column("Établissements", "number")), tuple(zip(sectors, secret, strict=True))
            )
            sentence = "L’action sociale et le soutien aux entreprises rassemblent plus d’un tiers des établissements employeurs."
        elif form == 1:
            rows = [FamilyShares(name, dict(shares)) for name in (TERRITORY, "Loire-Atlantique", REGION)]
            spec = family_shares(rows)
            title = "Les familles de l’ESS dans les établissements employeurs"
            table = Table(
                title + suffix,
                (Column("Famille"), Column(TERRITORY, "percent"), Column(REGION, "percent")),
                tuple((family.label, share, share) for family, share in shares.items()),
            )
            sentence = "Trois établissements employeurs sur quatre sont des associations, comme dans la région."
        elif form == 2:
            bars = [Bar(s, v, r) for s, v, r in zip(sectors, parts, reference, strict=True)]
            spec = horizontal_bars(bars, unit="%", decimals=1, name=TERRITORY, reference_name=REGION)
            title = "Part de chaque secteur dans les établissements de l’ESS"
            table = Table(title + suffix, two, tuple(zip(sectors, parts, reference, strict=True)))
            sentence = "L’enseignement pèse davantage qu’en région, les activités financières moins."
        elif form == 3:
            spec = specialisation([Bar(s, v) for s, v in zip(sectors, index, strict=True)], reference_name=REGION)
            title = "Spécificité des secteurs par rapport à la région"
            table = Table(
                title + suffix, (Column("Secteur"), Column("Indice", "number", 2)), tuple(zip(sectors, index, strict=True))
            )
            sentence = "Un indice de 2 veut dire que le secteur pèse deux fois plus qu’en région."
        elif form == 4:
            spec = columns_over_years(years, [Series("Créations", tuple(made_in)), Series("Cessations", tuple(closed))])
            title = "Créations et cessations d’établissements"
            table = Table(
                title + suffix,
                (Column("Année"), Column("Créations", "number"), Column("Cessations", "number")),
                tuple(zip(map(str, years), made_in, closed, strict=True)),
            )
            sentence = "Chaque année depuis 2018, sauf en 2020, les créations l’emportent sur les cessations."
        else:
            spec = grouped_bars(
                sizes, [Series("ESS", tuple(own)), Series("Ensemble du privé", tuple(other))], unit="%", decimals=1
            )
            title = "Taille des établissements employeurs"
            table = Table(
                title + suffix,
                (Column("Salariés"), Column("ESS", "percent"), Column("Ensemble du privé", "percent")),
                tuple(zip(sizes, own, other, strict=True)),
            )
            sentence = "Les très petits établissements dominent, un peu moins que dans l’ensemble du privé."
        made.append(Chart(title + suffix, sentence, spec, table, SOURCE))
    return made


def long_table(rows: int, caption: str = "Les principaux employeurs de l’ESS", columns: int = 5) -> Table:
    rng = random.Random(rows)
    heads = (Column("Structure"), Column("Commune"), Column("Famille"), Column("Salariés", "number"), Column("Part", "percent"))
    heads += tuple(Column(f"Année {2015 + i}", "number") for i in range(columns - 5))
    return Table(
        caption,
        heads[:columns],
        tuple(
            (
                f"Association « Les Amis de la Loire n° {i} »",
                NAMES[i % len(NAMES)],
                list(EssFamily)[i % 5].singular.capitalize(),
                Value(None, Status.SECRET) if i % 11 == 5 else rng.randint(1, 4000),
                round(rng.uniform(0, 12), 1),
                *(rng.randint(0, 90_000) for _ in range(columns - 5)),
            )[:columns]
            for i in range(rows)
        ),
        source=SOURCE,
        notes=("Classement par tranche d’effectif publique de Sirene, puis par ordre alphabétique.",),
    )


def prose(seed: int, sentences: int = 6) -> str:
    """Plausible filling text of so many sentences."""
    rng = random.Random(seed)
    starts = (
        "Sur ce territoire",
        "Depuis cinq ans",
        "À l’échelle de l’intercommunalité",
        "Pour les acteurs rencontrés",
        "En comparaison",
    )
    middles = (
        "l’économie sociale et solidaire occupe une place qui dépasse le seul champ de l’action sociale",
        "les associations employeuses irriguent presque toutes les communes, y compris les plus petites",
        "les coopératives agricoles et de consommateurs restent un repère du paysage économique",
        "les besoins de recrutement se concentrent dans l’aide à domicile et l’accueil des jeunes enfants",
        "les coopérations avec les entreprises du bassin se nouent d’abord autour de l’insertion",
    )
    ends = (
        "et les écarts entre communes demeurent.",
        "ce que confirment les chiffres de 2026.",
        "même si l’on compte moins de créations.",
    )
    return " ".join(f"{rng.choice(starts)}, {rng.choice(middles)}, {rng.choice(ends)}" for _ in range(sentences))


def sample_document(*, charts: int = 6, tables: int = 2, prose_sections: int = 2, demonstration: bool = True) -> Document:
    """The report. More charts, tables and prose make it longer; six, two and two make about twenty pages."""
    circles, areas, cover = sample_maps()
    drawn = sample_charts(charts)
    key = KeyFigures(
        (
            Figure("312", "établissements employeurs de l’ESS", "94 de plus que les seules associations"),
            Figure("13,4 %", "des établissements employeurs privés", "12,8 % en Pays de la Loire"),
            Figure("45,2", "établissements pour 10 000 habitants", "41,0 en Pays de la Loire"),
            Figure("s", "salariés des mutuelles", "donnée couverte par le secret statistique"),
            Figure("18 sur 20", "communes ont au moins un établissement employeur"),
            Figure("1 204", "structures sans salarié", "chiffre secondaire, à lire avec prudence"),
        ),
        SOURCE,
    )
    sections = [
        Section(
            "L’essentiel",
            (
                Paragraph("L’économie sociale et solidaire fait vivre toutes les communes du Pays d’Ancenis.", lead=True),
                key,
                BulletList(
                    (
                        (Strong("Un poids supérieur à la moyenne régionale"), " : 13,4 % des employeurs privés contre 12,8 %."),
                        "Trois établissements sur quatre sont des associations.",
                        ("Une dynamique de création ", Emphasis("continue"), " depuis 2018, hormis 2020."),
                    )
                ),
                Callout("Les chiffres portent sur les établissements, non sur l’emploi.", "À lire avant tout", "warning"),
            ),
        ),
        Section("Le poids de l’ESS", (Paragraph(prose(1)), circles, Paragraph(prose(2)), areas)),
    ]
    per = math.ceil(len(drawn) / 3)
    for part, title in enumerate(("Les familles et les secteurs", "Les tailles et la dynamique", "Les comparaisons")):
        sections.append(Section(title, (Paragraph(prose(10 + part, 3), lead=True),)))
        for rank, chart in enumerate(drawn[part * per : (part + 1) * per]):
            blocks = (Paragraph(prose(20 + part * 9 + rank, 4)), chart, Paragraph(prose(60 + part * 9 + rank, 3)))
            sections.append(Section(chart.title, blocks, level=2))
    sections.append(Section("Les établissements employeurs", (Paragraph(prose(80)),)))
    for rank in range(tables):
        caption = f"Les principaux employeurs de l’ESS, liste {rank + 1}"
        wide = 8 if rank % 2 else 5
        sections.append(
            Section(f"Liste {rank + 1}", (long_table(30 + 8 * (rank % 3), caption, wide), Paragraph(prose(rank))), level=2)
        )
    for rank in range(prose_sections):
        blocks = tuple(Paragraph(prose(100 + rank * 7 + i)) for i in range(5))
        words = Quotation(
            "Ici, tout le monde connaît une association, mais personne ne dit qu’elle fait de l’économie.", "Élue d’une commune"
        )
        sections.append(Section(f"Regards du territoire, {rank + 1}", (*blocks, words)))
    sections.append(
        Section(
            "Méthode et définitions",
            (
                Definitions(
                    (
                        ("Établissement employeur", "Établissement ayant employé au moins un salarié dans l’année de référence."),
                        (
                            "Famille",
                            (
                                "Forme juridique au sens de la ",
                                Link("loi du 31 juillet 2014", "https://www.legifrance.gouv.fr/"),
                                ".",
                            ),
                        ),
                    )
                ),
                Reference("Insee, base Sirene, documentation des fichiers stock", "https://www.sirene.fr/"),
                Reference("CRESS Pays de la Loire, méthode des diagnostics partagés, 2026"),
            ),
        )
    )
    return Document(
        title="État des lieux quantitatif",
        territory=TERRITORY,
        subtitle="L’économie sociale et solidaire du territoire : poids, familles, secteurs, tailles et dynamique",
        date_label="23 novembre 2026",
        sections=tuple(sections),
        cover=Cover(
            phase=Phase.CHARACTERISATION, programme="Observatoire de l’économie sociale et solidaire", illustration=cover
        ),
        demonstration=demonstration,
    )
