"""Everything killed at random while everything is used: nothing that was answered is
lost, and whoever asks is told the truth.
"""

from __future__ import annotations

import random
import signal
import threading

import psutil
import pytest
import requests

from tests.faults.installation import Installation, Web, Worker
from tests.faults.merchant import Merchant, ask_chatbot
from tests.faults.senders import Senders, wait_for_more
from tests.hiwelink.embedded_postgres.users import wait_until
from tests.stores import MisbehavingStore, make_products

pytestmark = pytest.mark.slow
PRODUCTS = 200
METRICS = {"Authorization": "Bearer metrics"}
# In an order that is the same each time.
KILLS = ["web"] * 5 + ["worker"] * 5 + ["database"] * 2
SWEEP = "import django; django.setup(); from webhooks.tasks import sweep; sweep()"


@pytest.fixture(scope="module")
def here():
    with Installation(
        SYNC_REQUEST_SECONDS=1,
        SYNC_LEASE_SECONDS=1.5,
        WORKERS=2,
        WORKER_SILENCE_SECONDS=15,
        METRICS_TOKEN="metrics",
    ) as installation:
        yield installation


@pytest.fixture(scope="module")
def web(here):
    return here.start_web()


@pytest.fixture(scope="module")
def worker(here):
    return here.start_worker()


class Shopper:
    """Asks the chatbot again and again; remembers what it was answered."""

    def __init__(self, url: str, public_id: str) -> None:
        self.url, self.public_id = url, public_id
        self.answered: list[str] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.ask)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        self.thread.join(60)

    def ask(self) -> None:
        while not self.stop.wait(0.1):
            try:
                answer = ask_chatbot(self.url, self.public_id, "What is Product 7?")
                if answer.status_code == 200:
                    self.answered.append(answer.json()["message"]["id"])
            except (requests.RequestException, ValueError):
                continue


def test_twelve_kills_under_load_lose_nothing(here, web, worker):
    chance = random.Random(12)
    kills = chance.sample(KILLS, len(KILLS))
    merchant = Merchant(here)
    with MisbehavingStore(
        "slow_first_byte", products=make_products(PRODUCTS), delay_seconds=0.15
    ) as remote:
        store = merchant.connect(
            web.url, remote, per_page=5, sync_interval_minutes=None
        )
        bot = {"store": store["id"], "name": "Helper"}
        public_id = merchant.tell(web.url, "chatbots/", bot)["public_id"]
        # What came before the run began would be taken for gone.
        wait_until(lambda: remote.pages_asked(), 60, every=0.02)
        killed: list[str] = []
        with (
            Senders([web.url], store["store_token"]) as senders,
            Shopper(web.url, public_id) as shopper,
        ):
            for kind in kills:
                wait_for_more(senders, 10)
                kill_one(kind, here, web, worker, chance)
                killed.append(kind)
            wait_for_more(senders, 10)
        here.wait_for_syncs(120)
    assert killed == kills
    # What was recorded and not applied waits half a minute for its request.
    here.sql("UPDATE webhooks_delivery SET due_at = now() WHERE due_at IS NOT NULL")
    wait_until(lambda: sweep_all(here), 60, every=0.1)
    lost = senders.acknowledged - present(here, senders.acknowledged)
    assert lost == set()
    assert len(senders.acknowledged) >= 10 * len(kills)
    (run,) = here.sql(
        "SELECT status, created, pages_fetched FROM commerce_syncrun"
        " WHERE resource = 'products'"
    )
    assert tuple(run) == ("succeeded", PRODUCTS, PRODUCTS // 5)
    assert len(present(here, {f"prod_{n}" for n in range(1, PRODUCTS + 1)})) == PRODUCTS
    assert shopper.answered
    kept = here.sql(
        "SELECT uid FROM chatbot_message WHERE uid = ANY(%s::uuid[])", shopper.answered
    )
    assert len(kept) == len(shopper.answered)
    wait_until(lambda: ready(web) == "ok", 60, every=0.1)


def kill_one(
    kind: str, here: Installation, web: Web, worker: Worker, chance: random.Random
) -> None:
    if kind == "database":
        here.kill_database(signal.SIGKILL)
        return
    family = web if kind == "web" else worker
    victims: list[psutil.Process] = []
    # All but the one whose end its supervisor, systemd or make run, would notice.
    wait_until(
        lambda: victims.extend(family.processes()[1:]) or victims, 30, every=0.05
    )
    chance.choice(victims).kill()


def sweep_all(here: Installation) -> bool:
    here.python("-c", SWEEP)
    query = "SELECT count(*) FROM webhooks_delivery WHERE due_at IS NOT NULL"
    return here.sql(query)[0].count == 0


def present(here: Installation, ids: set[str]) -> set[str]:
    query = (
        "SELECT external_id FROM commerce_product"
        " WHERE deleted_at IS NULL AND external_id = ANY(%s)"
    )
    return {row.external_id for row in here.sql(query, list(ids))}


def ready(web: Web) -> str:
    """What /readyz says, or why it says nothing."""
    try:
        return requests.get(f"{web.url}/readyz", timeout=20).json()["status"]
    except (requests.RequestException, ValueError) as error:
        return str(error)


def live_workers(web: Web) -> str:
    text = requests.get(f"{web.url}/metrics", headers=METRICS, timeout=20).text
    return next(li for li in text.splitlines() if li.startswith("hiwelink_workers "))


def cluster_of(worker: Worker) -> psutil.Process | None:
    """The first process of its qcluster."""
    for process in psutil.Process(worker.process.pid).children():
        if "qcluster" in process.cmdline():
            return process
    return None


def test_a_cluster_that_hangs_is_told_of_and_restarted(here, web, worker):
    wait_until(lambda: ready(web) == "ok", 60, every=0.1)
    hung = cluster_of(worker)
    worker.process.send_signal(signal.SIGSTOP)  # for as long as we look around
    for process in (hung, *hung.children(recursive=True)):
        process.send_signal(signal.SIGSTOP)
    # A minute passes.
    here.sql("UPDATE worker_workerheartbeat SET seen_at = seen_at - interval '61 s'")
    assert ready(web) == "degraded"
    assert live_workers(web) == "hiwelink_workers 0.0"
    worker.process.send_signal(signal.SIGCONT)
    wait_until(lambda: cluster_of(worker) not in (None, hung), 60, every=0.1)
    wait_until(lambda: ready(web) == "ok", 60, every=0.1)
    assert live_workers(web) == "hiwelink_workers 1.0"
    assert not hung.is_running()
    assert "The cluster executes no task: restarting it." in worker.log.read_text()
