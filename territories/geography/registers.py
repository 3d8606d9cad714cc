"""What higher rooms tell this one: the page of a territory. Filled in their `AppConfig.ready()`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from territories.geography.models import Territory

_pages: "list[Callable[[Territory], str]]" = []


def register_territory_page(address: "Callable[[Territory], str]") -> None:
    """Say where the public page of a territory is. The last room to speak is heard."""
    _pages.append(address)


def territory_page(territory: "Territory") -> str:
    """The address of the public page of a territory; empty while no room shows territories."""
    return _pages[-1](territory) if _pages else ""
