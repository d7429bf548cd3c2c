"""manage.py check_store : the doctor on the command line."""

import io
import json
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from commerce.management.commands.check_store import Command
from commerce.models import Store
from tests.factories import make_store
from tests.stores import API_KEY, MisbehavingStore

CANARY = "sk_canary_0b5d1e"


def check(*arguments, **options) -> tuple[int, str]:
    """Return the exit status and what was printed."""
    out = StringIO()
    try:
        call_command("check_store", *map(str, arguments), stdout=out, **options)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def sandbox(remote, *arguments) -> list[str]:
    address = ["--base-url", remote.url, "--environment", "sandbox"]
    return [*address, "--credential-env", "SHOP_KEY", *arguments]


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("SHOP_KEY", f" {API_KEY}\n")


@pytest.mark.parametrize(
    ("fields", "status", "line"),
    [
        ({}, 0, "Verdict: pass (0 fail, 0 warn, "),
        ({"mode": "bom"}, 1, "WARN  The JSON of the products is not quite right"),
        ({"mode": "not_found"}, 2, "FAIL  The products endpoint does not answer 200"),
    ],
)
def test_the_exit_status_is_the_verdict(fields, status, line):
    with MisbehavingStore(**fields) as remote:
        code, text = check(*sandbox(remote))
    assert (code, line in text) == (status, True), text


def test_a_finding_is_told_with_its_evidence_mend_and_curl():
    with MisbehavingStore("not_found") as remote:
        _, text = check(*sandbox(remote))
    lines = text.splitlines()
    start = lines.index(
        "FAIL  The products endpoint does not answer 200  [products_answer]"
    )
    assert lines[start + 1].startswith("      GET /api/products?page=1&per_page=50 ")
    assert lines[start + 2].startswith("      -> Check the base URL")
    assert lines[start + 3].startswith("      $ curl -i -H 'X-API-Key: YOUR_KEY'")


def test_the_report_as_json_is_what_the_api_answers():
    with MisbehavingStore("bom") as remote:
        code, text = check(*sandbox(remote, "--json"))
    report = json.loads(text)
    assert (code, report["verdict"]) == (1, "warn")
    assert {frozenset(check) for check in report["checks"]} == {
        frozenset(("code", "verdict", "title", "evidence", "mend", "curl"))
    }


@pytest.mark.django_db
def test_a_connected_store_is_examined_by_its_id():
    with MisbehavingStore() as remote:
        store = make_store(base_url=remote.url, credentials=remote.credentials)
        _, text = check(store.uid)
        assert remote.requests[0].headers["x-api-key"] == API_KEY
    assert "The store takes the credential" in text


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("bearer_token", []), ("basic_auth", ["--username", "hiwelink"])],
)
def test_the_credential_may_come_from_standard_input(monkeypatch, method, arguments):
    with MisbehavingStore(auth_method=method) as remote:
        secret = remote.credentials.get("token") or remote.credentials["password"]
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{secret}\n"))
        address = ["--base-url", remote.url, "--environment", "sandbox"]
        code, text = check(*address, "--auth-method", method, *arguments)
    assert code == 0, text
    assert secret not in text


def test_paths_and_mappings_are_used():
    with MisbehavingStore(
        prefix="/v2", products=[{"id": 1, "label": "Lamp"}]
    ) as remote:
        paths = [f"--{n}=/v2/api/{n}" for n in ("products", "orders")]
        _, text = check(
            *sandbox(
                remote,
                *paths,
                "--health=/v2/health",
                '--mappings={"products": {"name": "label"}}',
            )
        )
    assert "All products have a name" in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "either a STORE_ID or --base-url"),
        (["nonsense"], "not a store's id"),
        ([str(uuid.uuid4())], "no store with the id"),
        (["--base-url", "nonsense", "--credential-env", "SHOP_KEY"], "base_url: "),
        (["--base-url", "https://a.example", "--credential-env", "NONE"], "NONE"),
        (["--base-url", "https://a.example", "--mappings", "{"], "--mappings"),
    ],
)
def test_what_cannot_be_checked_is_told(arguments, said):
    with pytest.raises(CommandError, match=said) as error:
        check(*arguments)
    assert error.value.returncode in (1, 2)


def test_no_option_takes_a_credential(monkeypatch):
    """Whoever lists the machine's processes sees the arguments."""
    parser = Command().create_parser("manage.py", "check_store")
    options = {option for action in parser._actions for option in action.option_strings}
    assert not options & {"--api-key", "--token", "--password", "--credential"}


def test_the_help_explains_itself():
    text = Command().create_parser("manage.py", "check_store").format_help()
    for part in ("STORE_ID", "--base-url", "standard input", "(default: production)"):
        assert part in text
    assert "exit status:\n  0 everything passed" in text


@pytest.mark.django_db
def test_nothing_is_stored():
    with MisbehavingStore() as remote:
        check(*sandbox(remote))
    assert not Store.objects.exists()
