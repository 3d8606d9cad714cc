from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "territories.access"
    label = "access"
    verbose_name = "Accès"

    def ready(self) -> None:
        from importlib import import_module

        from territories.access import policy
        from territories.access.enums import Capability
        from territories.foundations.jobs.visibility import readers_of_all_jobs

        import_module("territories.access.receivers")
        readers_of_all_jobs(lambda user: policy.allows(user, Capability.READ_ALL_JOBS))
