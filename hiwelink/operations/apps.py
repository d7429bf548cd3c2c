from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "hiwelink.operations"
    label = "operations"
    verbose_name = "Operations"
