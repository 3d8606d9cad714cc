"""Addresses, in French; one line a room."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("cress.home.urls")),
    path("", include("territories.geography.urls")),
    path("", include("territories.observatory.urls")),
    path("travaux/", include("territories.foundations.urls")),
    path("compte/", include("territories.access.urls")),
    path("administration/", admin.site.urls),
]
