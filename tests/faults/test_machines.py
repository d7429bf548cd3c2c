"""Three web servers and three workers on one database, with Redis as queue and cache."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import quote

import pytest
import requests

from tests.faults.installation import Installation
from tests.faults.merchant import Merchant, send_event
from tests.faults.senders import Senders, wait_for_more
from tests.hiwelink.embedded_postgres.users import wait_until
from tests.redis_server import RedisServer, running_redis
from tests.stores import MisbehavingStore, make_orders, make_products

pytestmark = pytest.mark.slow
MACHINES = 3
SEARCHES_A_MINUTE = 20
METRICS = {"Authorization": "Bearer metrics"}


class Machines:
    """Everything of one HiWelink on several machines, and a merchant of it."""

    def __init__(self, here: Installation, redis: RedisServer) -> None:
        self.here, self.redis = here, redis
        socket_dir = quote(here.socket_dir, safe="")
        here.environment |= {
            "DATABASE_URL": f"postgres://hiwelink@/hiwelink?host={socket_dir}",
            "REDIS_URL": redis.url,
        }
        self.webs = [here.start_web() for _ in range(MACHINES)]
        self.workers = [here.start_worker() for _ in range(MACHINES)]
        self.merchant = Merchant(here)
        wait_until(lambda: self.beating() == MACHINES, 60, every=0.1)

    @property
    def urls(self) -> list[str]:
        return [web.url for web in self.webs]

    def beating(self) -> int:
        query = "SELECT count(*) FROM worker_workerheartbeat WHERE seen_at > now() - "
        return self.here.sql(query + "interval '30 s'")[0].count

    def connect(self, remote: MisbehavingStore, **fields) -> dict:
        fields = {"sync_interval_minutes": None, "per_page": 10} | fields
        return self.merchant.connect(self.urls[0], remote, **fields)

    def metric(self, name: str) -> float:
        """A figure of /metrics, which the status page shows too."""
        answer = requests.get(f"{self.urls[0]}/metrics", headers=METRICS, timeout=20)
        lines = answer.text.splitlines()
        return sum(float(li.split()[-1]) for li in lines if li.startswith(name))

    def signal_workers(self, number: signal.Signals) -> None:
        for worker in self.workers:
            for process in worker.processes():
                process.send_signal(number)


@pytest.fixture(scope="module")
def machines():
    with ExitStack() as stack:
        redis = stack.enter_context(running_redis())
        here = stack.enter_context(
            Installation(
                SYNC_REQUEST_SECONDS=5,
                SYNC_LEASE_SECONDS=6,
                WORKERS=1,
                WEB_WORKERS=1,
                METRICS_TOKEN="metrics",
                WIDGET_SEARCH_RATE=f"{SEARCHES_A_MINUTE}/min",
            )
        )
        yield Machines(here, redis)


def test_no_run_and_no_schedule_is_done_twice(machines):
    with ExitStack() as stack:
        remotes = [
            stack.enter_context(
                MisbehavingStore(products=make_products(60), orders=make_orders(20))
            )
            for _ in range(4)
        ]
        stores = [machines.connect(remote) for remote in remotes]
        machines.here.wait_for_syncs(90)
        for remote in remotes:
            assert remote.pages_asked("products") == [1, 2, 3, 4, 5, 6]
            assert remote.pages_asked("orders") == [1, 2]

        # The same asked of all machines at once is one run.
        with ThreadPoolExecutor(3 * MACHINES) as pool:
            answers = pool.map(
                lambda url: machines.merchant.tell(
                    url, f"stores/{stores[0]['id']}/sync/", {"resource": "products"}
                ),
                machines.urls * 3,
            )
            runs = [answer["sync_runs"][0] for answer in answers]
        machines.here.wait_for_syncs(60)
        fresh = {run["id"] for run in runs if not run["coalesced"]}
        assert {run["id"] for run in runs} == fresh
        assert remotes[0].pages_asked("products") == [1, 2, 3, 4, 5, 6] * (
            1 + len(fresh)
        )

    # Each of three clusters looks for what is due: only one of them begins it.
    wait_until(lambda: len(schedules_begun(machines.here)) >= 2, 75, every=0.5)
    twice = machines.here.sql(
        "SELECT one.group FROM django_q_task AS one, django_q_task AS other"
        " WHERE one.group = other.group AND one.id <> other.id"
        " AND abs(extract(epoch FROM one.started - other.started)) < 20"
    )
    assert twice == []


def schedules_begun(here: Installation) -> list:
    return here.sql(
        'SELECT DISTINCT "group" FROM django_q_task JOIN django_q_schedule AS schedule'
        ' ON schedule.name = "group"'
    )


def test_a_lost_queue_is_made_anew_from_what_was_promised(machines):
    with ExitStack() as stack:
        remotes = [
            stack.enter_context(MisbehavingStore(products=make_products(10)))
            for _ in range(6)
        ]
        machines.signal_workers(signal.SIGSTOP)  # nobody takes what is queued
        stores = [machines.connect(remote) for remote in remotes]
        bulk = {"products": [{"id": f"b{n}", "name": f"B {n}"} for n in range(600)]}
        token = stores[0]["store_token"]
        sync = f"{machines.urls[1]}/api/generic-api/webhooks/{token}/sync"
        assert requests.post(sync, json=bulk, timeout=20).json()["success"]
        assert machines.metric("hiwelink_queue_tasks") > 0
        machines.redis.client.flushall()
        # The truth meanwhile: nothing is queued, and all of it is still to be done.
        assert machines.metric("hiwelink_queue_tasks") == 0
        waiting = 'hiwelink_sync_runs_24h{status="queued"}'
        assert machines.metric(waiting) >= 12
        for table, column in (  # as if they had waited so long
            ("commerce_syncrun", "created_at"),
            ("webhooks_delivery", "due_at"),
            ("django_q_schedule", "next_run"),
        ):
            machines.here.sql(
                f"UPDATE {table} SET {column} = {column} - interval '1 minute'"
            )
        machines.signal_workers(signal.SIGCONT)
        machines.here.wait_for_syncs(90)
        for remote in remotes:
            assert remote.pages_asked("products")[0] == 1
        wait_until(lambda: bulk_is_in(machines.here), 90, every=0.2)
        assert machines.metric(waiting) == 0


def bulk_is_in(here: Installation) -> bool:
    query = "SELECT count(*) FROM commerce_product WHERE external_id LIKE 'b%%'"
    return here.sql(query)[0].count == 600


def test_a_limit_counts_what_all_web_servers_serve(machines):
    with MisbehavingStore(products=make_products(1)) as remote:
        store = machines.connect(remote)
        bot = {"store": store["id"], "name": "Helper"}
        public_id = machines.merchant.tell(machines.urls[1], "chatbots/", bot)
        path = f"/api/chatbot/{public_id['public_id']}/search?q=lamp"
        statuses = [
            requests.get(url + path, timeout=20).status_code
            for url in machines.urls * (SEARCHES_A_MINUTE // 2)
        ]
        assert statuses.count(200) == SEARCHES_A_MINUTE
        assert statuses.count(429) == len(statuses) - SEARCHES_A_MINUTE
        machines.here.wait_for_syncs(60)


def test_a_rolling_restart_under_load_refuses_and_loses_nothing(machines):
    here = machines.here
    with MisbehavingStore(products=make_products(1)) as remote:
        store = machines.connect(remote)
        here.wait_for_syncs(60)
        with Senders(machines.urls, store["store_token"]) as senders:
            run = machines.merchant.tell(
                machines.urls[0], f"stores/{store['id']}/sync/", {"resource": "orders"}
            )
            for number, web in enumerate(list(machines.webs)):
                wait_for_more(senders, 40)
                web.stop()
                port = web.url.rpartition(":")[2]
                machines.webs[number] = here.start_web(PORT=port)
            for number, worker in enumerate(list(machines.workers)):
                wait_for_more(senders, 40)
                worker.stop()
                machines.workers[number] = here.start_worker()
            wait_for_more(senders, 40)
        assert senders.refused == []
        assert run["sync_runs"]
        here.wait_for_syncs(60)
        found = here.sql(
            "SELECT external_id FROM commerce_product WHERE external_id = ANY(%s)",
            list(senders.acknowledged),
        )
        assert {row.external_id for row in found} == senders.acknowledged
        assert here.sql("SELECT 1 FROM webhooks_delivery WHERE status = 'failed'") == []


def test_without_redis_everybody_is_served_and_the_status_says_so(machines):
    with MisbehavingStore(products=make_products(7)) as remote:
        machines.redis.stop()
        try:
            store = machines.connect(remote)
            token = store["store_token"]
            new = {"id": "new", "name": "New"}
            assert send_event(machines.urls[2], token, new).status_code == 200
            answer = requests.get(
                f"{machines.urls[0]}/metrics", headers=METRICS, timeout=20
            )
            assert answer.status_code == 200
            assert "hiwelink_queue_tasks{" not in answer.text
        finally:
            machines.redis.start()
        machines.here.sql(
            "UPDATE commerce_syncrun SET created_at = created_at - interval '1 minute'"
        )
        machines.here.wait_for_syncs(90)
        assert remote.pages_asked("products") == [1]
