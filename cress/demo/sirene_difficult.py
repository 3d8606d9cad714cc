"""The difficult cases of the Sirene files, each present at any scale.

Every case met in the documentation or in the real files is written on purpose, with its SIRET kept under its key in
`Truth.cases`, so that a test can point at the very row. The list below is the documentation.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from cress.demo.sirene_activities import Activity
from cress.demo.sirene_layout import LA_POSTE, nic_from, siren_from
from cress.demo.sirene_plan import RegionPlan, mask_establishment, mask_unit
from cress.demo.sirene_profiles import ESS_PROFILES, EXCLUDED_ACTIVITIES, ORDINARY_PROFILES, Profile
from cress.demo.sirene_rows import EMPTY, MASKED, NON_EMPLOYER, NULL, UNKNOWN_DATE, CommuneSpec, Establishment, Refusal

_PROFILES: Final[dict[str, Profile]] = {
    profile.key: profile for profile in (*ESS_PROFILES, EXCLUDED_ACTIVITIES, *ORDINARY_PROFILES)
}
# Arrondissements of Paris, Lyon and Marseille, and the commune whose figures INSEE publishes.
_ARRONDISSEMENTS: Final = (
    ("75101", "75056", "PARIS", "75001"),
    ("75120", "75056", "PARIS", "75020"),
    ("69381", "69123", "LYON", "69001"),
    ("69389", "69123", "LYON", "69009"),
    ("13201", "13055", "MARSEILLE", "13001"),
    ("13216", "13055", "MARSEILLE", "13016"),
)


class _Case(NamedTuple):
    key: str
    meaning: str
    write: Callable[["_Writer"], None]


class _Writer:
    """Adds structures to the plan under the key of the case being written."""

    def __init__(self, plan: RegionPlan) -> None:
        self.plan = plan
        self.key = ""
        self._turn = 0

    def add(
        self,
        profile: str = "association",
        *,
        ape: str = "88.99B",
        category: str | None = None,
        tranche: str = "03",
        commune: CommuneSpec | None = None,
        created: str = "2009-06-15",
    ) -> Establishment:
        """A unit with one establishment, kept under the key of the current case."""
        plan = self.plan
        self._turn += 1
        place = commune or plan.communes[self._turn * 7 % len(plan.communes)]
        known = _PROFILES[profile]
        theme = known.activities[0].theme if profile != "association" else "social"
        activity = Activity(ape, 1, theme)
        unit = plan.unit(known, activity, legal_category=category or known.legal[0][0], created=created)
        # A case has one difficulty: what the draw may have masked is shown again.
        unit.diffusion, unit.acronym, unit.usual_name = "O", NULL, NULL
        unit.tranche, unit.employer = tranche, "O"
        row = plan.establishment(unit, place, ape, tranche=tranche, created=created, seat=True)
        if row.diffusion == "P":
            row.diffusion = "O"
        plan.cases.setdefault(self.key, []).append(row)
        return row

    def second(self, first: Establishment, commune: CommuneSpec, *, tranche: str = "02") -> Establishment:
        """Another establishment of the same unit."""
        row = self.plan.establishment(first.unit, commune, first.ape, tranche=tranche, created=first.created, seat=False)
        self.plan.cases.setdefault(self.key, []).append(row)
        return row


def _closed_unit(writer: _Writer) -> None:
    for tranche in ("03", NON_EMPLOYER):
        row = writer.add(tranche=tranche)
        row.unit.state, row.refused = "C", Refusal.CLOSED_UNIT


def _dormant(writer: _Writer) -> None:
    row = writer.add(tranche=NULL)
    row.state, row.refused, row.since, row.employer = "F", Refusal.CLOSED, f"{writer.plan.reference_year}-03-31", "N"


def _partial(writer: _Writer) -> None:
    for tranche in ("12", NON_EMPLOYER):
        row = writer.add(tranche=tranche)
        mask_unit(row.unit)
        mask_establishment(row)


def _partial_name(writer: _Writer) -> None:
    row = writer.add(tranche="02")
    mask_unit(row.unit)
    mask_establishment(row)
    row.unit.name = MASKED


def _partial_one_level(writer: _Writer) -> None:
    mask_establishment(writer.add(tranche="11"))
    mask_unit(writer.add(tranche="11").unit)


def _no_value(writer: _Writer) -> None:
    """Three ways to have no sign, no size band, no street."""
    for nothing in (NULL, EMPTY, MASKED):
        row = writer.add(tranche="02")
        row.sign = row.usual_name = row.street = row.number = nothing
    for nothing in (NULL, EMPTY):
        row = writer.add(tranche=NULL)
        row.tranche = row.tranche_year = row.employer = nothing


def _arrondissements(writer: _Writer) -> None:
    region = writer.plan.communes[0].region
    for code, commune, name, postcode in _ARRONDISSEMENTS:
        number = int(code[3:])
        place = CommuneSpec(commune, f"{name} {number}", code[:2], region, "", 0, postcode)
        writer.plan.know(place)
        row = writer.add("mutual", ape="65.12Z", category="8210", tranche="12", commune=place)
        row.commune_code = code
        writer.second(row, writer.plan.communes[number % len(writer.plan.communes)], tranche="03")


def _unknown_commune(writer: _Writer) -> None:
    for code in ("44999", "99998", "00000"):
        row = writer.add(tranche="01")
        row.commune_code, row.commune, row.refused = code, None, Refusal.UNKNOWN_COMMUNE


def _foreign(writer: _Writer) -> None:
    row = writer.add(tranche="01")
    row.commune, row.refused = None, Refusal.FOREIGN
    row.commune_code = row.commune_label = row.postcode = NULL
    row.foreign_town, row.country_code, row.country = "GENEVE", "99140", "SUISSE"


def _invalid_siret(writer: _Writer) -> None:
    """A wrong key, thirteen digits, a letter. Only under ESS units: nothing else depends on them."""
    rows = [writer.add(tranche="02") for _ in range(3)]
    wrong = (int(rows[0].nic[-1]) + 3) % 10
    rows[0].nic = rows[0].nic[:-1] + str(wrong)
    rows[0].siret = rows[0].siren + rows[0].nic
    rows[1].siret = rows[1].siret[:-1]
    rows[2].siret = rows[2].siret[:-2] + "O" + rows[2].siret[-1]
    for row in rows:
        row.refused = Refusal.INVALID_SIRET


def _leading_zeros(writer: _Writer) -> None:
    for body in (900_001, 1_000_032):
        row = writer.add(tranche="11")
        row.unit.siren = row.siren = siren_from(body)
        row.nic = nic_from(row.siren, 1)
        row.unit.seat_nic = row.nic
        row.siret = row.siren + row.nic


def _old_nomenclature(writer: _Writer) -> None:
    """Closed long ago, with a code of NAP, NAF 1993 or NAF rév. 1, which must not be read as NAF rév. 2."""
    for nomenclature, ape, closed in (
        ("NAP", "57.10", "1984-12-25"),
        ("NAF1993", "91.3E", "2001-07-01"),
        ("NAFRev1", "85.3K", "2006-02-28"),
    ):
        row = writer.add(tranche=NULL, created="1972-05-01")
        row.state, row.refused, row.since, row.employer = "F", Refusal.CLOSED, closed, "N"
        row.unit.state, row.unit.since, row.unit.purged = "C", closed, "true"
        for holder in (row, row.unit):
            holder.nomenclature, holder.ape, holder.naf_2025 = nomenclature, ape, NULL


def _no_activity(writer: _Writer) -> None:
    for ape in (NULL, EMPTY):
        row = writer.add(tranche="01")
        row.ape = row.naf_2025 = ape
        row.nomenclature = NULL


def _excluded(writer: _Writer) -> None:
    for ape in ("94.11Z", "94.20Z", "94.91Z", "94.92Z", "84.11Z", "84.30C"):
        writer.add("excluded", ape=ape, category="9220", tranche="03").refused = Refusal.EXCLUDED_APE
    kept = writer.add(ape="94.12Z", tranche="03")
    kept.unit.ape = "94.20Z"  # the exclusion is read at the establishment, not at the unit


def _flags(writer: _Writer) -> None:
    """Associations and cooperatives are in whatever the flag says."""
    for flag in (NULL, "N", EMPTY):
        writer.add(tranche="02").unit.flag = flag
    writer.add("scop", category="5458", ape="43.32A", tranche="11").unit.flag = NULL


def _to_qualify(writer: _Writer) -> None:
    for category, ape in (("5710", "70.22Z"), ("5499", "47.29Z"), ("5599", "62.01Z")):
        writer.add("to-qualify", category=category, ape=ape, tranche="03")
    writer.add("to-qualify", category="5710", ape="70.22Z", tranche=NON_EMPLOYER)


def _scop_sas(writer: _Writer) -> None:
    row = writer.add("to-qualify", category="5710", ape="71.12B", tranche="11")
    row.unit.name = "SCOP SAS FICTIVE LES GIROUETTES"


def _absurd_flags(writer: _Writer) -> None:
    """The flag on categories that no law puts in the ESS: ignored."""
    for profile, category in (("public", "7410"), ("company", "6585"), ("company", "3120"), ("company", "6901")):
        row = writer.add(profile, category=category, ape="70.22Z", tranche="03")
        row.unit.flag = "O"


def _ordinary_mission(writer: _Writer) -> None:
    writer.add("company", category="5710", ape="62.01Z", tranche="12").unit.mission = "O"


def _look_alikes(writer: _Writer) -> None:
    """SA de HLM (5546) beside the cooperative one (5547), CSE and syndicats of category 84xx: out."""
    for category in ("5546", "8310", "8410", "9110", "6533"):
        writer.add("company", category=category, ape="68.20A", tranche="03")
    writer.add("housing", category="5547", ape="68.20A", tranche="12")


def _to_validate(writer: _Writer) -> None:
    for category in ("9210", "9224", "9240"):
        writer.add(category=category, tranche="01")


def _many_places(writer: _Writer) -> None:
    """One SIREN over the whole region: it counts once in each territory where it employs."""
    communes = writer.plan.communes
    first = writer.add(ape="88.10A", tranche="12", commune=communes[0])
    for place in communes[1 : min(9, len(communes))]:
        writer.second(first, place)
    writer.second(first, communes[0], tranche="01")
    writer.second(first, communes[-1], tranche=NON_EMPLOYER)


def _la_poste(writer: _Writer) -> None:
    """The SIREN of La Poste, whose SIRET follow another rule than Luhn's. Outside the ESS, counted as private."""
    row = writer.add("company", category="5510", ape="53.10Z", tranche="12")
    row.unit.siren = row.siren = LA_POSTE
    row.unit.name = "LA POSTE (ETABLISSEMENT FICTIF)"
    row.nic = nic_from(LA_POSTE, 4_321)
    row.unit.seat_nic, row.siret, row.unit.next_rank = row.nic, row.siren + row.nic, 4_322


