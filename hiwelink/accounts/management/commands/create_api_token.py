from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hiwelink.accounts.models import User
from hiwelink.accounts.services import create_api_token


class Command(BaseCommand):
    help = (
        "Make a token of the management API for an account and print it, alone, so "
        "that a script can read it: TOKEN=$(manage.py create_api_token EMAIL). It is "
        "shown this once; the merchant can revoke it on the account page. Requests "
        'carry it in the header "Authorization: Token <token>".'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address the account logs in with")
        parser.add_argument(
            "--name",
            default="command line",
            help='what the account page calls the token (default: "command line")',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        user = User.objects.filter(email=email, is_active=True).first()
        if user is None:
            raise CommandError(
                f"There is no account for {email}. Make one with: "
                f"manage.py create_merchant {email} --password ..."
            )
        self.stdout.write(create_api_token(user, name=options["name"]))
