"""Django’s administration is a tool for repairs: it signs nobody in by itself and shows no secret."""

from importlib import import_module

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group

# Its own sign-in would skip the second factor and the limits by account.
admin.site.login = secure_admin_login(admin.site.login)

for module in ("django.contrib.auth.admin", "allauth.account.admin", "allauth.mfa.admin"):
    import_module(module)
# Authenticators hold the secrets of the second factor; groups and other addresses are not used here.
for model in (Authenticator, EmailAddress, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
