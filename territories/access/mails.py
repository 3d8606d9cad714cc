"""The mails about accounts: plain text, links from SITE_URL, sent outside any transaction."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from territories.access.models import User
from territories.access.tokens import INVITATION_LIFE, RESET_LIFE, password_link

logger = logging.getLogger(__name__)


class MailNotSent(Exception):
    """The mail server refused or did not answer. The text is a French sentence."""


def send_invitation(user: User, *, by: User | None) -> None:
    """Invites `user` to choose a password. Raises MailNotSent."""
    context = {"person": user, "by": by, "link": password_link(user), "days": INVITATION_LIFE.days}
    _send("invitation", f"Votre compte à l’observatoire de la {settings.CRESS_NAME}", user.email, context)


def send_reset(email: str) -> None:
    """Answers a request for a new password. An unknown address gets a mail too: who asks cannot tell the difference.

    Raises MailNotSent.
    """
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    # The same work is done for nobody: a link that is then not written in the mail.
    link = password_link(user or User(pk=0, email=email))
    context = {"person": user, "link": link, "hours": int(RESET_LIFE.total_seconds() // 3600), "email": email}
    _send("reset" if user else "unknown", f"Votre mot de passe — {settings.CRESS_NAME}", email, context)


def _send(name: str, subject: str, address: str, context: dict[str, object]) -> None:
    body = render_to_string(f"access/mail/{name}.txt", {**context, "cress_name": settings.CRESS_NAME, "site": settings.SITE_URL})
    try:
        send_mail(subject, body, None, [address])
    except (OSError, smtplib.SMTPException) as error:
        # The address stays out of the log.
        logger.error("Courriel «\u00a0%s\u00a0» non envoyé\u00a0: %s", name, type(error).__name__)
        raise MailNotSent(
            "Le courriel n’est pas parti\u00a0: le serveur de messagerie ne répond pas. Réessayez dans quelques minutes\u00a0; "
            "si cela dure, prévenez l’administration."
        ) from error
