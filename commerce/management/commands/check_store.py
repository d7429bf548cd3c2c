"""manage.py check_store: the doctor on the command line."""

from __future__ import annotations

import getpass
import json
import os
import sys
import textwrap
from argparse import RawDescriptionHelpFormatter
from typing import Any
from uuid import UUID

from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
)

from commerce.connector.auth import FIELDS
from commerce.models import AuthMethod, Environment, Store
from commerce.services.doctor import Check, Report, Verdict, check_draft, check_store
from commerce.services.stores import ENDPOINTS, InvalidStore, StoreDraft

EXIT_STATUS = {Verdict.PASS: 0, Verdict.WARN: 1, Verdict.FAIL: 2}
WIDTH = 88
INDENT = "      "
EXAMPLES = """
examples:
  manage.py check_store 6f1c1f6e-0c57-4a0c-9d3f-2f8f8b0d5c11
  manage.py check_store --base-url https://api.yourstore.com
  pass show shop/key | manage.py check_store --base-url https://api.yourstore.com
  SHOP_KEY=... manage.py check_store --base-url http://127.0.0.1:8001 \\
      --environment sandbox --credential-env SHOP_KEY --json

exit status:
  0 everything passed, 1 there are remarks, 2 something fails or cannot be checked
"""


class HelpFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the lines of the examples."""


class Command(BaseCommand):
    help = (
        "Ask a store a dozen questions and say what is wrong with its API and how to "
        "mend it: address, certificate, credential, paging, fields. Give the id of a "
        "connected store, or --base-url to examine one before it is connected; nothing "
        "is stored. The credential is read from --credential-env, else from standard "
        "input, else asked for; never from the command line, where others could see it."
    )

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> Any:
        options |= {"epilog": EXAMPLES, "formatter_class": HelpFormatter}
        parser = super().create_parser(prog_name, subcommand, **options)
        parser.description = textwrap.fill(self.help, WIDTH)
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "store_id",
            nargs="?",
            metavar="STORE_ID",
            help="the id of a connected store, as its dashboard page's address shows it",
        )
        parser.add_argument(
            "--base-url", metavar="URL", help="the root of an API not connected yet"
        )
        parser.add_argument(
            "--environment",
            choices=Environment.values,
            default=Environment.PRODUCTION,
            help="sandbox allows http and the hosts in SANDBOX_ALLOWED_HOSTS "
            "(default: production)",
        )
        parser.add_argument(
            "--auth-method",
            choices=AuthMethod.values,
            default=AuthMethod.API_KEY,
            help="how the credential is sent (default: api_key)",
        )
        parser.add_argument("--username", default="", help="of basic_auth")
        parser.add_argument(
            "--credential-env",
            metavar="NAME",
            help="the environment variable that holds the key, token or password",
        )
        for name in ENDPOINTS:
            parser.add_argument(
                f"--{name}",
                metavar="PATH",
                default="",
                help=f"path of the {name} endpoint, if not the published one",
            )
        parser.add_argument(
            "--mappings",
            metavar="JSON",
            type=json.loads,
            default={},
            help='field mappings, such as \'{"name": "product_title"}\'',
        )
        parser.add_argument(
            "--per-page",
            metavar="N",
            type=int,
            choices=range(1, 101),
            default=50,
            help="records a page, 1 to 100 (default: 50)",
        )
        parser.add_argument(
            "--json", action="store_true", help="print the report as the API answers it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["store_id"]) == bool(options["base_url"]):
            raise CommandError("Give either a STORE_ID or --base-url.", returncode=2)
        if options["store_id"]:
            store = find_store(options["store_id"])
            self.stderr.write(f"Asking {store.base_url}, a minute at most.")
            report = check_store(store)
        else:
            draft = draft_of(options)
            self.stderr.write(f"Asking {draft.base_url}, a minute at most.")
            report = check(draft)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), indent=2))
        else:
            self.tell(report)
        if status := EXIT_STATUS[report.verdict]:
            raise SystemExit(status)

    def tell(self, report: Report) -> None:
        styles = {
            Verdict.FAIL: self.style.ERROR,
            Verdict.WARN: self.style.WARNING,
            Verdict.PASS: self.style.SUCCESS,
        }
        for check in report.checks:
            word = styles[check.verdict](f"{check.verdict.upper()}  ")
            self.stdout.write(f"{word}{check.title}  [{check.code}]")
            if check.verdict != Verdict.PASS:
                self.stdout.write(details(check))
        counts = ", ".join(
            f"{len(report.of(verdict))} {verdict.value}" for verdict in Verdict
        )
        self.stdout.write(f"Verdict: {report.verdict.value} ({counts})")


def details(check: Check) -> str:
    """Evidence, mend and curl, indented; the curl line stays whole for pasting."""
    texts = filter(None, (check.evidence, check.mend and f"-> {check.mend}"))
    lines = [
        textwrap.fill(
            text,
            WIDTH,
            initial_indent=INDENT,
            subsequent_indent=INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for text in texts
    ]
    return "\n".join([*lines, *([f"{INDENT}$ {check.curl}"] if check.curl else [])])


def find_store(store_id: str) -> Store:
    """The store of that id. Raises CommandError with what is wrong."""
    try:
        uid = UUID(store_id)
    except ValueError:
        raise CommandError(
            f"{store_id!r} is not a store's id, a UUID.", returncode=2
        ) from None
    store = Store.objects.filter(uid=uid, deleting_at__isnull=True).first()
    if store is None:
        raise CommandError(f"There is no store with the id {uid}.", returncode=2)
    return store


def draft_of(options: dict[str, Any]) -> StoreDraft:
    method = options["auth_method"]
    values = {name: read_credential(options) for name in FIELDS[method][-1:]}
    if method == AuthMethod.BASIC_AUTH:
        values["username"] = options["username"]
    return StoreDraft(
        name="Store",
        base_url=options["base_url"],
        environment=options["environment"],
        auth_method=method,
        credentials=values,
        endpoints={name: options[name] for name in ENDPOINTS},
        field_mappings=options["mappings"],
        per_page=options["per_page"],
    )


def check(draft: StoreDraft) -> Report:
    """The report on an address. Raises CommandError with what cannot be right."""
    try:
        return check_draft(draft)
    except InvalidStore as error:
        told = [f"{name}: {text}" for name, text in error.errors.items()]
        raise CommandError("\n".join(told), returncode=2) from None


def read_credential(options: dict[str, Any]) -> str:
    """The key, token or password, from where no other user of the machine sees it."""
    name = options["credential_env"]
    if name:
        if name not in os.environ:
            raise CommandError(f"There is no variable {name}.", returncode=2)
        return os.environ[name]
    if sys.stdin.isatty():
        return getpass.getpass("Credential (not shown): ")
    return sys.stdin.readline()