def _zero_band(writer: _Writer) -> None:
    """« 00 » employed during the year: an employer; « NN » and nothing are not, whatever is declared."""
    for tranche, declared in (("00", "N"), ("00", "O"), (NON_EMPLOYER, "O"), (NULL, "O"), ("12", "N")):
        row = writer.add(tranche=tranche)
        row.employer = declared


def _old_diffusion(writer: _Writer) -> None:
    row = writer.add(tranche="02")
    row.diffusion = row.unit.diffusion = "N"
    row.refused = Refusal.OLD_DIFFUSION


def _orphan(writer: _Writer) -> None:
    row = writer.add("company", tranche="02", ape="47.71Z")
    row.unit.written = False
    row.refused = Refusal.ORPHAN


def _unknown_creation(writer: _Writer) -> None:
    writer.add(created=UNKNOWN_DATE)


def _hard_text(writer: _Writer) -> None:
    """Commas, quotes, apostrophes, ligatures: what a careless reader of CSV breaks on."""
    for name in (
        '"ASSOCIATION FICTIVE ""LES MÛRES"", ET COMPAGNIE"',
        "ŒUVRE FICTIVE D’ÉDUCATION – L’ÎLE",
        "FICTIF ; POINT-VIRGULE",
        "=FICTIF+FORMULE",
    ):
        writer.add(tranche="01").unit.name = name


