"""Codes of a file brought to today’s geography: lost zeros repaired, merged communes followed, what cannot be said refused."""

from dataclasses import dataclass, field
from typing import Final

from territories.geography.enums import COMPOSED_KINDS, COUNTRY_CODE, FormerKind, TerritoryKind
from territories.geography.models import Commune, FormerCode, Millesime, Territory
from territories.geography.queries import commune_lookup, scope_codes

METROPOLE: Final = "FM"
_COUNTRY_WORDS: Final = frozenset({"", "F", "FR", "FRANCE", METROPOLE, "00", "0"})
_PREFIXES: Final = {"COM-": 5, "DEP-": 3, "REG-": 3, "EPCI-": 9}


@dataclass(frozen=True)
class Resolved:
    """What a code became. `problem` is « » or the kind of finding that says why it is not loaded; `repaired` says of zeros."""

    code: str = ""
    problem: str = ""
    repaired: bool = False
    is_former: bool = False
    in_scope: bool = True
    metropole: bool = False


@dataclass
class Atlas:
    """The current geography as the reading of a file needs it, loaded once."""

    communes: dict[str, tuple[str, str, bool]]
    lookup: dict[str, str]
    scope: frozenset[str]
    epci: frozenset[str]
    epci_in_scope: frozenset[str]
    departements: frozenset[str]
    regions: frozenset[str]
    composed: dict[str, str]
    arrondissements: frozenset[str]
    split: frozenset[str] = frozenset()
    _known: dict[tuple[str, str], Resolved] = field(default_factory=dict)

    def resolve(self, level: str, text: str) -> Resolved:
        """The place of today that a code of the file names."""
        key = (level, text)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > 200_000:
                self._known.clear()
            found = self._known[key] = self._resolve(TerritoryKind(level), text)
        return found

    def _resolve(self, level: TerritoryKind, text: str) -> Resolved:
        code = text.strip().upper()
        for prefix in _PREFIXES:
            if prefix in code:
                code = code.rpartition(prefix)[2]
        code = code.removesuffix(".0")
        match level:
            case TerritoryKind.COUNTRY:
                return (
                    Resolved(COUNTRY_CODE, metropole=code == METROPOLE)
                    if code in _COUNTRY_WORDS
                    else Resolved(problem="unknown_code")
                )
            case TerritoryKind.COMMUNE:
                return self._commune(code)
            case TerritoryKind.DEPARTEMENT:
                return self._padded(code, 2, self.departements)
            case TerritoryKind.REGION:
                return self._padded(code, 2, self.regions)
            case TerritoryKind.EPCI:
                found = self._padded(code, 9, self.epci)
                return (
                    found
                    if found.problem or found.code in self.epci_in_scope
                    else Resolved(found.code, repaired=found.repaired, in_scope=False)
                )
            case _:
                composed = self.composed.get(text.strip().casefold())
                return Resolved(composed) if composed else Resolved(problem="unknown_code")

    def _padded(self, code: str, width: int, known: frozenset[str]) -> Resolved:
        if not code:
            return Resolved(problem="no_code")
        if code in known:
            return Resolved(code)
        padded = code.zfill(width)
        if code.isdigit() and padded != code and padded in known:
            return Resolved(padded, repaired=True)
        return Resolved(problem="unknown_code")

    def _commune(self, code: str) -> Resolved:
        if not code:
            return Resolved(problem="no_code")
        repaired = False
        if code not in self.lookup and code.isdigit() and len(code) == 4 and code.zfill(5) in self.lookup:
            code, repaired = code.zfill(5), True
        today = self.lookup.get(code)
        if today is None:
            return Resolved(problem="unknown_code")
        if code in self.split:
            return Resolved(today, problem="split")
        return Resolved(today, repaired=repaired, is_former=today != code, in_scope=today in self.scope)


def load_atlas(millesime: Millesime, region: str, *, year: int | None = None) -> tuple[Atlas, str]:
    """The geography to read with, and a remark when restored communes cannot be told. `year` is that of the file’s codes.

    A commune restored since (« rétablissement ») was part of another in the file: that other one cannot be shared out.
    """
    communes = {
        code: (departement, of_region, in_country)
        for code, departement, of_region, in_country in Commune.objects.filter(millesime=millesime)
        .order_by("code")
        .values_list("code", "departement", "region", "in_country")
    }
    scope = frozenset(scope_codes(millesime, region))
    touching = (
        Commune.objects.filter(millesime=millesime, code__in=scope).exclude(epci="").order_by().values_list("epci", flat=True)
    )
    codes: dict[str, set[str]] = {}
    composed = {}
    for kind, code, slug in (
        Territory.objects.filter(millesime=millesime)
        .exclude(kind=TerritoryKind.COMMUNE)
        .order_by()
        .values_list("kind", "code", "slug")
    ):
        codes.setdefault(kind, set()).add(code)
        if kind in COMPOSED_KINDS:
            composed[slug.casefold()] = composed[code.casefold()] = code
    formers = FormerCode.objects.filter(millesime=millesime, kind=FormerKind.ARRONDISSEMENT).order_by()
    split, remark = _split_communes(millesime, year, communes)
    atlas = Atlas(
        communes=communes,
        lookup=commune_lookup(millesime),
        scope=scope,
        epci=frozenset(codes.get(TerritoryKind.EPCI, ())),
        epci_in_scope=frozenset(touching),
        departements=frozenset(codes.get(TerritoryKind.DEPARTEMENT, ())),
        regions=frozenset(codes.get(TerritoryKind.REGION, ())),
        composed=composed,
        arrondissements=frozenset(formers.values_list("code", flat=True)),
        split=split,
    )
    return atlas, remark


def _split_communes(
    millesime: Millesime, year: int | None, communes: dict[str, tuple[str, str, bool]]
) -> tuple[frozenset[str], str]:
    if year is None or year >= millesime.year:
        return frozenset(), ""
    older = Millesime.objects.filter(year=year).first()
    if older is None:
        return frozenset(), (
            f"La géographie {year} n’est pas chargée\u00a0: les communes rétablies depuis ne peuvent pas être repérées."
        )
    absorbed = FormerCode.objects.filter(millesime=older).exclude(kind=FormerKind.ARRONDISSEMENT).order_by()
    return frozenset(
        whole for part, whole in absorbed.values_list("code", "commune__code") if part in communes and part != whole
    ), ""
