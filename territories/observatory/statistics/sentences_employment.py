"""What a table with jobs says, in plain French. Like `sentences`, reads published tables only: what is masked is not there.

Where a headline is masked the sentence says « secret statistique », and says nothing that would depend on it.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from territories.foundations.formats import (
    NBSP,
    Unit,
    accord,
    affiche,
    capitalise,
    compte,
    enumerate_fr,
    evolution,
    gain,
    nombre,
    pourcent,
)
from territories.foundations.toponyms import le_territoire
from territories.foundations.vocabulary import EssFamily, Status
from territories.observatory.statistics.figures import SIGNIFICANCE_THRESHOLD, Figure
from territories.observatory.statistics.tables import Row, Table
from territories.observatory.statistics.wording import Compared, Naming, by_size, quoted, whole_value

# At this distance from 1 an index is worth a sentence.
_MARKED_INDEX: Final = 0.1
_COVERED: Final = "couvert par le secret statistique"
_SAID: Final = {
    Status.PROVISIONAL: "Ces chiffres sont provisoires.",
    Status.REVISED: "Ces chiffres sont révisés.",
    Status.ESTIMATED: "Ces chiffres sont estimés.",
    Status.INCLUDES_OTHER: "Ces chiffres comprennent une autre commune.",
}


def _jobs(n: int) -> str:
    return compte(n, "emploi")


def _where(place: Naming, table: Table) -> str:
    """« En 2022, dans la CC du Pays d’Ancenis »."""
    return f"En {table.facts['year']}, {place.dans}"


def _missing(figure: Figure, place: Naming, table: Table) -> str:
    """Why there is no number of jobs, as a sentence."""
    if figure.status is Status.SECRET:
        return f"{_where(place, table)}, le nombre d’emplois de l’ESS est {_COVERED}."
    return f"{_where(place, table)}, le nombre d’emplois de l’ESS n’est pas disponible."


def _headline(table: Table, place: Naming) -> str:
    """The sentence of a table whose total has nothing to say, or an empty string."""
    jobs = table.total["jobs"] if table.total else Figure(None, Status.UNAVAILABLE)
    if not jobs.known:
        return _missing(jobs, place, table)
    return "" if jobs.value else f"{_where(place, table)}, l’ESS ne compte aucun emploi salarié."


def _masked(rows: Sequence[Row], noun: str, column: str = "jobs") -> str:
    """« Le nombre d’emplois de 2 familles est couvert par le secret statistique. », empty when none is masked."""
    n = sum(1 for row in rows if row[column].status is Status.SECRET)
    return f"Le nombre d’emplois de {compte(n, noun)} est {_COVERED}." if n else ""


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


# --- Key figures ----------------------------------------------------------------------------------------------


def _comparable(table: Table, compared: Sequence[Compared]) -> list[tuple[Naming, Table]]:
    """The comparison territories that have figures of the same series, year and perimeter."""
    same = ("series", "year", "perimeter")
    return [
        (other.naming, other.job_key_figures)
        for other in compared
        if other.job_key_figures is not None
        and all(other.job_key_figures.facts.get(fact) == table.facts.get(fact) for fact in same)
    ]


def _versus(code: str, unit: Unit, others: Sequence[tuple[Naming, Table]]) -> str:
    """« , contre 13,1 % en Loire-Atlantique et 12,8 % en Pays de la Loire » for those that have a value."""
    figures = [(name, table.figure(code, "value")) for name, table in others]
    texts = [f"{affiche(figure.value, figure.status, unit)} {name.dans}" for name, figure in figures if figure.known]
    return f", contre {enumerate_fr(texts)}" if texts else ""


def _beside(figure: Figure, unit: Unit, where: str = "dans le privé hors ESS") -> str:
    return f", contre {affiche(figure.value, Status.OBSERVED, unit)} {where}" if figure.value is not None else ""


def job_key_figures_sentence(table: Table, place: Naming, compared: Sequence[Compared] = ()) -> str:
    """How many jobs, and their weight with both denominators named. Pay, working time and people are said beside their charts."""
    jobs = table.figure("jobs", "value")
    if not jobs.known:
        return _missing(jobs, place, table)
    n = whole_value(jobs)
    if n == 0:
        return f"{_where(place, table)}, l’ESS ne compte aucun emploi salarié."
    others = _comparable(table, compared)
    establishments = table.figure("source_establishments", "value")
    opening = f"{_where(place, table)}, l’ESS compte {compte(n, 'emploi salarié', 'emplois salariés')}"
    if establishments.value:
        opening += f" dans {compte(whole_value(establishments), 'établissement')}"
    return _joined(
        f"{opening}.",
        *_weight_sentences(table, n, others),
        _SAID.get(jobs.status, ""),
        _small(n),
    )


def _small(n: int) -> str:
    if n >= SIGNIFICANCE_THRESHOLD:
        return ""
    return "Ces nombres sont petits\u00a0: un ou deux établissements suffisent à changer les parts et les moyennes."


def _weight_sentences(table: Table, n: int, others: Sequence[tuple[Naming, Table]]) -> list[str]:
    private, overall = table.figure("private_job_share", "value"), table.figure("total_job_share", "value")
    density = table.figure("jobs_per_1000", "value")
    sentences = []
    if private.known:
        subject = accord(n, "Il représente", "Ils représentent")
        versus = _versus("private_job_share", Unit.SHARE, others)
        sentences.append(f"{subject} {pourcent(private.value)} de l’emploi salarié privé{versus}.")
    elif private.status is Status.SECRET:
        sentences.append("La part de l’ESS dans l’emploi privé n’est pas publiée (secret statistique).")
    if overall.known:
        versus = _versus("total_job_share", Unit.SHARE, others)
        sentences.append(
            f"Dans l’ensemble de l’emploi salarié, public compris, cette part est de {pourcent(overall.value)}{versus}."
        )
    if density.known:
        value = density.value or 0
        versus = _versus("jobs_per_1000", Unit.RATE, others)
        sentences.append(
            f"Rapporté à la population municipale, cela fait {nombre(value, 1)}{NBSP}{accord(value, 'emploi')} "
            f"pour 1\u202f000 habitants{versus}."
        )
    return sentences


# --- Familles, sectors, sizes, people, communes ---------------------------------------------------------------


def _first_of(table: Table, place: Naming, noun: str, named: str, share: str) -> str:
    """The line with most jobs and the two that follow, among those that are known."""
    found = by_size(table, "jobs")
    whole = whole_value(table.total["jobs"]) if table.total else 0
    if not found:
        return f"{_where(place, table)}, la répartition des {_jobs(whole)} de l’ESS n’est pas publiée."
    first, n = found[0]
    among = "" if all(row["jobs"].known for row in table.rows) else f"parmi {named} dont le nombre d’emplois est publié, "
    text = f"{_where(place, table)}, {among}{noun} {quoted(first.label)} compte le plus d’emplois\u00a0: "
    text += f"{nombre(n)} sur {nombre(whole)}"
    if first[share].known:
        text += f", soit {pourcent(first[share].value)} des emplois de l’ESS"
    following = [f"{quoted(row.label)} ({nombre(value)})" for row, value in found[1:3]]
    return text + (f", devant {enumerate_fr(following)}." if following else ".")


def job_families_sentence(table: Table, place: Naming) -> str:
    """Which famille has most jobs, which have none, and how many are masked."""
    if empty := _headline(table, place):
        return empty
    opening = _first_of(table, place, "la famille", "les familles", "job_family_share")
    known = {family.value for family in EssFamily}
    absent = [EssFamily(row.key).singular for row in table.rows if row["jobs"].value == 0 and row.key in known]
    none = f"Aucune {enumerate_fr(absent, 'ni')} n’y a d’emploi salarié." if absent else ""
    return _joined(opening, none, _masked(table.rows, "famille"), _small(whole_value(table.total["jobs"]) if table.total else 0))


def job_sectors_sentence(table: Table, place: Naming) -> str:
    """The first sectors, the weight of the ESS in the first one, and what is specific to the territory."""
    if empty := _headline(table, place):
        return empty
    opening = _first_of(table, place, "le secteur", "les secteurs", "job_sector_mix")
    found = by_size(table, "jobs")
    weight = ""
    if found and (part := found[0][0]["job_sector_share"]).known:
        weight = f"L’ESS y représente {pourcent(part.value)} de l’emploi salarié privé de ce secteur."
    return _joined(opening, weight, *_specialisation_sentences(table), _masked(table.rows, "secteur"))


def _specialisation_sentences(table: Table) -> list[str]:
    reference = table.facts.get("reference")
    if not reference:
        return []
    known = [(row.label, row["job_specialisation"].value or 0) for row in table.rows if row["job_specialisation"].known]
    more = sorted((pair for pair in known if pair[1] >= 1 + _MARKED_INDEX), key=lambda pair: -pair[1])
    less = sorted((pair for pair in known if pair[1] <= 1 - _MARKED_INDEX), key=lambda pair: pair[1])
    sentences = []
    for word, chosen in (("plus", more), ("moins", less)):
        if chosen:
            items = enumerate_fr(f"{quoted(label)} (indice {nombre(index, 2)})" for label, index in chosen[:3])
            beside = le_territoire(reference["name"], reference.get("kind", ""))
            sentences.append(f"Par comparaison avec {beside}, pèsent {word} dans l’emploi de l’ESS du territoire\u00a0: {items}.")
    silent = sum(1 for row in table.rows if row["job_specialisation"].status is Status.NOT_SIGNIFICANT)
    if silent:
        threshold = table.facts.get("threshold", SIGNIFICANCE_THRESHOLD)
        sentences.append(
            f"Pour {compte(silent, 'secteur')} de moins de {threshold} emplois, l’indice n’est pas significatif (n.s.)."
        )
    return sentences


def job_sizes_sentence(table: Table, place: Naming) -> str:
    """Where most establishments are, and where most jobs are."""
    if empty := _headline(table, place):
        return empty
    sentences = []
    for column, share, many, among in (
        ("source_establishments", "source_size_share", "regroupe le plus d’établissements", "des établissements"),
        ("jobs", "job_size_share", "regroupe le plus d’emplois", "des emplois"),
    ):
        found = by_size(table, column)
        if not found:
            continue
        first, n = found[0]
        part = f", soit {pourcent(first[share].value)} {among} de l’ESS" if first[share].known else ""
        published = "" if all(row[column].known for row in table.rows) else "parmi les classes publiées, "
        label = "sans salarié fin décembre" if first.label == "0" else f"de {first.label} salariés"
        sentences.append(f"{published}la classe {quoted(label)} {many}\u00a0: {nombre(n)}{part}.")
    if not sentences:
        sentences = ["la répartition par taille n’est pas publiée."]
    opening, *following = sentences
    return _joined(f"{_where(place, table)}, {opening}", *(capitalise(text) for text in following), _masked(table.rows, "classe"))


def job_people_sentence(table: Table, place: Naming) -> str:
    """The share of women, then of the oldest, beside the rest of the private sector."""
    women = table.row("sex:F")
    sentences = []
    if women is not None and women["people_share"].known:
        beside = _beside(women["other_people_share"], Unit.SHARE)
        sentences.append(
            f"{_where(place, table)}, les femmes occupent {pourcent(women['people_share'].value)} des emplois de l’ESS{beside}."
        )
    oldest = table.row(f"age:{table.facts.get('retirement_class', '')}")
    if oldest is not None and oldest["people_share"].known:
        beside = _beside(oldest["other_people_share"], Unit.SHARE)
        label = oldest.label[:1].lower() + oldest.label[1:]
        start = "Les" if sentences else f"{_where(place, table)}, les"
        sentences.append(f"{start} {label} occupent {pourcent(oldest['people_share'].value)} des emplois de l’ESS{beside}.")
    masked = [row.label[:1].lower() + row.label[1:] for row in table.rows if row["jobs"].status is Status.SECRET]
    if masked:
        sentences.append(f"Le nombre d’emplois est {_COVERED} pour\u00a0: {enumerate_fr(masked)}.")
    return _joined(*sentences) or f"{_where(place, table)}, la répartition des emplois par sexe et par âge n’est pas publiée."


def job_communes_sentence(table: Table, place: Naming) -> str:
    """Where the jobs of the ESS are, and of how many communes they may not be said."""
    if empty := _headline(table, place):
        return _joined(empty, _masked(table.rows, "commune"))
    known = [row for row in table.rows if row["jobs"].known]
    found = by_size(table, "jobs")
    whole = whole_value(table.total["jobs"]) if table.total else 0
    if not found:
        return _joined(f"{_where(place, table)}, l’emploi par commune n’est pas publié.", _masked(table.rows, "commune"))
    first, n = found[0]
    if len(table.rows) == 1:
        return f"{_where(place, table)}, l’ESS compte {_jobs(n)}."
    complete = len(known) == len(table.rows)
    leaders = [row.label for row, value in found if value == n]
    among = "" if complete else "parmi les communes dont l’emploi est publié, "
    if len(leaders) == 1:
        part = f" sur {nombre(whole)}, soit {pourcent(n / whole)}" if whole >= n else ""
        opening = f"{_where(place, table)}, {among}{first.label} compte le plus d’emplois de l’ESS\u00a0: {nombre(n)}{part}."
    else:
        opening = f"{_where(place, table)}, {among}{enumerate_fr(leaders)} comptent chacune {_jobs(n)} de l’ESS."
    none = len(known) - len(found)
    without = f"L’ESS n’a aucun emploi salarié dans {compte(none, 'commune')}." if none else ""
    unknown = len(table.rows) - len(known) - sum(1 for row in table.rows if row["jobs"].status is Status.SECRET)
    silent = f"Les chiffres de {compte(unknown, 'commune')} ne sont pas disponibles." if unknown else ""
    return _joined(opening, without, _masked(table.rows, "commune"), silent)


# --- Years ----------------------------------------------------------------------------------------------------


def job_evolution_sentence(table: Table, place: Naming) -> str:
    """What each comparable period gained, beside the rest of the private sector, then what is not compared and why."""
    sentences = [
        text
        for position, segment in enumerate(table.facts["segments"])
        if (text := _segment(table, segment, place, not position))
    ]
    return _joined(*sentences, *table.facts["refusals"])


def _segment(table: Table, segment: dict[str, Any], place: Naming, is_first: bool) -> str:
    first, last = segment["years"][0], segment["years"][-1]
    before, after = table.figure(str(first), "jobs"), table.figure(str(last), "jobs")
    growth, yearly = Figure.from_json(segment["growth"]), Figure.from_json(segment["tcam"])
    if not before.known or not after.known:
        return ""
    subject = f"l’emploi de l’ESS {place.de}" if is_first else "il"
    text = f"De {first} à {last}, {subject} passe de {nombre(before.value)} à {_jobs(whole_value(after))}"
    if growth.known:
        text += f" ({evolution(growth.value)}"
        if yearly.known and last - first > 1:
            text += f", soit {evolution(yearly.value)} par an en moyenne"
        text += ")"
    other = table.figure(str(last), "other_job_index")
    if other.value is not None:
        text += f", contre {evolution(other.value / 100 - 1)} dans le privé hors ESS"
    return f"{text}."


def job_other_series_sentence(table: Table, place: Naming) -> str:
    """The last vintage of each other series, what it counts, and that it is not to be chained with the main one."""
    sentences = []
    for series in table.facts["series"]:
        rows = [row for row in table.rows if row.key.startswith(f"{series['key']}:")]
        last = rows[-1]
        year = last.key.rpartition(":")[2]
        jobs = last["jobs"]
        if jobs.known:
            text = f"Selon {series['label']}, l’ESS {place.de} compte {_jobs(whole_value(jobs))} en {year} ({series['concept']})"
            change = last["job_change"]
            text += f", soit {evolution(change.value)} en un an." if change.known else "."
        elif jobs.status is Status.SECRET:
            text = f"Selon {series['label']}, le nombre d’emplois de l’ESS {place.de} en {year} est {_COVERED}."
        else:
            text = f"Selon {series['label']}, le nombre d’emplois de l’ESS {place.de} en {year} n’est pas disponible."
        sentences.append(text)
    caution = "Chaque source a son champ et sa façon de compter\u00a0: leurs nombres ne se comparent pas entre eux."
    return _joined(*sentences, caution, *table.facts["refusals"])


# --- Advanced analyses and survival ---------------------------------------------------------------------------


def job_shift_share_sentence(table: Table, place: Naming) -> str:
    """What the gain is made of, or why it is not told apart."""
    if table.facts["refusal"] or table.total is None:
        return f"L’analyse structurelle-résiduelle n’est pas faite. {table.facts['refusal']}".strip()
    total = table.total
    first, last = table.facts["years"]
    reference = table.facts["reference"]
    beside = le_territoire(reference["name"], reference.get("kind", ""))
    won = total["job_gain"].value or 0
    if won:
        verb = "gagne" if won > 0 else "perd"
        number = nombre(abs(won), 0 if won == round(won) else 1)
        what = f"{verb} {number}{NBSP}{accord(abs(won), 'emploi')}"
    else:
        what = "garde le même nombre d’emplois"
    return (
        f"De {first} à {last}, l’ESS {place.de} {what}\u00a0: {gain(total['national_effect'].value)} au rythme de toute "
        f"l’ESS de la référence, {beside} (effet national), {gain(total['structural_effect'].value)} du fait de ses secteurs "
        f"(effet structurel) et {gain(total['residual_effect'].value)} que ni l’un ni l’autre n’explique (effet local)."
    )


def job_analyses_sentence(table: Table, place: Naming) -> str:
    """How far from the reference, how concentrated, and where."""
    coefficient, concentration, equivalent, first, communes = (
        table.figure(code, "value")
        for code in (
            "specialisation_coefficient",
            "sector_herfindahl",
            "equivalent_sectors",
            "first_sector_share",
            "first_communes_share",
        )
    )
    sentences = []
    if Status.SECRET in {concentration.status, first.status}:
        sentences.append(
            f"{_where(place, table)}, la spécialisation et la concentration ne sont pas publiées\u00a0: un secteur au moins est "
            f"{_COVERED}."
        )
    elif first.known:
        sentences.append(
            f"{_where(place, table)}, le premier secteur, {quoted(table.facts['first_sector'])}, compte "
            f"{pourcent(first.value)} des emplois de l’ESS."
        )
        if equivalent.known:
            value = equivalent.value or 0
            sentences.append(
                f"La concentration est celle de {nombre(value, 1)}{NBSP}{accord(value, 'secteur')} de même taille "
                f"(indice {nombre(concentration.value, 2)})."
            )
    else:
        sentences.append(f"{_where(place, table)}, l’emploi de tous les secteurs n’est pas disponible.")
    reference = table.facts.get("reference")
    if coefficient.known and reference:
        beside = le_territoire(reference["name"], reference.get("kind", ""))
        sentences.append(
            f"Par rapport à la référence ({beside}), le coefficient de spécialisation est de {nombre(coefficient.value, 2)}."
        )
    names = table.facts["first_communes"]
    if communes.known and names:
        verb = accord(len(names), "compte", "comptent ensemble")
        sentences.append(f"{enumerate_fr(names)} {verb} {pourcent(communes.value)} des emplois de l’ESS.")
    elif communes.status is Status.SECRET:
        sentences.append("La part des premières communes n’est pas publiée (secret statistique).")
    return _joined(*sentences)


def survival_sentence(table: Table, place: Naming) -> str:
    """The last cohort that reached three years, and the last that reached five."""
    sentences = []
    for column, years in (("survival_3", "trois"), ("survival_5", "cinq")):
        known = [row for row in table.rows if row[column].known]
        if not known:
            continue
        row = known[-1]
        created = compte(whole_value(row["created"]), "établissement")
        sentences.append(
            f"Sur les {created} de l’ESS créés en {row.label} {place.dans}, {pourcent(row[column].value)} étaient encore actifs "
            f"{years} ans après leur création."
        )
    if sentences:
        return _joined(*sentences)
    return (
        f"Trop peu d’établissements de l’ESS sont créés chaque année {place.dans}, ou depuis trop peu de temps, "
        "pour mesurer leur survie."
    )


JOB_SENTENCES: Final[dict[str, Callable[[Table, Naming], str]]] = {
    "jobs_families": job_families_sentence,
    "jobs_sectors": job_sectors_sentence,
    "jobs_sizes": job_sizes_sentence,
    "jobs_people": job_people_sentence,
    "jobs_communes": job_communes_sentence,
    "jobs_evolution": job_evolution_sentence,
    "jobs_other_series": job_other_series_sentence,
    "jobs_shift_share": job_shift_share_sentence,
    "jobs_analyses": job_analyses_sentence,
    "survival": survival_sentence,
}