def _households(writer: _Writer) -> None:
    """Divisions 97, 98 and 99 are in no denominator."""
    for ape in ("97.00Z", "99.00Z"):
        writer.add("company", category="6901", ape=ape, tranche="01")


def _second_address(writer: _Writer) -> None:
    row = writer.add(tranche="01")
    row.second_commune, row.second_town, row.second_postcode = "75107", "PARIS 7", "75007"


DIFFICULT_CASES: Final[tuple[_Case, ...]] = (
    _Case("closed-unit", "établissement actif d’une unité légale cessée", _closed_unit),
    _Case("dormant", "unité légale active dont le seul établissement est fermé", _dormant),
    _Case("partial", "diffusion partielle : adresse, sigle et enseignes à [ND]", _partial),
    _Case("partial-name", "diffusion partielle, dénomination comprise", _partial_name),
    _Case("partial-one-level", "diffusion partielle à un seul des deux niveaux", _partial_one_level),
    _Case("no-value", "absence, texte vide et [ND] : trois façons de ne rien dire", _no_value),
    _Case("arrondissements", "arrondissements de Paris, Lyon et Marseille", _arrondissements),
    _Case("unknown-commune", "code de commune inconnu", _unknown_commune),
    _Case("foreign", "établissement à l’étranger : pas de commune, pays 99xxx", _foreign),
    _Case("invalid-siret", "SIRET faux : clé, longueur, lettre", _invalid_siret),
    _Case("leading-zeros", "SIREN commençant par des zéros", _leading_zeros),
    _Case("old-nomenclature", "fermé de longue date, en NAP, NAF 1993 ou NAF rév. 1", _old_nomenclature),
    _Case("no-activity", "activité non renseignée", _no_activity),
    _Case("excluded", "activité exclue du périmètre sous une catégorie de l’ESS", _excluded),
    _Case("flags", "marque ESS absente ou fausse sous une catégorie de l’ESS", _flags),
    _Case("to-qualify", "société commerciale portant la marque ESS", _to_qualify),
    _Case("scop-sas", "SCOP sous forme de SAS (5710)", _scop_sas),
    _Case("absurd-flags", "marque ESS sur une catégorie qui ne peut l’avoir", _absurd_flags),
    _Case("mission", "société à mission : hors ESS", _ordinary_mission),
    _Case("look-alikes", "catégories proches mais hors ESS (5546, 8310, 8410…)", _look_alikes),
    _Case("to-validate", "catégories comptées mais à valider (9210, 9224, 9240)", _to_validate),
    _Case("many-places", "un SIREN sur plusieurs communes et EPCI", _many_places),
    _Case("la-poste", "SIRET de La Poste, hors de la règle de Luhn", _la_poste),
    _Case("zero-band", "tranche 00, NN ou absente, en désaccord avec le caractère employeur", _zero_band),
    _Case("old-diffusion", "statut de diffusion N des anciens fichiers", _old_diffusion),
    _Case("orphan", "établissement sans unité légale dans l’autre fichier", _orphan),
    _Case("unknown-creation", "date de création inconnue (1900-01-01)", _unknown_creation),
    _Case("hard-text", "virgules, guillemets, ligatures et formules dans les noms", _hard_text),
    _Case("households", "divisions 97 et 99, hors des dénominateurs", _households),
    _Case("second-address", "adresse secondaire dans une autre commune", _second_address),
)


def write_difficult_cases(
    plan: RegionPlan,
    *,
    former_codes: Sequence[tuple[str, str]],
    delegated_codes: Sequence[tuple[str, str]],
) -> None:
    """Add every difficult case to the plan, then an employer and a non-employer under each code of the past."""
    writer = _Writer(plan)
    for case in DIFFICULT_CASES:
        writer.key = case.key
        case.write(writer)
    by_code = {commune.code: commune for commune in plan.communes}
    for key, codes in (("former-code", former_codes), ("delegated-code", delegated_codes)):
        writer.key = key
        for old, new in codes:
            if new not in by_code:
                raise ValueError(
                    f"Le code {old} renvoie à {new}, qui n’est pas dans la liste des communes : "
                    "donner cette commune ou retirer le code."
                )
            if old == new:
                continue
            for profile, tranche in (("association", "03"), ("association", NON_EMPLOYER), ("company", "02")):
                row = writer.add(profile, tranche=tranche, commune=by_code[new], ape="94.99Z")
                row.commune_code = old
