"""The demonstration, made of the same operations as a real instance: nothing here writes a figure by itself."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction

from cress.demo.accounts import ACCOUNTS, PASSWORD
from cress.demo.orders import BREAK_NOTE, draw_orders, write_demo_files
from cress.demo.orders_employers import APPRENTICES_NOTE, BREAK
from cress.demo.sirene_files import CommuneSpec, Truth, write_region
from territories.access.enums import STAFF_ROLES, Role
from territories.access.models import User
from territories.geography.enums import TerritoryKind
from territories.geography.models import Commune, FormerCode, Millesime, Territory, TerritoryMember
from territories.geography.operations import compose_territory
from territories.geography.queries import scope_codes
from territories.observatory.imports import run_sirene_import
from territories.observatory.models import Release
from territories.observatory.operations import run_release
from territories.observatory.orders.meta import OrderMeta
from territories.observatory.orders.operations import run_statistics_import

SEED = 2026
# Plausible dates of a stock of this autumn; the size bands of Sirene are two years old.
REFERENCE_YEAR = 2024
VINTAGE_ON = date(2026, 11, 1)
# Statistics with jobs come out two years later than what they describe; the last year has all the detail.
ORDER_YEARS = (2019, 2020, 2021, 2022, 2023)

# Territories of projects are sets of EPCI: (slug, name, kind, SIREN of the EPCI, description).
COMPOSED = (
    (
        "vignoble-nantais",
        "Pays du Vignoble nantais",
        TerritoryKind.PAYS,
        ("200067635", "200067866"),
        "Deux EPCI au sud-est de Nantes : Clisson Sèvre et Maine Agglo, CC Sèvre et Loire.",
    ),
    (
        "bocage-et-forets",
        "Territoire de démonstration « Bocage et forêts »",
        TerritoryKind.COMPOSITE,
        ("245300447", "200048551"),
        "Territoire de projet fictif, composé de deux EPCI pour la démonstration.",
    ),
)


@transaction.atomic
def create_accounts() -> None:
    """One account for each kind of user; those of a territory are attached to it."""
    for account in ACCOUNTS:
        house = {"role": account.role} if account.role in STAFF_ROLES | {Role.NETWORK_HEAD} else {}
        user = User.objects.create_user(account.email, PASSWORD, full_name=account.full_name, **house)
        if account.epci:
            territory = Territory.objects.get_by_code(TerritoryKind.EPCI, account.epci)
            TerritoryMember.objects.create(territory=territory, user=user, role=account.role)


def compose_territories() -> None:
    """The demonstration’s Pays and territoires de projet, made as the chargée de mission would, from their EPCI."""
    officer = User.objects.filter(role=Role.PROJECT_OFFICER).order_by("pk").first()
    for slug, name, kind, sirens, description in COMPOSED:
        compose_territory(name=name, kind=kind, communes=(), epci=sirens, description=description, code=slug, by=officer)


def commune_specs(millesime: Millesime) -> list[CommuneSpec]:
    """The communes to fill: the région and every commune of every EPCI that touches it, in the order of their codes."""
    codes = scope_codes(millesime, settings.CRESS_REGION)
    return [
        CommuneSpec(
            code=commune.code,
            nom=commune.name,
            departement=commune.departement,
            region=commune.region,
            epci=commune.epci,
            population=commune.population or 0,
            code_postal=(commune.postal_codes or [""])[0],
        )
        for commune in Commune.objects.filter(millesime=millesime, code__in=codes).order_by("code")
    ]


def former_codes(millesime: Millesime, specs: list[CommuneSpec]) -> list[tuple[str, str]]:
    """A few dozen real former codes, so that the demonstration shows what an old address does."""
    codes = {spec.code for spec in specs}
    pairs = (
        FormerCode.objects.filter(millesime=millesime, commune__code__in=codes)
        .order_by("code")
        .values_list("code", "commune__code")
    )
    return list(pairs)[:40]


def load_statistics(folder: Path, truth: Truth, specs: list[CommuneSpec], millesime: Millesime, *, by: User | None) -> None:
    """Write fictitious statistics with jobs for the employers of the Sirene files, and load them as an observatory would."""
    orders = draw_orders(
        specs,
        seed=SEED,
        last=ORDER_YEARS[-1],
        region=settings.CRESS_REGION,
        employers=truth.employer_rows,
        geography=millesime.year,
    )
    files = write_demo_files(folder, orders, ORDER_YEARS)

    def load(path: Path, **sheet: Any) -> None:
        run_statistics_import(path, meta=OrderMeta(**sheet), is_demonstration=True, by=by)

    for year, path in files.orders:
        # The order says it of itself: a combination that has no line is a zero.
        load(
            path,
            source="insee-commande",
            published_on=date(year + 2, 3, 31),
            absent_is_zero=True,
            break_note=BREAK_NOTE if year == BREAK else "",
        )
    load(files.flores, source="flores-open", published_on=date(files.flores_year + 2, 3, 31))
    load(files.urssaf, source="urssaf-ess", published_on=date(files.flores_year + 1, 9, 10), field_note=APPRENTICES_NOTE)


def create_demo(*, say: Callable[[str], object]) -> bool:
    """Create the demonstration unless a release is already on line; says whether anything was made."""
    if Release.objects.filter(state="current").exists():
        return False
    started = monotonic()
    millesime = Millesime.objects.current()
    if not User.objects.exists():
        create_accounts()
    if not Territory.objects.composed().current().exists():
        compose_territories()
    say("Écriture de fichiers Sirene fictifs pour la région…")
    specs = commune_specs(millesime)
    folder = settings.INBOX_DIR / "demonstration"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    truth = write_region(folder, specs, seed=SEED, reference_year=REFERENCE_YEAR, former_codes=former_codes(millesime, specs))
    observatory = User.objects.filter(role=Role.OBSERVATORY).order_by("pk").first()
    say("Chargement de ces fichiers par le travail ordinaire…")
    run_sirene_import(
        units=truth.legal_units,
        establishments=truth.establishments,
        region=settings.CRESS_REGION,
        vintage_on=VINTAGE_ON,
        is_demonstration=True,
        by=observatory,
    )
    say("Statistiques d’emploi fictives (commande, Flores, Urssaf)…")
    load_statistics(folder, truth, specs, millesime, by=observatory)
    say("Publication…")
    run_release(by=observatory, note="Démonstration")
    say(f"Démonstration prête en {monotonic() - started:.0f} s.")
    return True
