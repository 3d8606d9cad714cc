"""A hand-made region: two départements, three EPCI, a commune without EPCI, from 150 to 320 000 inhabitants."""

from typing import Final

from cress.demo.sirene_files import CommuneSpec

COMMUNES: Final = (
    CommuneSpec("44109", "Nantes", "44", "52", "244400404", 320_000, "44000"),
    CommuneSpec("44162", "Saint-Herblain", "44", "52", "244400404", 48_000, "44800"),
    CommuneSpec("44003", "Ancenis-Saint-Géréon", "44", "52", "244400552", 11_000, "44150"),
    CommuneSpec("44213", "Loireauxence", "44", "52", "244400552", 7_600, "44370"),
    CommuneSpec("49160", "Ingrandes-Le Fresne sur Loire", "49", "52", "244400552", 2_600, "49123"),
    CommuneSpec("44180", "Vallons-de-l'Erdre", "44", "52", "244400552", 6_600, "44540"),
    CommuneSpec("35236", "Redon", "35", "53", "243500741", 9_300, "35600"),
    CommuneSpec("44007", "Avessac", "44", "52", "243500741", 2_500, "44460"),
    CommuneSpec("44185", "Saint-Nicolas-de-Redon", "44", "52", "243500741", 3_200, "44460"),
    CommuneSpec("85113", "L'Île-d'Yeu", "85", "52", "", 4_900, "85350"),
    CommuneSpec("49048", "Bourgneuf", "49", "52", "", 150, "49290"),
)
FORMER: Final = (("49382", "49160"), ("44060", "49160"))
DELEGATED: Final = (("44225", "44180"), ("44084", "44213"))
