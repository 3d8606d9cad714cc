"""Articles and prepositions before real names."""

import pytest

from territories.foundations.toponyms import dans_territoire, de_territoire, le_territoire

CASES = [
    # name, kind, le, de, dans
    ("Nantes", "commune", "Nantes", "de Nantes", "à Nantes"),
    ("Angers", "commune", "Angers", "d’Angers", "à Angers"),
    ("Le Mans", "commune", "Le Mans", "du Mans", "au Mans"),
    ("Les Herbiers", "commune", "Les Herbiers", "des Herbiers", "aux Herbiers"),
    ("La Roche-sur-Yon", "commune", "La Roche-sur-Yon", "de La Roche-sur-Yon", "à La Roche-sur-Yon"),
    ("L'Île-d'Yeu", "commune", "L’Île-d’Yeu", "de L’Île-d’Yeu", "à L’Île-d’Yeu"),
    ("Évron", "commune", "Évron", "d’Évron", "à Évron"),
    ("Herbignac", "commune", "Herbignac", "d’Herbignac", "à Herbignac"),
    ("Haute-Goulaine", "commune", "Haute-Goulaine", "de Haute-Goulaine", "à Haute-Goulaine"),
    ("Yzernay", "commune", "Yzernay", "d’Yzernay", "à Yzernay"),
    ("Lessay", "commune", "Lessay", "de Lessay", "à Lessay"),
    ("Mayenne", "commune", "Mayenne", "de Mayenne", "à Mayenne"),
    ("Mayenne", "departement", "la Mayenne", "de la Mayenne", "en Mayenne"),
    ("Loire-Atlantique", "departement", "la Loire-Atlantique", "de la Loire-Atlantique", "en Loire-Atlantique"),
    ("Maine-et-Loire", "departement", "Maine-et-Loire", "de Maine-et-Loire", "en Maine-et-Loire"),
    ("Ille-et-Vilaine", "departement", "Ille-et-Vilaine", "d’Ille-et-Vilaine", "en Ille-et-Vilaine"),
    ("Orne", "departement", "l’Orne", "de l’Orne", "dans l’Orne"),
    ("Morbihan", "departement", "le Morbihan", "du Morbihan", "dans le Morbihan"),
    ("Deux-Sèvres", "departement", "les Deux-Sèvres", "des Deux-Sèvres", "dans les Deux-Sèvres"),
    ("Paris", "departement", "Paris", "de Paris", "à Paris"),
    ("Pays de la Loire", "region", "les Pays de la Loire", "des Pays de la Loire", "en Pays de la Loire"),
    ("Bretagne", "region", "Bretagne", "de Bretagne", "en Bretagne"),
    ("Île-de-France", "region", "Île-de-France", "d’Île-de-France", "en Île-de-France"),
    ("Grand Est", "region", "le Grand Est", "du Grand Est", "dans le Grand Est"),
    ("France", "country", "la France", "de la France", "en France"),
    ("CC du Pays d'Ancenis", "epci", "la CC du Pays d’Ancenis", "de la CC du Pays d’Ancenis", "dans la CC du Pays d’Ancenis"),
    ("Nantes Métropole", "epci", "Nantes Métropole", "de Nantes Métropole", "dans Nantes Métropole"),
    ("CU d'Alençon", "epci", "la CU d’Alençon", "de la CU d’Alençon", "dans la CU d’Alençon"),
    ("Pays du Mans", "pays", "le Pays du Mans", "du Pays du Mans", "dans le Pays du Mans"),
    ("PETR du Pays de Craon", "pays", "le PETR du Pays de Craon", "du PETR du Pays de Craon", "dans le PETR du Pays de Craon"),
    ("Les trois rives", "composite", "Les trois rives", "des trois rives", "dans les trois rives"),
    ("Angers et ses voisines", "composite", "Angers et ses voisines", "d’Angers et ses voisines", "dans Angers et ses voisines"),
]


@pytest.mark.parametrize(("name", "kind", "le", "de", "dans"), CASES)
def test_articles(name: str, kind: str, le: str, de: str, dans: str) -> None:
    assert (le_territoire(name, kind), de_territoire(name, kind), dans_territoire(name, kind)) == (le, de, dans)
