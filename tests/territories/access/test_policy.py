"""The policy: total over its enums, WHO and WHEN, and sentences for those who are refused."""

import re
from collections.abc import Collection
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import RequestFactory

from territories.access import policy
from territories.access.enums import STAFF_ROLES, Capability, Role
from territories.access.models import User

ROOT = Path(__file__).resolve().parents[3]

# The decision itself, written a second time by hand: changing who may do what changes this table too.
EXPECTED: dict[Role, set[str]] = {
    Role.ADMINISTRATOR: {
        "read_portrait",
        "request_document",
        "read_own_jobs",
        "read_all_jobs",
        "read_draft_figures",
        "import_data",
        "publish_figures",
        "compose_territory",
        "import_outlines",
        "edit_brand",
        "send_remark",
        "qualify",
        "manage_accounts",
        "read_journal",
        "open_administration",
    },
    Role.OBSERVATORY: {
        "read_draft_figures",
        "import_data",
        "publish_figures",
        "compose_territory",
        "import_outlines",
        "edit_brand",
        "send_remark",
        "qualify",
    },
    Role.PROJECT_OFFICER: {"read_draft_figures", "compose_territory", "edit_brand", "send_remark"},
    Role.NETWORK_HEAD: set(),
    Role.TECHNICIAN: {"edit_brand", "send_remark"},
    Role.ELECTED: {"edit_brand", "send_remark"},
    Role.ACCOUNT: {"read_own_jobs"},
    Role.PUBLIC: {"read_portrait", "request_document"},
}


class Target:
    """An object that knows its people and its state."""

    def __init__(self, roles: Collection[Role], is_open: Collection[Capability]) -> None:
        self.roles, self.is_open = roles, is_open

    def roles_of(self, user: object) -> Collection[Role]:
        return self.roles

    def open_capabilities(self) -> Collection[Capability]:
        return self.is_open


def test_the_table_is_total_and_decided() -> None:
    assert set(policy.GRANTS) == set(Role) == set(EXPECTED)
    assert {role: {capability.value for capability in granted} for role, granted in policy.GRANTS.items()} == EXPECTED


def test_every_capability_is_held_by_somebody() -> None:
    assert [capability for capability in Capability if not policy.roles_granting(capability)] == []


@pytest.mark.parametrize("role", [role for role, _ in Role.house_choices()])
@pytest.mark.parametrize("capability", list(Capability))
def test_who_by_role(role: str, capability: Capability) -> None:
    user = User(email="x@exemple.test", role=role)
    held = EXPECTED[Role(role)] | EXPECTED[Role.ACCOUNT] | EXPECTED[Role.PUBLIC]
    assert policy.allows(user, capability) is (capability.value in held)


@pytest.mark.parametrize("capability", list(Capability))
def test_a_passer_by_and_a_closed_account_hold_the_same(capability: Capability) -> None:
    closed = User(email="x@exemple.test", role=Role.ADMINISTRATOR, is_active=False)
    expected = capability.value in EXPECTED[Role.PUBLIC]
    assert policy.allows(AnonymousUser(), capability) is expected
    assert policy.allows(closed, capability) is expected


def test_a_role_on_the_target_counts_there_only() -> None:
    user = User(email="x@exemple.test")
    mine = Target({Role.PROJECT_OFFICER}, set(Capability))
    assert policy.allows(user, Capability.COMPOSE_TERRITORY, mine)
    assert not policy.allows(user, Capability.COMPOSE_TERRITORY, Target((), set(Capability)))
    assert not policy.allows(user, Capability.COMPOSE_TERRITORY)


def test_when_is_answered_by_the_target() -> None:
    user = User(email="x@exemple.test", role=Role.ADMINISTRATOR)
    assert policy.allows(user, Capability.PUBLISH_FIGURES, Target((), {Capability.PUBLISH_FIGURES}))
    with pytest.raises(policy.Denied, match="état actuel"):
        policy.check(user, Capability.PUBLISH_FIGURES, Target((), {Capability.IMPORT_DATA}))


def test_a_refusal_says_who_could() -> None:
    with pytest.raises(policy.Denied) as refusal:
        policy.check(User(email="x@exemple.test"), Capability.IMPORT_DATA)
    assert "Charger des données publiques" in str(refusal.value)
    assert str(refusal.value).endswith(" Administration, Observatoire.")


def test_staff_needs_a_second_factor_and_only_staff() -> None:
    for role, _ in Role.house_choices():
        assert policy.needs_second_factor(User(email="x@exemple.test", role=role)) is (Role(role) in STAFF_ROLES)
    assert not policy.needs_second_factor(User(email="x@exemple.test"))
    assert not policy.needs_second_factor(AnonymousUser())


def test_the_decorator_keeps_its_capability_and_judges() -> None:
    @policy.capability_required(Capability.IMPORT_DATA)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("ouvert")

    assert vars(view)["capability"] is Capability.IMPORT_DATA
    request = RequestFactory().get("/observatoire/", {"q": "été"})
    request.user = AnonymousUser()
    assert view(request)["Location"] == "/compte/connexion/?next=%2Fobservatoire%2F%3Fq%3D%25C3%25A9t%25C3%25A9"
    request.user = User(email="x@exemple.test")
    with pytest.raises(policy.Denied):
        view(request)
    request.user = User(email="x@exemple.test", role=Role.OBSERVATORY)
    assert view(request).content == b"ouvert"


def test_the_template_tag_answers_for_the_person_of_the_page() -> None:
    template = Template('{% load access %}{% allowed "import_data" as can %}{{ can }}')
    request = RequestFactory().get("/")
    request.user = User(email="x@exemple.test", role=Role.OBSERVATORY)
    assert template.render(Context({"request": request})) == "True"
    assert template.render(Context({})) == "False"
    with pytest.raises(ValueError, match="voler"):
        Template('{% load access %}{% allowed "voler" as can %}').render(Context({"request": request}))


def test_only_the_policy_compares_roles() -> None:
    comparison = re.compile(r"(?<!for )\brole\s*(==|!=|in\b|not in\b)\s*[({\[\"']?\s*(Role|STAFF|[\"'{(\[])|\bRole\.[A-Z_]+\s*==")
    found = []
    for wing in ("territories", "cress"):
        for path in (ROOT / wing).rglob("*.py"):
            if path.stem not in {"policy", "policy_table"} and comparison.search(path.read_text(encoding="utf-8")):
                found.append(str(path.relative_to(ROOT)))
    assert [name for name in found if not name.startswith("cress/demo/")] == []
