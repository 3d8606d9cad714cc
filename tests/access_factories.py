"""Three people, always the same: Alix administers, Odile holds the observatory, Théo has an account and no house role."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value

from territories.access.enums import Role
from territories.access.models import User

PASSWORD = "quatre-mots-sans-rapport"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def person(email: str = "theo@exemple.test", *, role: str = "", name: str = "Théo Technique", **fields: object) -> User:
    return User.objects.create_user(email, PASSWORD, full_name=name, role=role, **fields)


def administrator(email: str = "alix@exemple.test", name: str = "Alix Administration") -> User:
    return person(email, role=Role.ADMINISTRATOR, name=name)


def observatory(email: str = "odile@exemple.test", name: str = "Odile Observatoire") -> User:
    return person(email, role=Role.OBSERVATORY, name=name)


def with_totp(user: User) -> User:
    """Activates the second factor, as a person who scanned the code would have."""
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    return user


def code_of_now(secret: str = SECRET) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def recovery_codes(user: User) -> list[str]:
    return Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
