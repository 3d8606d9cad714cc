"""The objects that addresses need, for the walk of `tests/repository/test_policy.py`.

An address with parameters needs a sample: a function that makes the objects (it has the database, and the people of the
walk by role) and returns, for each situation worth trying, the parameters of the address:

    @sample("geography:territory", "geography:territory_edit")
    def territory(people: People) -> Situations:
        own = make_territory(owner=people["technician"])
        return {"le sien": {"pk": own.pk}, "celui d’un autre": {"pk": make_territory().pk}}

The walk adds by itself the situation « inconnu », where nothing exists. After adding an address or a sample, write the
matrix again and read its diff: `python manage.py print_policy --matrix`.
"""

from collections.abc import Callable, Mapping

from territories.access.models import User
from territories.geography.models import Territory
from territories.observatory.models import StatisticsUpload
from territories.observatory.orders.meta import OrderMeta

People = Mapping[str, User]
Situations = Mapping[str, Mapping[str, object]]
Sample = Callable[[People], Situations]

SAMPLES: dict[str, Sample] = {}


def sample(*names: str) -> Callable[[Sample], Sample]:
    """Registers one function for addresses that take the same parameters."""

    def register(function: Sample) -> Sample:
        for name in names:
            if name in SAMPLES:
                raise ValueError(f"Deux échantillons pour l’adresse {name}.")
            SAMPLES[name] = function
        return function

    return register


# --- access ---------------------------------------------------------------------------------------------------------


@sample("account_reset_password_from_key")
def password_links(people: People) -> Situations:
    from territories.access.tokens import password_link

    uid, key = password_link(people["network_head"]).rstrip("/").split("/")[-2:]
    return {"lien valable": {"uidb36": uid, "key": key}, "lien altéré": {"uidb36": uid, "key": f"{key}0"}}


@sample(
    "access:account",
    "access:account_invite",
    "access:account_close",
    "access:account_reopen",
    "access:account_second_factor",
)
def accounts(people: People) -> Situations:
    return {"compte": {"pk": people["technician"].pk}}


# --- foundations ----------------------------------------------------------------------------------------------------


@sample(
    "foundations:job",
    "foundations:job_progress",
    "foundations:job_file",
    "foundations:job_cancel",
    "foundations:job_relaunch",
)
def jobs(people: People) -> Situations:
    from territories.foundations.files.operations import store
    from territories.foundations.jobs.models import Job, JobState

    def job_of(owner: User | None, *, shared: bool = False) -> Mapping[str, object]:
        found = Job.objects.filter(kind="tests.walk", requested_by=owner, shared=shared).first()
        if found is None:
            found = Job.objects.create(kind="tests.walk", title="Travail", requested_by=owner, shared=shared)
            found.result_file, found.state = store(b"un;fichier\n", name="liste.csv"), JobState.DONE
            found.save()
        return {"pk": found.pk}

    return {
        "de l’observatoire": job_of(people["observatory"]),
        "d’un technicien": job_of(people["technician"]),
        "d’une personne sans compte": job_of(None),
        "partagé par son adresse": job_of(None, shared=True),
    }


# --- geography ------------------------------------------------------------------------------------------------------


def _composed_once() -> Territory:
    """A composed territory, made at the first address that needs it."""
    from territories.geography.models import Millesime, Territory
    from territories.geography.operations import compose_territory
    from tests.geography_factories import make_geography

    if not Millesime.objects.exists():
        make_geography()
    found = Territory.objects.current().composed().filter(slug="pays-de-la-marche").first()
    return found or compose_territory(name="Pays de la Marche", kind="pays", communes=["44109"], by=None)


@sample(
    "geography:composition",
    "geography:composition_describe",
    "geography:composition_communes",
    "geography:composition_delete",
)
def compositions(people: People) -> Situations:
    return {"composé": {"slug": _composed_once().slug}}


@sample("geography:members")
def territory_members(people: People) -> Situations:
    _composed_once()
    return {"EPCI": {"kind": "epci", "code": "244400552"}}


@sample("geography:member_remove")
def attachments(people: People) -> Situations:
    from territories.geography.models import TerritoryMember

    member, _ = TerritoryMember.objects.get_or_create(
        territory=_composed_once(), user=people["technician"], defaults={"role": "technician"}
    )
    return {"rattachement": {"pk": member.pk}}


# --- observatory ----------------------------------------------------------------------------------------------------


def _publish_once() -> None:
    """The small published world, made at the first address that needs it."""
    from territories.observatory.models import Release
    from tests.public_factories import make_world

    if not Release.objects.exists():
        make_world()


@sample(
    "observatory:portrait",
    "observatory:analyses",
    "observatory:report_html",
    "observatory:request_document",
    "observatory:brand",
    "observatory:brand_remove_logo",
    "observatory:brand_logo",
    "observatory:establishments",
    "observatory:request_list",
)
def territories(people: People) -> Situations:
    _publish_once()
    return {"EPCI": {"kind": "epci", "code": "244400552"}}


@sample("observatory:chart_svg", "observatory:chart_png")
def drawings(people: People) -> Situations:
    _publish_once()
    return {"graphique": {"kind": "epci", "code": "244400552", "name": "families"}}


@sample("observatory:table")
def tables(people: People) -> Situations:
    _publish_once()
    known = {"kind": "epci", "code": "244400552", "name": "families"}
    return {"CSV": {**known, "form": "csv"}, "forme inconnue": {**known, "form": "exe"}}


@sample("observatory:dataset", "observatory:to_qualify", "observatory:ask_to_qualify", "observatory:decide")
def datasets(people: People) -> Situations:
    from territories.observatory.models import Dataset

    _publish_once()
    return {"jeu de données": {"pk": Dataset.objects.filter(year=None).earliest("pk").pk}}


