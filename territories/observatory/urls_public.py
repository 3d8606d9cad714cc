"""Addresses of the public pages of the observatory."""

from django.urls import path, register_converter

from territories.observatory import (
    views_brand,
    views_documents,
    views_downloads,
    views_establishments,
    views_public,
    views_remarks,
)
from territories.observatory.addresses import KindConverter

register_converter(KindConverter, "territory_kind")

_TERRITORY = "territoires/<territory_kind:kind>/<slug:code>/"

public_urlpatterns = [
    path("indicateurs/", views_public.indicators, name="indicators"),
    path("territoires/", views_public.territories, name="territories"),
    path(_TERRITORY, views_public.portrait, name="portrait"),
    path(f"{_TERRITORY}analyses/", views_public.analyses, name="analyses"),
    path(f"{_TERRITORY}etat-des-lieux/", views_public.report, name="report_html"),
    path(f"{_TERRITORY}documents/", views_documents.documents, name="request_document"),
    path(f"{_TERRITORY}identite/", views_brand.brand, name="brand"),
    path(f"{_TERRITORY}identite/retirer-le-logo/", views_brand.brand_remove_logo, name="brand_remove_logo"),
    path(f"{_TERRITORY}identite/logo.png", views_brand.brand_logo, name="brand_logo"),
    path(f"{_TERRITORY}etablissements/", views_establishments.establishments, name="establishments"),
    path(f"{_TERRITORY}etablissements/fichier/", views_establishments.ask_list, name="request_list"),
    path(f"{_TERRITORY}signalements/", views_remarks.territory_remarks, name="territory_remarks"),
    path(f"{_TERRITORY}signalements/nouveau/", views_remarks.territory_remark_new, name="territory_remark_new"),
    path(f"{_TERRITORY}graphiques/<slug:name>.svg", views_downloads.chart_svg, name="chart_svg"),
    path(f"{_TERRITORY}graphiques/<slug:name>.png", views_downloads.chart_png, name="chart_png"),
    path(f"{_TERRITORY}tableaux/<slug:name>.<str:form>", views_downloads.table, name="table"),
]
