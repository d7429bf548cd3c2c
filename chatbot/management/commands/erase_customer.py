"""manage.py erase_customer: erase what a workspace holds of one customer."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chatbot.management.commands.export_customer import add_customer, find_workspace
from chatbot.services.customers import erase_customer
from hiwelink.teams.models import Act, AuditEntry


class Command(BaseCommand):
    help = (
        "Erase what one workspace holds of a customer: orders and conversations are "
        "deleted, deliveries lose their bodies. Erase the customer in the store first: "
        "an order the store still serves comes back with its next sync. Cannot be "
        "undone; safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_customer(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = find_workspace(options["workspace_id"])
        erased = erase_customer(workspace, options["email"])
        # Without the address: the audit log would be the place that still has it.
        AuditEntry.objects.create(
            workspace=workspace,
            actor_email="manage.py erase_customer",
            act=Act.CUSTOMER_ERASED,
            target=workspace.name,
            detail=str(erased),
            via="staff",
        )
        self.stdout.write(f"{erased}.")
        if erased.waiting:
            self.stdout.write("Run this again once the waiting deliveries are applied.")