@sample("observatory:permit", "observatory:permit_withdraw")
def permits(people: People) -> Situations:
    from territories.geography.models import Millesime
    from territories.observatory.enums import DiffusionPolicy
    from territories.observatory.models import Dataset
    from tests.employment_factories import make_statistics

    _publish_once()
    complete = Dataset.objects.filter(policy=DiffusionPolicy.COMPLETE).first() or make_statistics(
        Millesime.objects.earliest("pk"), source="autre-essai", policy=DiffusionPolicy.COMPLETE
    )
    return {"livré complet": {"pk": complete.pk}, "sans autorisation à donner": datasets(people)["jeu de données"]}


@sample("observatory:dataset_account")
def dataset_accounts(people: People) -> Situations:
    return {"CSV": {**datasets(people)["jeu de données"], "fmt": "csv"}}


@sample(
    "observatory:perimeter",
    "observatory:perimeter_copy",
    "observatory:perimeter_edit",
    "observatory:perimeter_delete",
    "observatory:perimeter_preview",
    "observatory:perimeter_ask_preview",
    "observatory:perimeter_preview_file",
    "observatory:perimeter_adopt",
)
def perimeters(people: People) -> Situations:
    from territories.observatory.imports import ensure_perimeter
    from territories.observatory.models import Perimeter
    from territories.observatory.perimeter import DEFAULT_PERIMETER
    from territories.observatory.perimeter_versions import copy_as_draft

    shipped = ensure_perimeter(DEFAULT_PERIMETER)
    draft = Perimeter.objects.filter(name="Brouillon").first() or copy_as_draft(shipped, name="Brouillon", by=None)
    return {"brouillon": {"code": draft.code}, "adoptée": {"code": shipped.code}}


@sample(
    "observatory:siren_list", "observatory:siren_list_column", "observatory:siren_list_adopt", "observatory:siren_list_remove"
)
def siren_lists(people: People) -> Situations:
    from datetime import date

    from territories.observatory.models import SirenList

    values = {"title": "Agrément Esus", "series": "esus", "source": "Essai", "licence": "Essai", "file_name": "esus.csv"}
    found = SirenList.objects.filter(kind="esus").first() or SirenList.objects.create(
        kind="esus", dated_on=date(2026, 3, 1), state="checked", siren_count=1, row_count=1, **values
    )
    return {"contrôlée": {"pk": found.pk}}


@sample("observatory:qualification_number")
def numbers(people: People) -> Situations:
    return {"SIREN": {"number": "303040307"}, "clé fausse": {"number": "303040308"}}


@sample("observatory:territory_remarks", "observatory:territory_remark_new")
def territory_remarks(people: People) -> Situations:
    from territories.geography.models import Territory, TerritoryMember

    _publish_once()
    own = Territory.objects.get_by_code("epci", "244400552")
    for role in ("technician", "elected"):
        TerritoryMember.objects.get_or_create(territory=own, user=people[role], defaults={"role": role})
    return {"le sien": {"kind": "epci", "code": own.code}, "un autre": {"kind": "epci", "code": "244400644"}}


@sample("observatory:remark")
def remarks(people: People) -> Situations:
    from territories.observatory.models import EstablishmentRemark

    found = EstablishmentRemark.objects.first() or EstablishmentRemark.objects.create(
        name="Ressourcerie",
        commune_code="44003",
        territory_kind="epci",
        territory_code="244400552",
        territory_name="CC du Pays d’Ancenis",
        kind="missing",
        sent_by=people["technician"],
    )
    return {"signalement": {"pk": found.pk}}


@sample(
    "observatory:statistics_upload",
    "observatory:statistics_mapping",
    "observatory:statistics_check",
    "observatory:statistics_load",
)
def statistics_uploads(people: People) -> Situations:
    return {"dépôt": {"pk": _upload_once().pk}}


@sample("observatory:statistics_errors")
def statistics_anomalies(people: People) -> Situations:
    pk = _upload_once().pk
    return {"CSV": {"pk": pk, "fmt": "csv"}, "format inconnu": {"pk": pk, "fmt": "exe"}}


def _upload_once() -> StatisticsUpload:
    from territories.foundations.files.operations import store

    found = StatisticsUpload.objects.first()
    if found is None:
        content = b"maille;code_geo;champ;effectifs_3112\nREG;52;ESS;172000\n"
        report = {
            "layout": "canonical",
            "file": {},
            "lines": 1,
            "observations": 0,
            "years": [],
            "errors": [],
            "error_counts": {},
            "remarks": [],
            "remark_counts": {"left_out": 1},
            "counts": [],
            "places": {},
            "totals": [],
            "parts": [],
            "comparison": [],
            "country": "",
            "unknown_words": {},
        }
        found = StatisticsUpload.objects.create(
            file=store(content, name="commande.csv"),
            name="commande.csv",
            meta=OrderMeta(source="insee-commande", year=2022).as_json(),
            report=report,
        )
    return found


@sample("observatory:annual_year", "observatory:annual_changes")
def update_years(people: People) -> Situations:
    from django.utils import timezone

    return {"cette année": {"year": timezone.localdate().year}, "année close": {"year": 1999}}


@sample("observatory:annual_step")
def update_steps(people: People) -> Situations:
    year = update_years(people)["cette année"]
    return {"étape": {**year, "step": "urssaf"}, "étape inconnue": {**year, "step": "autre"}}


@sample("observatory:reference", "observatory:reference_delete")
def references(people: People) -> Situations:
    from tests.reference_factories import make_reference

    return {"valeur": {"pk": make_reference().pk}}


@sample("observatory:references_file")
def reference_files(people: People) -> Situations:
    return {"CSV": {"fmt": "csv"}, "forme inconnue": {"fmt": "exe"}}
