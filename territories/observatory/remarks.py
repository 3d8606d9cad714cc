"""Remarks of territories on establishments: sent, answered. They never change a figure: only a decision does."""

from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from territories.access.enums import Capability
from territories.access.policy import check
from territories.foundations.journal.operations import record
from territories.geography.models import Commune, Territory
from territories.observatory.enums import RemarkKind, RemarkState
from territories.observatory.models import Establishment, EstablishmentRemark

if TYPE_CHECKING:
    from territories.access.models import User

NOT_DIFFUSED: Final = "[non diffusible]"
LONGEST: Final = 1000


class RemarkRefused(Exception):
    """Nothing was sent. The message is French; `field` names the field to show it at, when there is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def send_remark(
    territory: Territory,
    *,
    kind: str,
    text: str,
    by: "User",
    establishment: Establishment | None = None,
    name: str = "",
    commune_code: str = "",
) -> EstablishmentRemark:
    """Tell the observatoire something about an establishment of the list, or about one that is missing from it.

    Raises Denied for somebody who is not of the territory, RemarkRefused otherwise.
    """
    check(by, Capability.SEND_REMARK, territory)
    text, name = text.strip(), name.strip()
    if kind not in RemarkKind.values:
        raise RemarkRefused("Choisissez ce que vous signalez.", "kind")
    if len(text) > LONGEST:
        raise RemarkRefused(f"Les précisions ont plus de {LONGEST} caractères\u00a0: raccourcissez-les.", "text")
    if (kind == RemarkKind.MISSING) == (establishment is not None):
        raise RemarkRefused("Un établissement de la liste n’est pas manquant\u00a0: choisissez autre chose.", "kind")
    if kind in (RemarkKind.OTHER, RemarkKind.MISSING) and not text:
        raise RemarkRefused("Dites en quelques mots ce que l’observatoire doit savoir.", "text")
    if establishment is not None:
        name = NOT_DIFFUSED if establishment.is_partly_diffused else establishment.usual_name or establishment.name
        name, commune_code = name or establishment.siret, establishment.commune_code
    elif not name:
        raise RemarkRefused("Donnez le nom de l’établissement manquant.", "name")
    if not Commune.objects.filter(territories=territory, code=commune_code).exists():
        raise RemarkRefused(f"Choisissez une commune de «\u00a0{territory.name}\u00a0».", "commune")
    siret = establishment.siret if establishment is not None else ""
    same = EstablishmentRemark.objects.filter(sent_by=by, kind=kind, siret=siret, state=RemarkState.OPEN)
    if siret and same.exists():
        raise RemarkRefused("Vous l’avez déjà signalé\u00a0: l’observatoire ne vous a pas encore répondu.", "kind")
    remark = EstablishmentRemark.objects.create(
        siret=siret,
        name=name[:200],
        commune_code=commune_code,
        territory_kind=territory.kind,
        territory_code=territory.code,
        territory_name=territory.name,
        kind=kind,
        text=text,
        sent_by=by,
    )
    record(
        "remark_sent",
        f"A signalé un établissement de «\u00a0{territory.name}\u00a0»\u00a0: {RemarkKind(kind).label.lower()}.",
        by=by,
        target=remark,
    )
    return remark


@transaction.atomic
def answer_remark(remark: EstablishmentRemark, *, state: str, answer: str, by: "User") -> EstablishmentRemark:
    """Answer a remark; answering again replaces the answer. Raises Denied, or RemarkRefused."""
    check(by, Capability.QUALIFY)
    answer = answer.strip()
    if state not in (RemarkState.ANSWERED, RemarkState.ACCEPTED, RemarkState.DECLINED):
        raise RemarkRefused("Choisissez la suite donnée.", "state")
    if not answer:
        raise RemarkRefused("Écrivez une réponse\u00a0: la personne qui a signalé la lira.", "answer")
    if len(answer) > LONGEST:
        raise RemarkRefused(f"La réponse a plus de {LONGEST} caractères\u00a0: raccourcissez-la.", "answer")
    remark = EstablishmentRemark.objects.select_for_update().get(pk=remark.pk)
    remark.state, remark.answer, remark.answered_by, remark.answered_at = state, answer, by, timezone.now()
    remark.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    record(
        "remark_answered",
        f"A répondu à un signalement de «\u00a0{remark.territory_name}\u00a0»\u00a0: {RemarkState(state).label.lower()}.",
        by=by,
        target=remark,
    )
    return remark
