"""Addresses of the team’s pages about data."""

from django.urls import path

from territories.observatory import views_datasets, views_permits, views_releases

dataset_urlpatterns = [
    path("observatoire/", views_datasets.datasets, name="datasets"),
    path("observatoire/publications/", views_releases.releases, name="releases"),
    path("observatoire/publications/publier/", views_releases.publish, name="publish"),
    path("observatoire/charger-sirene/", views_datasets.import_sirene, name="import_sirene"),
    path("observatoire/jeux-de-donnees/<uuid:pk>/", views_datasets.dataset, name="dataset"),
    path("observatoire/jeux-de-donnees/<uuid:pk>/diffusion/", views_permits.permit, name="permit"),
    path("observatoire/jeux-de-donnees/<uuid:pk>/diffusion/retirer/", views_permits.withdraw, name="permit_withdraw"),
    path("observatoire/jeux-de-donnees/<uuid:pk>/compte-rendu.<str:fmt>", views_datasets.account_file, name="dataset_account"),
    path("observatoire/jeux-de-donnees/<uuid:pk>/a-qualifier/", views_datasets.to_qualify, name="to_qualify"),
    path("observatoire/jeux-de-donnees/<uuid:pk>/a-qualifier/fichier/", views_datasets.ask_to_qualify, name="ask_to_qualify"),
]
