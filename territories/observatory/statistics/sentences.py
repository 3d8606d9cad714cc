"""What a table says, in plain French: printed under it, and read aloud in place of its chart.

Every sentence names its denominator, agrees in number, and says when counts are too small or unavailable. Nothing is
said that the table does not hold: these functions read published tables only.
"""

from collections.abc import Callable, Sequence
from typing import Final

from territories.foundations.formats import (
    NBSP,
    Unit,
    accord,
    affiche,
    capitalise,
    compte,
    enumerate_fr,
    nombre,
    pourcent,
)
from territories.foundations.toponyms import dans_territoire, le_territoire
from territories.foundations.vocabulary import EssFamily, Status
from territories.observatory.statistics.figures import SIGNIFICANCE_THRESHOLD, Figure
from territories.observatory.statistics.indicators import column_label
from territories.observatory.statistics.sentences_employment import JOB_SENTENCES, job_key_figures_sentence
from territories.observatory.statistics.tables import Table
from territories.observatory.statistics.wording import Compared, Naming, by_size, naming, quoted, whole_value

__all__ = ["Compared", "Naming", "coverage_sentence", "naming", "sentence_of"]

# At this distance from 1 an index is worth a sentence.
_MARKED_INDEX: Final = 0.1
_EMPLOYER: Final = "établissement employeur"


def _employers(n: int) -> str:
    return compte(n, _EMPLOYER)


def _unavailable(place: Naming) -> str:
    return f"Les chiffres {place.de} ne sont pas disponibles\u00a0: ses communes ne sont pas couvertes par les fichiers chargés."


def _nothing(place: Naming) -> str:
    return f"Aucun établissement employeur de l’ESS n’est connu {place.dans}."


def _empty(table: Table, place: Naming, column: str = "employers") -> str:
    """The sentence of a table that has nothing to say, or an empty string."""
    total = table.total
    if total is None or not total[column].known:
        return _unavailable(place)
    return "" if total[column].value else _nothing(place)


def coverage_sentence(key_figures: Table, place: Naming) -> str:
    """What is counted when some communes are not covered; empty when all are."""
    coverage = key_figures.facts.get("coverage", {})
    communes, covered = coverage.get("communes", 0), coverage.get("covered", 0)
    if coverage.get("whole") or covered == communes:
        return ""
    if not covered:
        return _unavailable(place)
    return (
        f"Chiffres partiels\u00a0: {nombre(covered)} {accord(covered, 'commune couverte', 'communes couvertes')} sur "
        f"{nombre(communes)} {place.de}. Les parts et les taux portent sur cette partie seulement."
    )


def _versus(code: str, unit: Unit, compared: Sequence[Compared]) -> str:
    """« , contre 13,1 % en Loire-Atlantique et 12,8 % en Pays de la Loire » for those that have a value."""
    others = [(other, other.key_figures.figure(code, "value")) for other in compared]
    texts = [f"{affiche(figure.value, figure.status, unit)} {other.naming.dans}" for other, figure in others if figure.known]
    return f", contre {enumerate_fr(texts)}" if texts else ""


def key_figures_sentence(table: Table, place: Naming, compared: Sequence[Compared] = ()) -> str:
    """The weight of the ESS in the territory, both denominators named, then compared."""
    employers = table.figure("employers", "value")
    if not employers.known:
        return _unavailable(place)
    n = whole_value(employers)
    if n == 0:
        return _nothing(place)
    opening = f"{place.dans}, {_employers(n)} {accord(n, 'relève', 'relèvent')} de l’ESS"
    enterprises = table.figure("enterprises", "value")
    if enterprises.known and n > 1:
        opening += f", pour {compte(whole_value(enterprises), 'entreprise')}"
    sentences = [capitalise(f"{opening}.")]
    private, overall = table.figure("private_share", "value"), table.figure("total_share", "value")
    subject = accord(n, "Il représente", "Ils représentent")
    if private.known:
        text = f"{subject} {pourcent(private.value)} des établissements employeurs privés"
        text += _versus("private_share", Unit.SHARE, compared)
        sentences.append(f"{text}.")
    if overall.known:
        sentences.append(
            f"Dans l’ensemble des établissements employeurs, public compris, cette part est de {pourcent(overall.value)}."
        )
    density = table.figure("density", "value")
    if density.known:
        text = f"Rapporté à la population municipale, cela fait {_density(density)} pour 10\u202f000 habitants"
        sentences.append(f"{text}{_versus('density', Unit.RATE, compared)}.")
    if n < SIGNIFICANCE_THRESHOLD:
        sentences.append("Ces nombres sont petits\u00a0: un ou deux établissements suffisent à changer les parts et les taux.")
    return " ".join(sentences)


