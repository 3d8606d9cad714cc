"""What is done to accounts. Each operation is one transaction with its journal entry; refusals are French sentences."""

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction

from territories.access import policy
from territories.access.enums import Capability, Role
from territories.access.models import User
from territories.foundations.journal.operations import record


@transaction.atomic
def create_account(*, email: str, full_name: str, role: str, by: User | None) -> User:
    """An account without a password; the caller then sends the invitation. Raises ValidationError when the address is taken."""
    _check_manager(by)
    if User.objects.filter(email__iexact=email).exists():
        raise ValidationError({"email": "Un compte existe déjà avec cette adresse."})
    user = User.objects.create_user(email, full_name=full_name, role=role)
    record("account_created", f"{_name(by)} a créé le compte de {user} ({user.role_label}).", by=by, target=user)
    return user


def check_invitation(user: User, *, by: User | None) -> None:
    """Raises ValidationError when the person could not use the link."""
    _check_manager(by)
    if not user.is_active:
        raise ValidationError("Ce compte est fermé\u00a0: rouvrez-le avant d’envoyer un lien.")


@transaction.atomic
def note_invitation(user: User, *, by: User | None) -> None:
    _check_manager(by)
    record("account_invited", f"{_name(by)} a envoyé à {user} un lien pour choisir son mot de passe.", by=by, target=user)


@transaction.atomic
def change_account(user: User, *, full_name: str, role: str, by: User) -> User:
    """Renames the person or changes the house role. Raises ValidationError for one’s own role and for the last administrator."""
    _check_manager(by)
    user = _locked(user)
    if role != user.role:
        if user.pk == by.pk:
            raise ValidationError(
                {"role": "Vous ne pouvez pas changer votre propre rôle\u00a0: demandez à une autre personne de l’administration."}
            )
        if policy.leaves_nobody(role, Capability.MANAGE_ACCOUNTS):
            _keep_somebody(user, field="role")
        before, user.role = user.role_label, role
        record("account_role", f"{_name(by)} a changé le rôle de {user}\u00a0: {before} → {user.role_label}.", by=by, target=user)
    if full_name != user.full_name:
        sentence = f"{_name(by)} a renommé le compte «\u00a0{user}\u00a0» en «\u00a0{full_name}\u00a0»."
        record("account_renamed", sentence, by=by, target=user)
        user.full_name = full_name
    user.save(update_fields=["role", "full_name"])
    return user


@transaction.atomic
def close_account(user: User, *, by: User) -> User:
    """Nobody signs in with it any more; open sessions and pending links die at once. Nothing is deleted."""
    _check_manager(by)
    if user.pk == by.pk:
        raise ValidationError(
            "Vous ne pouvez pas fermer votre propre compte\u00a0: demandez à une autre personne de l’administration."
        )
    user = _locked(user)
    if user.is_active:
        _keep_somebody(user)
        user.is_active = False
        user.session_generation += 1
        user.save(update_fields=["is_active", "session_generation"])
        record("account_closed", f"{_name(by)} a fermé le compte de {user}.", by=by, target=user)
    return user


@transaction.atomic
def reopen_account(user: User, *, by: User | None) -> User:
    _check_manager(by)
    user = _locked(user)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        record("account_reopened", f"{_name(by)} a rouvert le compte de {user}.", by=by, target=user)
    return user


@transaction.atomic
def remove_second_factor(user: User, *, by: User | None) -> None:
    """For somebody who lost both telephone and recovery codes. Open sessions die: only the password is left to prove."""
    _check_manager(by)
    user = _locked(user)
    deleted, _ = Authenticator.objects.filter(user=user).delete()
    if not deleted:
        raise ValidationError(f"{user} n’a pas activé la double vérification.")
    user.session_generation += 1
    user.save(update_fields=["session_generation"])
    record("account_totp_removed", f"{_name(by)} a retiré la double vérification de {user}.", by=by, target=user)


@transaction.atomic
def rename_oneself(user: User, *, full_name: str) -> User:
    user.full_name = full_name
    user.save(update_fields=["full_name"])
    return user


@transaction.atomic
def choose_password(user: User, *, password: str) -> User:
    """From a link received by mail. Every open session of the person dies, and so does the link."""
    user = _locked(user)
    first = user.is_invited
    user.set_password(password)
    user.save(update_fields=["password"])
    verb = "a choisi son mot de passe" if first else "a choisi un nouveau mot de passe par un lien reçu"
    record("account_password", f"{user} {verb}.", by=user, target=user)
    return user


@transaction.atomic
def close_sessions(user: User) -> User:
    """Closes every open session of the person; the caller keeps the present one alive."""
    user = _locked(user)
    user.session_generation += 1
    user.save(update_fields=["session_generation"])
    return user


@transaction.atomic
def restore_administrator(email: str, *, full_name: str, reset_second_factor: bool) -> User:
    """From the server’s command line only: creates or restores an administrator, whatever state the account is in."""
    user = User.objects.select_for_update().filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email, full_name=full_name, role=Role.ADMINISTRATOR)
    else:
        user.role, user.is_active, user.full_name = Role.ADMINISTRATOR, True, full_name or user.full_name
        user.session_generation += 1
        user.save(update_fields=["role", "is_active", "full_name", "session_generation"])
    if reset_second_factor:
        Authenticator.objects.filter(user=user).delete()
    suffix = " et a retiré sa double vérification" if reset_second_factor else ""
    record("account_restored", f"Le serveur a donné l’administration à {user}{suffix}.", by=None, target=user)
    return user


def _check_manager(by: User | None) -> None:
    """None stands for the server itself: a command, never a request."""
    if by is not None:
        policy.check(by, Capability.MANAGE_ACCOUNTS)


def _locked(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _keep_somebody(leaving: User, *, field: str = "") -> None:
    """Raises ValidationError when nobody else could manage accounts. Locks them all: two cannot remove each other at once."""
    able = list(User.objects.select_for_update().able_to(Capability.MANAGE_ACCOUNTS).order_by("pk"))
    if leaving.pk in {user.pk for user in able} and len(able) == 1:
        sentence = "C’est le dernier compte d’administration\u00a0: donnez d’abord ce rôle à une autre personne."
        raise ValidationError({field: sentence} if field else sentence)


def _name(by: User | None) -> str:
    return str(by) if by else "Le serveur"
