"""Reads of the geography that have a name. Models import this module, never the reverse."""

import re
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db.models import Case, F, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from territories.geography.enums import COMPOSED_KINDS, TerritoryKind
from territories.geography.toponymy import search_form

if TYPE_CHECKING:
    from territories.access.models import User
    from territories.geography.models import Millesime, Territory, TerritoryBrand

_LEVELS = (
    TerritoryKind.COMMUNE,
    TerritoryKind.EPCI,
    TerritoryKind.PAYS,
    TerritoryKind.COMPOSITE,
    TerritoryKind.DEPARTEMENT,
    TerritoryKind.REGION,
    TerritoryKind.COUNTRY,
)
# Ranks of a search that say why a territory is there: by a former code; by the name of a merged commune.
RANK_FORMER = 1
RANK_OTHER = 4
_NOT_LOADED = "La géographie n’est pas encore chargée\u00a0: lancez «\u00a0manage.py load_geography\u00a0»."
# Codes of communes, départements and régions, SIREN, postal codes; Corsica has letters.
_FIGURES = re.compile(r"\d+|2[ab]\d{0,3}")
# A shorter text only finds the territory that has this very name (« Y »).
_SHORTEST = 2
# From this many figures on, the beginning of a postal code is looked for.
_POSTAL_PREFIX = 3


class MillesimeQuerySet(QuerySet["Millesime"]):
    def current(self) -> "Millesime":
        """The millésime in use. Raises Millesime.DoesNotExist, saying what to do, when no geography is loaded."""
        millesime = self.filter(is_current=True).first()
        if millesime is None:
            raise self.model.DoesNotExist(_NOT_LOADED)
        return millesime


class TerritoryBrandQuerySet(QuerySet["TerritoryBrand"]):
    def of(self, territory: "Territory") -> "TerritoryBrand | None":
        """The brand of a territory, whatever its millésime, with its logo; None while it has none."""
        return self.at(territory.kind, territory.code)

    def at(self, kind: str, code: str) -> "TerritoryBrand | None":
        return self.filter(kind=kind, code=code).select_related("logo").first()


class TerritoryQuerySet(QuerySet["Territory"]):
    def at(self, millesime: "Millesime | None") -> Self:
        """Those of a millésime; of the current one by default."""
        return self.filter(millesime__is_current=True) if millesime is None else self.filter(millesime=millesime)

    def current(self) -> Self:
        return self.at(None)

    def composed(self) -> Self:
        """Pays and territoires de projet."""
        return self.filter(kind__in=COMPOSED_KINDS)

    def of_member(self, user: "User") -> Self:
        """Those to which a person is attached, in the current millésime."""
        return self.current().filter(members__user=user).order_by("search", "kind", "code")

    def get_by_code(self, kind: TerritoryKind | str, code: str, *, millesime: "Millesime | None" = None) -> "Territory":
        """The territory of this kind and code. Raises Territory.DoesNotExist."""
        return self.at(millesime).select_related("millesime").get(kind=TerritoryKind(kind), code=code)

    def search(self, text: str, *, millesime: "Millesime | None" = None) -> Self:
        """Those that `text` may name, the likeliest first; none for an empty text. One query once read.

        Accents, hyphens and apostrophes do not count, « st » is « saint »; figures are a code, a former code or a
        postal code. Order: exact name, beginning of the name, beginnings of words, name of a former commune; then
        population. Each result has `rank` (0 is exact).
        """
        words = search_form(text)
        found = self.at(millesime)
        if not words:
            return found.none()
        years = apps.get_model("geography", "Millesime").objects.all()
        years = years.filter(is_current=True) if millesime is None else years.filter(pk=millesime.pk)
        figures = words.replace(" ", "")
        level = Case(*(When(kind=kind, then=Value(n)) for n, kind in enumerate(_LEVELS)), output_field=IntegerField())
        people = F("population").desc(nulls_last=True)
        if _FIGURES.fullmatch(figures):
            # « 44 » is Loire-Atlantique for everybody, before the région Grand Est.
            return found._matching_figures(figures.upper(), years).order_by("rank", level, people, "search", "code")
        return found._matching_words(words).order_by("rank", people, level, "search", "code")

    def _matching_words(self, words: str) -> Self:
        exact = Q(search=words) | Q(core=words)
        if len(words) < _SHORTEST:
            return self.filter(exact).annotate(rank=Value(0))
        begins = Q(search__startswith=words) | Q(core__startswith=words)
        phrase = Q(search__contains=f" {words}")
        every = Q()
        for word in words.split():
            every &= Q(search__startswith=word) | Q(search__contains=f" {word}")
        former = Q(aliases__contains=f"|{words}") | Q(aliases__contains=f" {words}")
        rank = Case(
            When(exact, then=Value(0)),
            When(begins, then=Value(1)),
            When(phrase, then=Value(2)),
            When(every, then=Value(3)),
            default=Value(RANK_OTHER),
            output_field=IntegerField(),
        )
        return self.filter(every | former).annotate(rank=rank)

    def _matching_figures(self, figures: str, years: QuerySet["Millesime"]) -> Self:
        Commune = apps.get_model("geography", "Commune")
        FormerCode = apps.get_model("geography", "FormerCode")
        communes = Commune.objects.filter(millesime__in=years).annotate(postal_text=Cast("postal_codes", TextField()))
        former = Q(
            kind=TerritoryKind.COMMUNE,
            code__in=FormerCode.objects.filter(millesime__in=years, code=figures).values("commune__code"),
        )
        complete = Q(kind=TerritoryKind.COMMUNE, code__in=communes.filter(postal_text__contains=f'"{figures}"').values("code"))
        wanted = Q(code=figures) | former
        if figures.isdigit() and len(figures) >= _POSTAL_PREFIX:
            wanted |= Q(kind=TerritoryKind.COMMUNE, code__in=communes.filter(postal_text__contains=f'"{figures}').values("code"))
        rank = Case(
            When(code=figures, then=Value(0)),
            When(former, then=Value(RANK_FORMER)),
            When(complete, then=Value(2)),
            default=Value(3),
            output_field=IntegerField(),
        )
        return self.filter(wanted).annotate(rank=rank)