def _density(density: Figure) -> str:
    """« 41,5 établissements employeurs »: one decimal, agreement with the value."""
    value = density.value or 0
    return f"{nombre(value, 1)}{NBSP}{accord(value, _EMPLOYER)}"


def families_sentence(table: Table, place: Naming) -> str:
    """Which famille carries most employers of the ESS, and which carry none."""
    if empty := _empty(table, place):
        return empty
    ordered = by_size(table, "employers")
    whole = sum(n for _, n in ordered)
    first, n = ordered[0]
    family = EssFamily(first.key)
    if whole == 1:
        return capitalise(f"{place.dans}, le seul établissement employeur de l’ESS est porté par une {family.singular}.")
    if len(ordered) == 1:
        return capitalise(
            f"{place.dans}, les {nombre(whole)} établissements employeurs de l’ESS relèvent tous "
            f"de la famille {quoted(first.label)}."
        )
    tied = [row.label for row, value in ordered if value == n]
    others = [f"{quoted(row.label)} ({nombre(value)})" for row, value in ordered if value < n]
    if len(tied) > 1:
        names = enumerate_fr(quoted(label) for label in tied)
        text = f"{place.dans}, les familles {names} comptent chacune {_employers(n)} de l’ESS sur {nombre(whole)}"
    else:
        text = (
            f"{place.dans}, la famille {quoted(first.label)} compte {_employers(n)} sur les {nombre(whole)} de l’ESS, "
            f"soit {pourcent(first['family_share'].value)}"
        )
    sentences = [capitalise(text + (f", devant {enumerate_fr(others)}." if others else "."))]
    absent = [EssFamily(row.key).singular for row in table.rows if row["employers"].value == 0]
    if absent:
        sentences.append(f"Aucune {enumerate_fr(absent, 'ni')} n’y emploie.")
    return " ".join(sentences)


def sectors_sentence(table: Table, place: Naming) -> str:
    """The first sectors, the share of the ESS in the first, and what is specific to the territory."""
    if empty := _empty(table, place):
        return empty
    ordered = by_size(table, "employers")
    whole = sum(n for _, n in ordered)
    first, n = ordered[0]
    if whole == 1:
        return capitalise(f"{place.dans}, le seul établissement employeur de l’ESS relève du secteur {quoted(first.label)}.")
    sentences = [
        capitalise(
            f"{place.dans}, le premier secteur est {quoted(first.label)}\u00a0: {_employers(n)}, "
            f"soit {pourcent(first['sector_mix'].value)} des {nombre(whole)} employeurs de l’ESS"
        )
    ]
    following = [f"{quoted(row.label)} ({nombre(value)})" for row, value in ordered[1:3]]
    sentences[0] += f", devant {enumerate_fr(following)}." if following else "."
    if first["sector_share"].known:
        sentences.append(
            f"L’ESS y représente {pourcent(first['sector_share'].value)} des établissements employeurs privés de ce secteur."
        )
    sentences.extend(_specialisation_sentences(table))
    return " ".join(sentences)


def _specialisation_sentences(table: Table) -> list[str]:
    reference = table.facts.get("reference")
    if not reference:
        return []
    sentences = []
    known = [(row, row["specialisation"].value) for row in table.rows if row["specialisation"].value is not None]
    for word, chosen in (
        ("plus", sorted((p for p in known if (p[1] or 0) >= 1 + _MARKED_INDEX), key=lambda p: -(p[1] or 0))),
        ("moins", sorted((p for p in known if (p[1] or 0) <= 1 - _MARKED_INDEX), key=lambda p: p[1] or 0)),
    ):
        if chosen:
            items = enumerate_fr(f"{quoted(row.label)} (indice {nombre(index, 2)})" for row, index in chosen[:3])
            beside = le_territoire(reference["name"], reference.get("kind", ""))
            sentences.append(f"Par comparaison avec {beside}, pèsent {word} dans l’ESS du territoire\u00a0: {items}.")
    silent = sum(1 for row in table.rows if row["specialisation"].status is Status.NOT_SIGNIFICANT)
    if silent:
        threshold = table.facts.get("threshold", SIGNIFICANCE_THRESHOLD)
        sentences.append(
            f"Pour {compte(silent, 'secteur')} de moins de {threshold} établissements employeurs, "
            "l’indice n’est pas significatif (n.s.)."
        )
    return sentences


