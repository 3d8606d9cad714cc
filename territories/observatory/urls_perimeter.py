"""Addresses of the perimeter: versions, lists, qualification, remarks."""

from django.urls import path

from territories.observatory import views_lists, views_perimeter, views_qualification, views_remarks

_VERSION = "observatoire/perimetre/<slug:code>/"
_LIST = "observatoire/listes/<uuid:pk>/"
_QUEUE = "observatoire/jeux-de-donnees/<uuid:pk>/a-qualifier/"

perimeter_urlpatterns = [
    path("observatoire/perimetre/", views_perimeter.perimeters, name="perimeters"),
    path("observatoire/comparer-perimetres/", views_perimeter.perimeters_compare, name="perimeters_compare"),
    path(_VERSION, views_perimeter.perimeter, name="perimeter"),
    path(f"{_VERSION}copier/", views_perimeter.perimeter_copy, name="perimeter_copy"),
    path(f"{_VERSION}modifier/", views_perimeter.perimeter_edit, name="perimeter_edit"),
    path(f"{_VERSION}supprimer/", views_perimeter.perimeter_delete, name="perimeter_delete"),
    path(f"{_VERSION}apercu/", views_perimeter.perimeter_preview, name="perimeter_preview"),
    path(f"{_VERSION}apercu/demander/", views_perimeter.perimeter_ask_preview, name="perimeter_ask_preview"),
    path(f"{_VERSION}apercu.xlsx", views_perimeter.perimeter_preview_file, name="perimeter_preview_file"),
    path(f"{_VERSION}adopter/", views_perimeter.perimeter_adopt, name="perimeter_adopt"),
    path("observatoire/recharger/", views_perimeter.reload_sirene, name="reload_sirene"),
    path("observatoire/listes/", views_lists.siren_lists, name="siren_lists"),
    path(_LIST, views_lists.siren_list, name="siren_list"),
    path(f"{_LIST}colonne/", views_lists.siren_list_column, name="siren_list_column"),
    path(f"{_LIST}adopter/", views_lists.siren_list_adopt, name="siren_list_adopt"),
    path(f"{_LIST}retirer/", views_lists.siren_list_remove, name="siren_list_remove"),
    path("observatoire/a-qualifier/", views_qualification.qualification, name="qualification"),
    path("observatoire/qualification/<slug:number>/", views_qualification.qualification_number, name="qualification_number"),
    path(_QUEUE, views_qualification.to_qualify, name="to_qualify"),
    path(f"{_QUEUE}decider/", views_qualification.decide, name="decide"),
    path("observatoire/signalements/", views_remarks.remarks, name="remarks"),
    path("observatoire/signalements/<uuid:pk>/", views_remarks.remark, name="remark"),
]
