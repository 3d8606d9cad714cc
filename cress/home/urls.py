"""Addresses of the roof: home, cockpit, pages about the site, health."""

from django.urls import path

from cress.home import views

app_name = "home"
urlpatterns = [
    path("", views.welcome, name="welcome"),
    path("tableau-de-bord/", views.dashboard, name="dashboard"),
    path("la-demarche/", views.approach, name="approach"),
    path("mentions-et-donnees/", views.data, name="data"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("composants/", views.components, name="components"),
    path("sante/", views.health, name="health"),
]
