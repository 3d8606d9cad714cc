from django.urls import path

from territories.foundations.jobs import views

app_name = "foundations"
urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("<uuid:pk>/", views.job, name="job"),
    path("<uuid:pk>/avancement/", views.job_progress, name="job_progress"),
    path("<uuid:pk>/fichier/", views.job_file, name="job_file"),
    path("<uuid:pk>/annuler/", views.job_cancel, name="job_cancel"),
    path("<uuid:pk>/relancer/", views.job_relaunch, name="job_relaunch"),
]
