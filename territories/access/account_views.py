"""The pages where the administration opens and closes accounts."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from territories.access import mails, operations
from territories.access.enums import Capability
from territories.access.forms import AccountForm, NewAccountForm
from territories.access.models import User
from territories.access.policy import capability_required
from territories.foundations.text import fold

ACCOUNTS_BY_PAGE = 50

manages_accounts = capability_required(Capability.MANAGE_ACCOUNTS)


@manages_accounts
@never_cache
@require_GET
def account_list(request: HttpRequest) -> HttpResponse:
    """Searched without accents, in memory: a house has some hundreds of accounts, and this page few readers."""
    words = fold(request.GET.get("q", "")).split()
    accounts = [
        account
        for account in User.objects.for_list()
        if all(word in fold(f"{account.full_name} {account.email}") for word in words)
    ]
    page = Paginator(accounts, ACCOUNTS_BY_PAGE).get_page(request.GET.get("page"))
    return render(request, "access/account_list.html", {"page": page, "query": request.GET.get("q", "")})


@manages_accounts
@never_cache
@require_http_methods(["GET", "POST"])
def account_new(request: HttpRequest) -> HttpResponse:
    form = NewAccountForm(request.POST or None)
    if form.is_valid():
        try:
            account = operations.create_account(by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Le compte de {account} est créé.")
            _invite(request, account)
            return redirect(account)
    return render(request, "access/account_new.html", {"form": form})


@manages_accounts
@never_cache
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(User.objects.for_list(), pk=pk)
    form = AccountForm(request.POST or None, initial={"full_name": account.full_name, "role": account.role})
    if form.is_valid():
        try:
            operations.change_account(account, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Le compte est enregistré.")
            return redirect(account)
    return render(request, "access/account.html", {"form": form, "account": account})


@manages_accounts
@require_POST
def account_invite(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(User, pk=pk)
    _invite(request, account)
    return redirect(account)


@manages_accounts
@require_POST
def account_close(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, operations.close_account, "Le compte est fermé\u00a0; ses sessions ouvertes aussi.")


@manages_accounts
@require_POST
def account_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, operations.reopen_account, "Le compte est rouvert.")


@manages_accounts
@require_POST
def account_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, operations.remove_second_factor, "La double vérification est retirée.")


def _act(request: HttpRequest, pk: int, operation: Callable[..., object], done: str) -> HttpResponse:
    account = get_object_or_404(User, pk=pk)
    try:
        operation(account, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, done)
    return redirect(account)


def _invite(request: HttpRequest, account: User) -> None:
    """Sends the link, outside any transaction, then writes it down; says on the page what happened."""
    try:
        operations.check_invitation(account, by=request.user)
        mails.send_invitation(account, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    except mails.MailNotSent as failure:
        messages.error(request, f"{failure} Le compte existe\u00a0: renvoyez ensuite l’invitation depuis sa page.")
    else:
        operations.note_invitation(account, by=request.user)
        messages.success(request, f"Un lien pour choisir son mot de passe est envoyé à {account.email}.")
        if not settings.EMAIL_HOST:
            messages.warning(
                request,
                "Cette installation n’a pas de serveur de messagerie\u00a0: "
                "le courriel est dans le dossier «\u00a0mails\u00a0» des données.",
            )
