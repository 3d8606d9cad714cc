"""The pages about oneself: choosing a password from a link, one’s profile. Sign-in itself is allauth’s."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from territories.access import mails, operations, policy
from territories.access.adapters import too_many_resets
from territories.access.enums import Capability
from territories.access.forms import ChoosePasswordForm, NameForm, ResetRequestForm
from territories.access.models import User
from territories.access.tokens import user_of_link


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def reset_request(request: HttpRequest) -> HttpResponse:
    """Asks for a new password. Same page, same mail server, same time whether the account exists or not."""
    form = ResetRequestForm(request.POST or None)
    status = 200
    if form.is_valid():
        email = form.cleaned_data["email"]
        if too_many_resets(request, email):
            form.add_error(
                None, "Trop de demandes pour cette adresse. Cherchez le dernier courriel reçu, ou réessayez dans une heure."
            )
            status = 429
        else:
            try:
                mails.send_reset(email)
            except mails.MailNotSent as error:
                form.add_error(None, str(error))
                status = 503
            else:
                return redirect("account_reset_password_done")
    return render(request, "access/reset_request.html", {"form": form}, status=status)


@login_not_required
@require_GET
def reset_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "access/reset_sent.html")


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST"])
def choose_password(request: HttpRequest, uidb36: str, key: str) -> HttpResponse:
    """The page of the link. Opening it consumes nothing, in any browser; only a valid password sent does.

    Nobody is signed in by it: the second factor stays to be proved.
    """
    user = user_of_link(uidb36, key)
    if user is None:
        return render(request, "access/link_over.html", status=410)
    form = ChoosePasswordForm(request.POST or None, user=user)
    if form.is_valid():
        operations.choose_password(user, password=form.cleaned_data["password1"])
        get_adapter().forget_failures(request, user.email)
        logout(request)
        messages.success(request, "Votre mot de passe est enregistré. Connectez-vous avec lui.")
        return redirect("account_login")
    return render(request, "access/choose_password.html", {"form": form, "person": user})


@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """One’s own account."""
    user = _oneself(request)
    form = NameForm(request.POST or None, initial={"full_name": user.full_name})
    if form.is_valid():
        operations.rename_oneself(user, full_name=form.cleaned_data["full_name"])
        messages.success(request, "Votre nom est enregistré.")
        return redirect("access:profile")
    granted = policy.granted_to(policy.house_roles(user))
    context = {
        "form": form,
        "account": User.objects.for_list().get(pk=user.pk),
        "capabilities": [capability.label for capability in Capability if capability in granted],
        "second_factor_required": policy.needs_second_factor(user),
    }
    return render(request, "access/profile.html", context)


@require_POST
def close_other_sessions(request: HttpRequest) -> HttpResponse:
    """For a computer left open elsewhere. The present session stays."""
    update_session_auth_hash(request, operations.close_sessions(_oneself(request)))
    messages.success(request, "Vos sessions ouvertes sur d’autres appareils sont fermées.")
    return redirect("access:profile")


def _oneself(request: HttpRequest) -> User:
    """The account of the request. Pages here require signing in, so that it is never anonymous."""
    return User.objects.get(pk=request.user.pk)