def family_sector_sentence(table: Table, place: Naming) -> str:
    """The most frequent crossing of a famille and a sector."""
    if empty := _empty(table, place):
        return empty
    from_labels = [
        (whole_value(row[column]), row.label, column) for row in table.rows for column in table.columns if column != "employers"
    ]
    n, family, column = max(from_labels, key=lambda cell: cell[0])
    whole = whole_value(table.total["employers"]) if table.total else 0
    return capitalise(
        f"{place.dans}, le croisement le plus fréquent est {quoted(family)} et {quoted(column_label(column))}\u00a0: "
        f"{_employers(n)} sur {nombre(whole)}."
    )


_UNDER_TEN: Final = ("0", "1-2", "3-5", "6-9")
_HUNDRED_OR_MORE: Final = ("100-199", "200-249", "250-499", "500+")


def sizes_sentence(table: Table, place: Naming) -> str:
    """How small and how large the employers are, then the range of jobs as an estimate."""
    if empty := _empty(table, place):
        return empty
    counts = {row.key: whole_value(row["employers"]) for row in table.rows}
    whole = sum(counts.values())
    small = sum(counts[key] for key in _UNDER_TEN)
    large = sum(counts[key] for key in _HUNDRED_OR_MORE)
    if whole == 1:
        row = next(row for row in table.rows if counts[row.key])
        return capitalise(
            f"{place.dans}, le seul établissement employeur de l’ESS est dans la tranche {quoted(row.label)} salariés."
        )
    if small:
        opening = (
            f"{place.dans}, {nombre(small)} des {nombre(whole)} établissements employeurs de l’ESS ({pourcent(small / whole)}) "
            f"{accord(small, 'compte', 'comptent')} moins de 10 salariés"
        )
    else:
        opening = f"{place.dans}, aucun des {nombre(whole)} établissements employeurs de l’ESS ne compte moins de 10 salariés"
    if large:
        opening += f" et {nombre(large)} {accord(large, 'en compte', 'en comptent')} 100 ou plus."
    else:
        opening += "\u00a0; aucun n’en compte 100 ou plus."
    sentences = [capitalise(opening)]
    low, high = (Figure.from_json(table.facts[key]) for key in ("jobs_low", "jobs_high"))
    if low.known and high.known:
        if not high.value:
            return " ".join([*sentences, "Aucun n’avait de salarié au 31 décembre."])
        bounds = f"entre {nombre(low.value)} et {nombre(high.value)} salariés"
    elif low.known:
        bounds = f"au moins {compte(whole_value(low), 'salarié')}"
    else:
        return " ".join(sentences)
    sentences.append(f"D’après les bornes des tranches, ils emploient {bounds} (estimation Sirene, et non un effectif mesuré).")
    return " ".join(sentences)


def communes_sentence(table: Table, place: Naming) -> str:
    """In how many communes the ESS employs, and where it is most present."""
    if not table.rows:
        return f"Le détail par commune n’est pas publié pour {place.le}."
    if empty := _empty(table, place):
        return empty
    covered = [row for row in table.rows if row["employers"].known]
    ordered = by_size(table, "employers")
    whole = sum(n for _, n in ordered)
    first, n = ordered[0]
    if len(table.rows) == 1:
        return capitalise(f"{place.dans}, {_employers(n)} {accord(n, 'relève', 'relèvent')} de l’ESS.")
    if len(ordered) == len(covered):
        sentences = [
            f"L’ESS emploie dans les {nombre(len(covered))} communes {place.de}"
            + (" couvertes" if len(covered) < len(table.rows) else "")
            + "."
        ]
    else:
        sentences = [f"L’ESS emploie dans {nombre(len(ordered))} des {nombre(len(covered))} communes {place.de}."]
    leaders = [row for row, value in ordered if value == n]
    if len(leaders) == 1:
        where = dans_territoire(first.label, "commune")
        sentences.append(
            f"C’est {where} que les établissements employeurs sont les plus nombreux\u00a0: {nombre(n)} sur {nombre(whole)}."
        )
    missing = len(table.rows) - len(covered)
    if missing:
        sentences.append(
            f"{compte(missing, 'commune')} {accord(missing, 'n’est pas couverte', 'ne sont pas couvertes')} "
            "par les fichiers chargés."
        )
    return " ".join(sentences)


