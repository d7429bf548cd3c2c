"""A backup is whole, and a restored HiWelink goes on where the other one was."""

import shutil
import stat
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.faults.installation import Installation
from tests.faults.merchant import Merchant, ask_chatbot, log_in, send_event
from tests.hiwelink.embedded_postgres.users import wait_until
from tests.stores import MisbehavingStore, make_orders, make_products

PRODUCTS, ORDERS = 60, 10
TABLES = """
SELECT relname AS name FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
# The queue's own rows change from second to second while a worker lives.
MOVING = (
    "django_q_ormq",
    "django_q_schedule",
    "django_q_task",
    "worker_workerheartbeat",
)


def contents(here: Installation) -> dict[str, tuple[int, str]]:
    """How many rows each table has, and one hash over all of them."""
    query = "SELECT count(*) AS count, md5(string_agg(t::text, ' ' ORDER BY t::text))"
    found = {}
    for table in here.sql(TABLES):
        if table.name not in MOVING:
            (row,) = here.sql(f"{query} AS hash FROM {table.name} AS t")
            found[table.name] = (row.count, row.hash)
    return found


def fill(here: Installation, merchant: Merchant, url: str, remote) -> dict:
    """Let it do everything that leaves rows; return the store and its chatbot."""
    store = merchant.connect(url, remote)
    here.wait_for_syncs()  # which would remove what the store does not list
    assert send_event(url, store["store_token"], {"id": "hook", "name": "Tea urn"}).ok
    bot = {"store": store["id"], "name": "Helper"}
    chatbot = merchant.tell(url, "chatbots/", bot)
    wait_until(lambda: is_filled(here), 60, every=0.1)
    assert ask_chatbot(url, chatbot["public_id"], "Do you have a tea urn?").ok
    return {"store": store, "chatbot": chatbot}


def is_filled(here: Installation) -> bool:
    """Synced and indexed: nothing is left to do."""
    (row,) = here.sql(
        "SELECT (SELECT count(*) FROM commerce_product) AS products,"
        " (SELECT count(*) FROM commerce_order) AS orders,"
        " (SELECT count(*) FROM chatbot_productvector) AS vectors"
    )
    everything = (PRODUCTS + 1, ORDERS, PRODUCTS + 1)
    return tuple(row) == everything and not here.active_runs()


@pytest.mark.slow
def test_a_backup_restored_into_an_empty_folder_is_the_same_and_goes_on():
    with (
        MisbehavingStore(
            products=make_products(PRODUCTS), orders=make_orders(ORDERS)
        ) as remote,
        Installation(WORKERS=1) as here,
        Installation(migrate=False, WORKERS=1) as there,
    ):
        file = str(here.folder / "hiwelink.backup")
        web, _ = here.start_web(), here.start_worker()
        merchant = Merchant(here)
        made = fill(here, merchant, web.url, remote)
        wait_until(lambda: is_still(here), 30)
        before = contents(here)
        here.python("manage.py", "backup", file)  # while it works
        assert contents(here) == before

        shutil.copy2(here.folder / "var/keys.json", there.folder / "var/keys.json")
        said = there.python("manage.py", "restore", file)
        assert "every credential can be read" in said
        assert contents(there) == before
        assert before["commerce_product"][0] == PRODUCTS + 1

        again, _ = there.start_web(), there.start_worker()
        there.python("manage.py", "collectstatic", "--verbosity", "0")
        dashboard = log_in(again.url).get(f"{again.url}/dashboard/", timeout=20)
        assert dashboard.status_code == 200 and "A store" in dashboard.text
        answer = ask_chatbot(again.url, made["chatbot"]["public_id"], "A tea urn?")
        assert "Tea urn" in str(answer.json())
        remote.products += make_products(1, first=900)
        store = made["store"]["id"]
        merchant.tell(again.url, f"stores/{store}/sync/", {"resource": "all"})
        wait_until(lambda: not there.active_runs(), 60, every=0.1)
        products = merchant.ask(again.url, f"stores/{store}/products/?search=900")
        assert [product["id"] for product in products["results"]] == ["prod_900"]
        token = made["store"]["store_token"]
        assert send_event(again.url, token, {"id": "new", "name": "New"}).ok


def is_still(here: Installation) -> bool:
    """Whether nothing but the queue writes any more."""
    return contents(here) == contents(here)


@pytest.mark.django_db
def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(tmp_path):
    file = tmp_path / "one.backup"
    out = StringIO()
    call_command("backup", str(file), stdout=out)
    assert "The keys are not in it" in out.getvalue()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes()[:5] == b"PGDMP"
    before = file.read_bytes()
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", str(file))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("backup", str(tmp_path / "missing/one.backup"))
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.django_db
def test_nothing_is_restored_over_what_is_there(tmp_path):
    file = tmp_path / "one.backup"
    call_command("backup", str(file))
    with pytest.raises(CommandError, match="holds tables already"):
        call_command("restore", str(file))
    with pytest.raises(CommandError, match="There is no backup"):
        call_command("restore", str(tmp_path / "missing"))
