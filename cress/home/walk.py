"""Every page of the site, from the URLconf: what `script/screens` and the browser tests walk.

An address with parameters is filled with things that exist in the database; one that nothing can fill is named, so that a
forgotten page is seen. What is not a page (files, fragments, actions) is told apart by asking for it.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from territories.access.models import User
from territories.foundations.jobs.models import Job
from territories.geography.enums import COMPOSED_KINDS, TerritoryKind
from territories.geography.models import Territory
from territories.observatory.models import (
    Dataset,
    EstablishmentRemark,
    Perimeter,
    QualificationDecision,
    ReferenceValue,
    Release,
    SirenList,
    StatisticsUpload,
)

Arguments = dict[str, object]
# The administration of Django and the fragments that htmx asks for are no pages of ours.
NOT_OURS = ("admin:",)
LEAVING = frozenset({"account_logout"})


@dataclass(frozen=True)
class Page:
    """A page to look at: its view name, its address, and a short name for a file."""

    view: str
    address: str
    label: str


def portrayed() -> list[Territory]:
    """One territory of each kind, those that are hard first: the whole, a part, nothing."""
    current = Territory.objects.current().order_by("search", "code")
    wanted = [
        current.filter(kind=TerritoryKind.EPCI, code="244400552"),
        current.filter(kind=TerritoryKind.EPCI, code="243500741"),
        current.filter(kind=TerritoryKind.COMMUNE, code="44003"),
        current.filter(kind=TerritoryKind.COMMUNE, code="75056"),
        current.filter(kind=TerritoryKind.DEPARTEMENT, code="44"),
        current.filter(kind=TerritoryKind.REGION, code=settings.CRESS_REGION),
        current.filter(kind=TerritoryKind.COUNTRY),
        current.filter(kind__in=COMPOSED_KINDS),
    ]
    return [territory for territory in (query.first() for query in wanted) if territory is not None]


def _territories() -> list[Arguments]:
    return [{"kind": territory.kind, "code": territory.code} for territory in portrayed()]


def _composed() -> list[Arguments]:
    return [{"slug": one.slug} for one in Territory.objects.current().composed().order_by("search", "code")[:1]]


def _jobs() -> list[Arguments]:
    """The last job of each kind and state."""
    found: dict[tuple[str, str], object] = {}
    for kind, state, key in Job.objects.order_by("-created_at", "id").values_list("kind", "state", "pk")[:200]:
        found.setdefault((kind, state), key)
    return [{"pk": key} for key in found.values()]


def _datasets() -> list[Arguments]:
    """The last dataset of Sirene and the last one of statistics: their pages differ."""
    recent = Dataset.objects.order_by("-imported_at", "id")
    found = [recent.filter(year__isnull=is_sirene).values_list("pk", flat=True).first() for is_sirene in (True, False)]
    return [{"pk": key} for key in found if key is not None]


def _releases() -> list[Arguments]:
    return [{"pk": key} for key in Release.objects.order_by("-number").values_list("pk", flat=True)[:1]]


def _uploads() -> list[Arguments]:
    return [{"pk": key} for key in StatisticsUpload.objects.values_list("pk", flat=True)[:1]]


def _references() -> list[Arguments]:
    return [{"pk": key} for key in ReferenceValue.objects.values_list("pk", flat=True)[:1]]


def _accounts() -> list[Arguments]:
    return [{"pk": key} for key in User.objects.order_by("email").values_list("pk", flat=True)[:1]]


def _lists() -> list[Arguments]:
    return [{"pk": key} for key in SirenList.objects.order_by("-imported_at", "id").values_list("pk", flat=True)[:1]]


def _remarks() -> list[Arguments]:
    return [{"pk": key} for key in EstablishmentRemark.objects.order_by("-sent_at", "pk").values_list("pk", flat=True)[:1]]


def _perimeters() -> list[Arguments]:
    """One version of each state."""
    found: dict[str, str] = {}
    for state, code in Perimeter.objects.order_by("-created_at", "code").values_list("state", "code"):
        found.setdefault(state, code)
    return [{"code": code} for code in found.values()]


def _numbers() -> list[Arguments]:
    """An enterprise that somebody decided of, else one of the queue."""
    number = QualificationDecision.objects.order_by("-pk").values_list("siren", flat=True).first()
    active = Dataset.objects.active()
    if number is None and active is not None:
        rows = active.establishments.filter(qualification="to_qualify").order_by("siret")
        number = rows.values_list("siren", flat=True).first()
    return [{"number": number}] if number else []


# By room and parameters; the address itself decides between a dataset and a release.
SAMPLES: Mapping[tuple[str, frozenset[str]], tuple[Callable[[], list[Arguments]], ...]] = {
    ("observatory", frozenset({"kind", "code"})): (_territories,),
    ("observatory", frozenset({"pk"})): (_datasets, _releases, _lists, _remarks, _uploads, _references),
    ("observatory", frozenset({"code"})): (_perimeters,),
    ("observatory", frozenset({"number"})): (
        lambda: [{"number": n} for n in Release.objects.values_list("number", flat=True)[:1]],
        _numbers,
    ),
    ("observatory", frozenset({"year"})): (lambda: [{"year": timezone.localdate().year}],),
    ("observatory", frozenset({"year", "step"})): (lambda: [{"year": timezone.localdate().year, "step": "urssaf"}],),
    ("foundations", frozenset({"pk"})): (_jobs,),
    ("geography", frozenset({"slug"})): (_composed,),
    ("geography", frozenset({"kind", "code"})): (_territories,),
    ("access", frozenset({"pk"})): (_accounts,),
}


def _patterns(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _patterns(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{space}{pattern.name}", frozenset(pattern.pattern.converters)


def addresses() -> tuple[list[Page], list[str]]:
    """Every address that can be filled, and the names of the views that nothing fills."""
    pages: list[Page] = []
    unfilled: list[str] = []
    for view, parameters in dict(_patterns(get_resolver().url_patterns)).items():
        if view.startswith(NOT_OURS) or view in LEAVING:
            continue
        if not parameters:
            pages.append(Page(view, reverse(view), view.replace(":", "-")))
            continue
        filled = list(_filled(view, parameters))
        pages += filled
        if not filled:
            unfilled.append(view)
    return pages, unfilled


def _filled(view: str, parameters: frozenset[str]) -> Iterator[Page]:
    space = view.partition(":")[0]
    for makers in SAMPLES.get((space, parameters), ()):
        for arguments in makers():
            try:
                address = reverse(view, kwargs=arguments)
            except NoReverseMatch:
                continue
            words = "-".join(str(value)[:12] for value in arguments.values())
            yield Page(view, address, f"{view.replace(':', '-')}-{words}")


def pages_of(user: User | None) -> list[Page]:
    """The addresses that show this person a page of ours: an HTML answer to a plain reading."""
    client = Client(HTTP_HOST=settings.ALLOWED_HOSTS[0] if "*" not in settings.ALLOWED_HOSTS else "localhost")
    if user is not None:
        client.force_login(user)
    seen: list[Page] = []
    # Most addresses are no page for this person: that is what is asked, not a fault to log.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    for page in addresses()[0]:
        response = client.get(page.address)
        html = response.get("Content-Type", "").startswith("text/html")
        if response.status_code == 200 and html and b"<!DOCTYPE html>" in b"".join(response)[:200]:
            seen.append(page)
    return seen
