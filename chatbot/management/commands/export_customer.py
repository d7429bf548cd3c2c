"""manage.py export_customer: everything a workspace holds of one customer."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from chatbot.services.customers import export_customer
from hiwelink.accounts.models import Workspace


class Command(BaseCommand):
    help = (
        "Print, as JSON, what one workspace holds of a customer: orders as their "
        "store sent them, the deliveries that name the customer, and conversations."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_customer(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = find_workspace(options["workspace_id"])
        held = export_customer(workspace, options["email"])
        text = json.dumps(held, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
        self.stdout.write(text)


def add_customer(parser: CommandParser) -> None:
    parser.add_argument(
        "workspace_id",
        metavar="WORKSPACE_ID",
        help="the uid of the workspace, as the admin shows it, such as "
        "6f1c1f6e-0c57-4a0c-9d3f-2f8f8b0d5c11",
    )
    parser.add_argument(
        "email", metavar="EMAIL", help="the customer's address, in any case"
    )


def find_workspace(workspace_id: str) -> Workspace:
    """The workspace of that id. Raises CommandError with what is wrong."""
    try:
        uid = UUID(workspace_id)
    except ValueError:
        raise CommandError(
            f"{workspace_id!r} is not a workspace's id, a UUID."
        ) from None
    workspace = Workspace.objects.filter(uid=uid).first()
    if workspace is None:
        raise CommandError(f"There is no workspace with the id {uid}.")
    return workspace
