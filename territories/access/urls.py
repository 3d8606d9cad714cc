"""Addresses under /compte/. Those of allauth keep the names it asks for; only the ones we want exist: no sign-up."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.urls import include, path

from territories.access import account_views, views

sign_in = [
    path("connexion/", account.login, name="account_login"),
    path("deconnexion/", account.logout, name="account_logout"),
    path("compte-ferme/", account.account_inactive, name="account_inactive"),
    path("confirmation/", account.reauthenticate, name="account_reauthenticate"),
    path("mot-de-passe/", account.password_change, name="account_change_password"),
    path("mot-de-passe/oublie/", views.reset_request, name="account_reset_password"),
    path("mot-de-passe/envoye/", views.reset_sent, name="account_reset_password_done"),
    path("mot-de-passe/choisir/<str:uidb36>/<str:key>/", views.choose_password, name="account_reset_password_from_key"),
]
second_factor = [
    path("", mfa.index, name="mfa_index"),
    path("code/", mfa.authenticate, name="mfa_authenticate"),
    path("confirmation/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("appareil/", mfa.trust, name="mfa_trust"),
    path("activer/", totp.activate_totp, name="mfa_activate_totp"),
    path("retirer/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("codes-de-secours/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("codes-de-secours/nouveaux/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("codes-de-secours/telecharger/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
]
own = [
    path("", views.profile, name="profile"),
    path("fermer-les-autres-sessions/", views.close_other_sessions, name="close_other_sessions"),
    path("comptes/", account_views.account_list, name="accounts"),
    path("comptes/nouveau/", account_views.account_new, name="account_new"),
    path("comptes/<int:pk>/", account_views.account, name="account"),
    path("comptes/<int:pk>/inviter/", account_views.account_invite, name="account_invite"),
    path("comptes/<int:pk>/fermer/", account_views.account_close, name="account_close"),
    path("comptes/<int:pk>/rouvrir/", account_views.account_reopen, name="account_reopen"),
    path("comptes/<int:pk>/double-verification/", account_views.account_second_factor, name="account_second_factor"),
]
urlpatterns = [*sign_in, path("double-verification/", include(second_factor)), path("", include((own, "access")))]
