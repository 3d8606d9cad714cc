"""What the public pages share: the release they read, the comparison asked for, what is kept and how browsers keep it.

A portrait on line changes only with a release. Its body is therefore kept by release, territory and comparison; a change of
our own code or templates changes the stamp in the key, so that nothing stale survives a deployment.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache as once
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.views.decorators.http import condition

from territories.foundations.rendering.tokens import tokens_version
from territories.geography.enums import COMPOSED_KINDS, TerritoryKind
from territories.geography.models import Territory, TerritoryBrand
from territories.observatory.addresses import KIND_WORDS
from territories.observatory.enums import ReleaseState
from territories.observatory.models import Release, SirenList

MOST_COMPARED = 4
COMPARE = "comparer"


def territory_or_404(kind: str, code: str) -> Territory:
    """The territory of the current millésime under this kind and code."""
    try:
        return Territory.objects.get_by_code(kind, code)
    except ObjectDoesNotExist as error:
        raise Http404("Aucun territoire à cette adresse.") from error


# --- Comparison ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Comparison:
    """The territories beside which a portrait is read: the usual ones, or those that the address names."""

    territories: tuple[Territory, ...]
    is_chosen: bool

    @property
    def tokens(self) -> list[str]:
        """How an address or a form names these territories."""
        return [token_of(territory) for territory in self.territories]

    @property
    def query(self) -> str:
        """What keeps the choice in an address: empty for the usual comparison."""
        return _query(self.tokens) if self.is_chosen else ""

    @property
    def identifiers(self) -> list[str]:
        """As the documents want them; empty for the usual comparison."""
        return [str(territory.pk) for territory in self.territories] if self.is_chosen else []

    def without(self, territory: Territory) -> str:
        """The query of the same comparison less one."""
        left = tuple(other for other in self.territories if other.pk != territory.pk)
        return Comparison(left, True).query or "?"

    def with_one_more(self, territory: Territory) -> str:
        return self.with_token(territory.kind, territory.code)

    def with_token(self, kind: str, code: str) -> str:
        """The query of the same comparison and one more territory, known by its kind and code."""
        return _query([*self.tokens, f"{KIND_WORDS[TerritoryKind(kind)]}:{code}"][-MOST_COMPARED:])


def _query(tokens: Sequence[str]) -> str:
    return "?" + urlencode([(COMPARE, token) for token in tokens])


def token_of(territory: Territory) -> str:
    """« epci:244400552 »: how an address names a comparison territory."""
    return f"{KIND_WORDS[TerritoryKind(territory.kind)]}:{territory.code}"


def comparison_of(territory: Territory, tokens: Sequence[str]) -> Comparison:
    """The comparison that these GET values name; unknown ones are left out, none or no known one gives the usual one."""
    kinds = {word: kind for kind, word in KIND_WORDS.items()}
    chosen: list[Territory] = []
    for token in tokens[:MOST_COMPARED]:
        word, _, code = token.partition(":")
        if word not in kinds:
            continue
        found = Territory.objects.current().filter(kind=kinds[word], code=code).first()
        if found is not None and found.pk != territory.pk and found not in chosen:
            chosen.append(found)
    if chosen:
        return Comparison(tuple(chosen), True)
    return Comparison(tuple(territory.comparison_chain()), False)


# --- What is kept -------------------------------------------------------------------------------------------------------

_STAMPED = (
    ("territories/observatory", "*.py"),
    ("territories/foundations", "*.py"),
    ("templates/observatory/public", "*.html"),
    ("templates/components", "*.html"),
    ("templates/layout", "*.html"),
)


@once
def code_stamp() -> str:
    """A short hash of everything of ours that makes these pages, read once by process."""
    digest = hashlib.sha256(tokens_version().encode())
    for folder, pattern in _STAMPED:
        for path in sorted(Path(settings.BASE_DIR, folder).rglob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def kept_key(name: str, release: Release | None, territory: Territory, comparison: Comparison) -> str:
    """The cache key of a part of a page."""
    words = [str(release.pk) if release else "-", str(territory.pk), territory.updated_at.isoformat(), code_stamp()]
    words += [str(other.pk) for other in comparison.territories]
    return f"{name}:{hashlib.sha256(' '.join(words).encode()).hexdigest()}"


def _page_etag(request: HttpRequest, *args: Any, **kwargs: Any) -> str | None:
    """The state of a public page for somebody without a session; None (always fresh) for the others.

    The token of the forms is tied to its cookie, hence the cookie is part of the state.
    """
    if settings.SESSION_COOKIE_NAME in request.COOKIES or "messages" in request.COOKIES:
        return None
    if kwargs.get("kind") in COMPOSED_KINDS:
        # Somebody of the team may recompose it between two releases.
        return None
    release = Release.objects.filter(state=ReleaseState.CURRENT).order_by("-number").values_list("number", "pk").first()
    brand = TerritoryBrand.objects.at(kwargs["kind"], kwargs["code"]) if "kind" in kwargs else None
    words = [
        request.get_full_path(),
        request.headers.get("HX-Request", ""),
        str(release),
        code_stamp(),
        brand.version if brand else "",
        request.COOKIES.get(settings.CSRF_COOKIE_NAME, ""),
    ]
    return f'W/"{hashlib.sha256(" ".join(words).encode()).hexdigest()[:32]}"'


def _list_etag(request: HttpRequest, *args: Any, **kwargs: Any) -> str | None:
    """The same, and the lists whose labels are shown: they change without a publication."""
    page = _page_etag(request, *args, **kwargs)
    if page is None:
        return None
    lists = SirenList.objects.in_force().values_list("pk", flat=True)
    return f'W/"{hashlib.sha256(f"{page} {list(lists)}".encode()).hexdigest()[:32]}"'


def public_list(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The public list of establishments, kept by browsers like a public page."""
    return _kept(view, _list_etag)


def public_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A public page or file that browsers may keep and must ask about: 304 as long as the release is the same."""
    return _kept(view, _page_etag)


def _kept(view: Callable[..., HttpResponseBase], etag: Callable[..., str | None]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    @condition(etag_func=etag)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        return response

    return kept
