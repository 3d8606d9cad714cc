from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "cress.demo"
    label = "demo"
    verbose_name = "Démonstration"
