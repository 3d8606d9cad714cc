"""Addresses of the pages that bring statistics with jobs in."""

from django.urls import path

from territories.observatory import views_statistics as views

statistics_urlpatterns = [
    path("observatoire/charger-des-statistiques/", views.import_statistics, name="import_statistics"),
    path("observatoire/depots/<uuid:pk>/", views.statistics_upload, name="statistics_upload"),
    path("observatoire/depots/<uuid:pk>/colonnes/", views.statistics_mapping, name="statistics_mapping"),
    path("observatoire/depots/<uuid:pk>/controler/", views.statistics_check, name="statistics_check"),
    path("observatoire/depots/<uuid:pk>/charger/", views.statistics_load, name="statistics_load"),
    path("observatoire/depots/<uuid:pk>/anomalies.<str:fmt>", views.statistics_errors, name="statistics_errors"),
]
