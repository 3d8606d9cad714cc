from django.urls import path

from territories.geography import views, views_places

app_name = "geography"
urlpatterns = [
    path("territoires/suggestions/", views_places.suggestions, name="suggestions"),
    path("territoires-composes/", views.compositions, name="compositions"),
    path("territoires-composes/nouveau/", views.compose, name="compose"),
    path("territoires-composes/<slug:slug>/", views.composition, name="composition"),
    path("territoires-composes/<slug:slug>/presentation/", views.composition_describe, name="composition_describe"),
    path("territoires-composes/<slug:slug>/communes/", views.composition_communes, name="composition_communes"),
    path("territoires-composes/<slug:slug>/supprimer/", views.composition_delete, name="composition_delete"),
    path("rattachements/", views_places.attachments, name="attachments"),
    path("rattachements/<int:pk>/retirer/", views_places.member_remove, name="member_remove"),
    path("rattachements/<str:kind>/<str:code>/", views_places.members, name="members"),
    path("contours/", views_places.import_outlines, name="import_contours"),
]
