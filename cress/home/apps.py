from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "cress.home"
    label = "home"
    verbose_name = "Accueil"