def dynamics_sentence(table: Table, place: Naming) -> str:
    """Creations and cessations of the last closed year, the yearly mean, and which years are provisional."""
    if not table.rows:
        return f"Les créations et cessations ne sont pas disponibles pour {place.le}."
    closed = [row for row in table.rows if row["creations"].status is Status.OBSERVED]
    if not closed:
        return _unavailable(place)
    last = closed[-1]
    created, ceased = whole_value(last["creations"]), whole_value(last["cessations"])
    if created:
        born = accord(created, "établissement de l’ESS a été créé", "établissements de l’ESS ont été créés")
        text = f"En {last.label}, {nombre(created)} {born} {place.dans}"
    else:
        text = f"En {last.label}, aucun établissement de l’ESS n’a été créé {place.dans}"
    if ceased:
        text += f" et {nombre(ceased)} {accord(ceased, 'a cessé son', 'ont cessé leur')} activité."
    else:
        text += "\u00a0; aucune cessation n’est enregistrée."
    sentences = [text]
    if len(closed) > 1:
        mean = sum(whole_value(row["creations"]) for row in closed) / len(closed)
        sentences.append(
            f"De {closed[0].label} à {last.label}, la moyenne est de {nombre(mean, 1)} {accord(mean, 'création')} par an."
        )
    provisional = [row.label for row in table.rows if row["creations"].status is Status.PROVISIONAL]
    if len(provisional) == 1:
        sentences.append(f"L’année {provisional[0]}, incomplète, est provisoire.")
    elif provisional:
        sentences.append(f"Les années {enumerate_fr(provisional)}, incomplètes, sont provisoires.")
    return " ".join(sentences)


def top_employers_sentence(table: Table, place: Naming) -> str:
    """The first employer by size band, and what the list leaves out."""
    employers = table.facts.get("employers", [])
    if not employers:
        return f"Aucun établissement de l’ESS ayant des salariés au 31 décembre ne peut être nommé {place.dans}."
    first = employers[0]
    leaders = sum(1 for employer in employers if employer["band"] == first["band"])
    if leaders == 1:
        text = f"{place.dans}, le plus grand employeur de l’ESS est {first['name']} ({first['band_label']})."
    else:
        text = f"{place.dans}, {leaders} établissements de l’ESS se partagent la tranche la plus haute ({first['band_label']})."
    sentences = [capitalise(text)]
    others, unnamed = table.facts.get("others_in_last_band", 0), table.facts.get("unnamed", 0)
    if others:
        sentences.append(
            f"{compte(others, 'autre établissement')} {accord(others, 'est', 'sont')} "
            "dans la même tranche que le dernier de la liste."
        )
    if unnamed:
        sentences.append(
            f"{compte(unnamed, 'établissement')} en diffusion partielle "
            f"{accord(unnamed, 'n’est pas nommé', 'ne sont pas nommés')}."
        )
    return " ".join(sentences)


_SENTENCES: Final[dict[str, Callable[[Table, Naming], str]]] = {
    "key_figures": key_figures_sentence,
    "families": families_sentence,
    "sectors": sectors_sentence,
    "family_sector": family_sector_sentence,
    "sizes": sizes_sentence,
    "communes": communes_sentence,
    "dynamics": dynamics_sentence,
    "top_employers": top_employers_sentence,
    **JOB_SENTENCES,
}


def sentence_of(table: Table, place: Naming, compared: Sequence[Compared] = ()) -> str:
    """The sentence of a published table; `compared` only serves the key figures. Raises KeyError on an unknown table."""
    if table.key == "key_figures":
        return key_figures_sentence(table, place, compared)
    if table.key == "jobs_key_figures":
        return job_key_figures_sentence(table, place, compared)
    return _SENTENCES[table.key](table, place)
