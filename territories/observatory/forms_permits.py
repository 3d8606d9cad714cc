"""The form by which somebody allows parts of a dataset delivered complete to be published."""

import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from territories.foundations.formats import enumerate_fr
from territories.geography.enums import TerritoryKind
from territories.geography.models import Millesime, Territory
from territories.observatory.employment.permits import PERMIT_KINDS, PERMIT_TABLES
from territories.observatory.models import DiffusionPermit
from territories.observatory.statistics.tables import TABLE_TITLES

_SEPARATORS: Final = re.compile(r"[\s,;]+")
MOST_TERRITORIES: Final = 2_000


class PermitForm(forms.Form):
    """Tables and levels to tick, territories to name or not, and the warning to have read."""

    tables = forms.MultipleChoiceField(
        label="Tableaux",
        choices=[(key, TABLE_TITLES[key]) for key in PERMIT_TABLES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins un tableau."},
    )
    kinds = forms.MultipleChoiceField(
        label="Niveaux",
        choices=[(kind.value, str(kind.label)) for kind in PERMIT_KINDS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins un niveau."},
    )
    territories = forms.CharField(
        label="Seulement ces territoires",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=(
            "Codes de communes, SIREN d’EPCI, codes de départements ou de région, séparés par des espaces ou des retours à la "
            "ligne. Vide\u00a0: tous les territoires des niveaux cochés."
        ),
    )
    read = forms.BooleanField(
        label="J’ai lu cet avertissement et je signe cette autorisation.",
        error_messages={"required": "Cochez la case après avoir lu l’avertissement\u00a0: c’est ce qui tient lieu de signature."},
    )

    def __init__(self, *args: Any, millesime: Millesime, permit: DiffusionPermit | None = None, **kwargs: Any) -> None:
        """`permit` gives what is ticked first: that in force, to be changed."""
        if permit is not None:
            codes = [place.partition(":")[2] for place in permit.territories]
            kwargs.setdefault("initial", {"tables": permit.tables, "kinds": permit.kinds, "territories": "\n".join(codes)})
        super().__init__(*args, **kwargs)
        self._millesime = millesime
        self.fields["territories"].widget.attrs["class"] = "form-control"

    def clean(self) -> dict[str, Any]:
        """`territories` becomes places (« epci:244400552 ») of the levels ticked."""
        cleaned: dict[str, Any] = super().clean() or {}
        codes = list(dict.fromkeys(code for code in _SEPARATORS.split(cleaned.get("territories", "").upper()) if code))
        kinds = [TerritoryKind(kind) for kind in cleaned.get("kinds", ())]
        if not codes or not kinds:
            return cleaned | {"territories": []}
        if len(codes) > MOST_TERRITORIES:
            self.add_error("territories", f"{len(codes)} codes\u00a0: laissez vide pour autoriser tous les territoires.")
            return cleaned
        try:
            cleaned["territories"] = self._places(codes, kinds)
        except ValidationError as error:
            self.add_error("territories", error)
        return cleaned

    def _places(self, codes: list[str], kinds: list[TerritoryKind]) -> list[str]:
        """One query. A département and a région may share a code: it then names those of the levels ticked, both if both are."""
        found = Territory.objects.filter(millesime=self._millesime, code__in=codes, kind__in=kinds).values_list("kind", "code")
        places = {code: [f"{kind}:{code}" for kind, held in found if held == code] for code in codes}
        if unknown := [code for code in codes if not places[code]]:
            levels = enumerate_fr([str(kind.label) for kind in kinds], "ou")
            raise ValidationError(f"Aucun territoire de niveau {levels} n’a ce code\u00a0: {', '.join(unknown[:20])}.")
        return sorted(place for held in places.values() for place in held)
