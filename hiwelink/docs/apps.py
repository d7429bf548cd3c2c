from django.apps import AppConfig


class DocsConfig(AppConfig):
    name = "hiwelink.docs"
    label = "docs"
    verbose_name = "Documentation"
