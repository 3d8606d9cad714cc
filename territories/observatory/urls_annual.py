"""Addresses of the yearly update and of the control values."""

from django.urls import path

from territories.observatory import views_annual, views_references

_YEAR = "observatoire/mise-a-jour/<int:year>/"

annual_urlpatterns = [
    path("observatoire/mise-a-jour/", views_annual.this_year, name="annual"),
    path("observatoire/mise-a-jour/modele.xlsx", views_annual.order_model, name="order_model"),
    path("observatoire/mise-a-jour/exemple.csv", views_annual.order_example, name="order_example"),
    path(_YEAR, views_annual.annual, name="annual_year"),
    path(f"{_YEAR}ce-qui-change/", views_annual.changes, name="annual_changes"),
    path(f"{_YEAR}etapes/<slug:step>/", views_annual.step, name="annual_step"),
    path("observatoire/controle/", views_references.references, name="references"),
    path("observatoire/controle/ajouter/", views_references.add_reference, name="reference_add"),
    path("observatoire/controle/valeurs.<str:fmt>", views_references.references_file, name="references_file"),
    path("observatoire/controle/<uuid:pk>/", views_references.reference, name="reference"),
    path("observatoire/controle/<uuid:pk>/retirer/", views_references.delete_reference, name="reference_delete"),
]
