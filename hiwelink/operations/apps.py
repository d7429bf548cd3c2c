from django.apps import AppConfig
from django.db.backends.signals import connection_created


class OperationsConfig(AppConfig):
    name = "hiwelink.operations"
    label = "operations"
    verbose_name = "Operations"

    def ready(self) -> None:
        from hiwelink import clock

        connection_created.connect(clock.measure)
