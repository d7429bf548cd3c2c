from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hiwelink.accounts.forms import SignUpForm
from hiwelink.accounts.models import User
from hiwelink.accounts.services import EmailTaken, create_merchant


class Command(BaseCommand):
    help = (
        "Create the account of a merchant, with a workspace of their own, as the "
        "sign-up page does. The merchant logs in with the e-mail address and the "
        "password, and can change both."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address the merchant logs in with")
        parser.add_argument(
            "--password",
            required=True,
            help="better at least 8 characters, not a common word, not only digits",
        )
        parser.add_argument("--name", default="", help="how the pages greet them")
        parser.add_argument(
            "--if-missing",
            action="store_true",
            help="do nothing, and succeed, when the account exists already; its "
            "password is not changed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        exists = User.objects.filter(email=email).exists()
        if exists and options["if_missing"]:
            return
        taken = f"There is an account for {email} already. Nothing was changed."
        if exists:
            raise CommandError(taken)
        form = SignUpForm({key: options[key] for key in ("email", "password", "name")})
        if not form.is_valid():
            if "password" not in form.errors or len(form.errors) > 1:
                raise CommandError(problems(form))
            # Whoever may run commands here may choose; they are told.
            self.stderr.write(problems(form))
        try:
            create_merchant(
                email=email, password=options["password"], name=options["name"]
            )
        except EmailTaken:
            if not options["if_missing"]:
                raise CommandError(taken) from None
        else:
            self.stdout.write(f"Created {email}. They can log in now.")


def problems(form: SignUpForm) -> str:
    return " ".join(
        f"{name.capitalize()}: {' '.join(str(text) for text in texts)}"
        for name, texts in form.errors.items()
    )
