"""What deploy/ names is there, and nginx as configured there lets everything through."""

import http.client
import json
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import yaml
from django.core.management import get_commands

from tests.chatbot.shop import make_chatbot, make_shop
from tests.examples.servers import ROOT, free_port
from tests.factories import make_store, make_token, make_user
from tests.hiwelink.embedded_postgres.users import wait_until
from tests.model_server import Exchange, ModelServer
from tests.stores import certificate
from tests.webhooks.server import running_web

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = ("migrate", "web", "worker")
UNITS = sorted((DEPLOY / "systemd").iterdir())


def names_in(text: str) -> set[str]:
    """The variables that lines of NAME=value set, commented out or not."""
    return set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", text, re.MULTILINE))


KNOWN = names_in((ROOT / ".env.example").read_text())
# Python's own, and what only compose.yaml reads.
OTHERS = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
FOR_COMPOSE = {"DATABASE_PASSWORD", "SUPERUSER_PASSWORD"}


def test_every_variable_that_is_set_there_is_one_that_hiwelink_reads():
    example = names_in((DEPLOY / "hiwelink.env.example").read_text())
    assert example - FOR_COMPOSE <= KNOWN
    for service in OURS:
        assert set(COMPOSE["services"][service]["environment"]) <= KNOWN
    image = re.findall(r"\b([A-Z_]+)=\S", (DEPLOY / "Containerfile").read_text())
    assert set(image) - OTHERS <= KNOWN
    for unit in UNITS:
        told = re.findall(r"^Environment=([A-Z_]+)=", unit.read_text(), re.MULTILINE)
        assert set(told) - OTHERS <= KNOWN


def test_whatever_production_asks_for_is_set_there():
    required = re.findall(
        r'required_in_production\(\s*"([A-Z_]+)"',
        (ROOT / "hiwelink/settings.py").read_text(),
    )
    asked = {*required, "ALLOWED_HOSTS", "DATABASE_URL", "HIWELINK_ENV"}
    example = names_in((DEPLOY / "hiwelink.env.example").read_text())
    assert len(asked) == 6
    assert asked <= example
    assert "DATABASE_URL" in COMPOSE["services"]["web"]["environment"]


def test_compose_refers_to_what_there_is():
    services = COMPOSE["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("./") and source != "./certs":
                assert (DEPLOY / source).is_file(), source
            elif not source.startswith("./"):
                assert source in COMPOSE["volumes"]
    for service in OURS:
        build = services[service]["build"]
        assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    assert asked == FOR_COMPOSE
    setup = (DEPLOY / "postgres/setup.sh").read_text()
    for name in re.findall(r"\$(HIWELINK_[A-Z]+)", setup):
        assert name in services["database"]["environment"]


def test_commands_named_there_exist():
    texts = [path.read_text() for path in (DEPLOY / "Containerfile", *UNITS)]
    texts += [" ".join(COMPOSE["services"][s].get("command", ())) for s in OURS]
    named = set(re.findall(r"manage\.py (\w+)", " ".join(texts)))
    assert named >= {"migrate", "worker", "collectstatic"}
    assert named <= set(get_commands())
    for text in ("Containerfile", "systemd/hiwelink-web.service"):
        served = (DEPLOY / text).read_text()
        assert "python:hiwelink.gunicorn_config" in served
        assert "hiwelink.wsgi" in served


def test_a_worker_has_time_to_finish_what_it_does():
    from django.conf import settings

    compose = int(COMPOSE["services"]["worker"]["stop_grace_period"].rstrip("s"))
    unit = (DEPLOY / "systemd/hiwelink-worker.service").read_text()
    systemd = int(re.search(r"TimeoutStopSec=(\d+)", unit)[1])
    assert min(compose, systemd) > settings.WORKER_GRACE_SECONDS + 10


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_understands_the_unit_and_finds_it_hardened(unit, tmp_path):
    here = tmp_path / unit.name
    interpreter = Path(shutil.which("true") or "/bin/true")
    # The programs it names exist on the machine it is made for, not on this one.
    text = re.sub(r"/opt/hiwelink/\.venv/bin/\w+", str(interpreter), unit.read_text())
    here.write_text(text)
    verify = run("systemd-analyze", "verify", "--man=no", str(here))
    assert (verify.returncode, verify.stderr) == (0, "")
    security = ["systemd-analyze", "security", "--offline=true", "--threshold=20"]
    judged = run(*security, str(here))
    assert judged.returncode == 0, judged.stdout[-600:]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False
    )


class Halting:
    """A model that says a few words, and the rest once they have arrived."""

    def __init__(self) -> None:
        self.have_arrived = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        exchange.begin()
        exchange.text("waterproof leather boots ")
        self.have_arrived.wait(60)
        exchange.text("Goodbye")
        exchange.end()


class Proxy:
    """nginx with deploy/nginx/hiwelink.conf, on ports of its own."""

    def __init__(self, web_url: str, folder: Path) -> None:
        self.port, self.plain_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        site = (DEPLOY / "nginx/hiwelink.conf").read_text()
        upstream = (DEPLOY / "nginx/upstream.conf").read_text()
        (folder / "cert.pem").write_bytes(certificate("self_signed"))
        for old, new in (
            ("listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
            ("listen 443 ssl http2;", f"listen 127.0.0.1:{self.port} ssl http2;"),
            ("/etc/nginx/certs/fullchain.pem", str(folder / "cert.pem")),
            ("/etc/nginx/certs/privkey.pem", str(folder / "cert.pem")),
        ):
            assert old in site
            site = site.replace(old, new)
        site = re.sub(r"\n    listen \[::\][^\n]*", "", site)
        upstream = upstream.replace("127.0.0.1:8000", web_url.removeprefix("http://"))
        paths = "\n".join(
            f"{name}_temp_path {folder / name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        self.conf = folder / "nginx.conf"
        self.conf.write_text(
            f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
            f"events {{}}\nhttp {{ access_log off; {paths}\n{upstream}\n{site} }}\n"
        )


@contextmanager
def running_nginx(web_url: str):
    with tempfile.TemporaryDirectory(prefix="nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # its workers are nobody's
        proxy = Proxy(web_url, folder)
        nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/bin:/usr/local/sbin")
        assert nginx, "nginx is not installed: tests/prepare.sh installs it"
        tested = run(nginx, "-t", "-q", "-c", str(proxy.conf))
        assert (tested.returncode, tested.stderr) == (0, "")
        process = subprocess.Popen([nginx, "-c", str(proxy.conf)])
        try:
            wait_until(lambda: is_up(proxy), 30, every=0.05)
            yield proxy
        finally:
            process.terminate()
            process.wait(20)


def is_up(proxy: Proxy) -> bool:
    try:
        return ask(proxy, "/healthz").status_code == 200
    except requests.ConnectionError:
        return False


def ask(proxy: Proxy, path: str, method: str = "GET", **options):
    """Without following redirects, or minding that we signed the certificate."""
    options = {"timeout": 20, "verify": False, "allow_redirects": False} | options
    return requests.request(method, proxy.url + path, **options)


def post_from(address: str, proxy: Proxy, path: str, body: dict) -> int:
    """POST from an address of this machine, forging another; return the status."""
    connection = http.client.HTTPSConnection(
        "127.0.0.1",
        proxy.port,
        timeout=20,
        source_address=(address, 0),
        context=ssl._create_unverified_context(),
    )
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}
    headers = {"Content-Type": "application/json", **forged}
    connection.request("POST", path, json.dumps(body), headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.django_db(transaction=True)
def test_nginx_lets_streams_addresses_and_refusals_through():
    chatbot = make_chatbot(make_shop(products=3))
    user = make_user()
    store, _ = make_store(user), make_store(user)
    model = Halting()
    with (
        ModelServer(model) as api,
        running_web(
            OPENAI_API_KEY="sk-test",
            OPENAI_BASE_URL=api.url,
            OPENAI_EMBEDDING_MODEL="local",
            OPENAI_CHAT_SECONDS="60",
            TRUSTED_PROXIES="1",
            METRICS_TOKEN="metrics",
        ) as web,
        running_nginx(web.url) as proxy,
    ):
        hooks = f"/api/generic-api/webhooks/{store.token}/products"
        plain = f"http://127.0.0.1:{proxy.plain_port}{hooks}"
        moved = requests.post(plain, data="{}", allow_redirects=False, timeout=20)
        assert moved.status_code == 308
        assert moved.headers["Location"] == f"https://127.0.0.1{hooks}"

        # Where it came from is told, whatever the sender says.
        event = {"event": "product.created", "data": {"id": "1", "name": "Lamp"}}
        assert post_from("127.0.0.2", proxy, hooks, event) == 200
        assert store.deliveries.get().remote_address == "127.0.0.2"

        # What is too large is refused by HiWelink, and in the merchant's log.
        large = {"event": "product.created", "data": {"id": "2", "name": "x" * 2**20}}
        refused = ask(proxy, hooks, "POST", json=large)
        assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
        assert store.deliveries.filter(error_code="too_large").exists()

        # The first words of an answer are here while the model holds the rest back.
        answer = ask(
            proxy,
            f"/api/chatbot/{chatbot.public_id}/messages",
            "POST",
            json={"message": "Tell me about boots"},
            headers={"Accept": "text/event-stream"},
            stream=True,
        )
        lines = answer.iter_lines(chunk_size=1)
        assert any(b"token" in line for line in lines)
        model.have_arrived.set()
        assert any(b"event: done" in line for line in lines)

        # Told that it was https, HiWelink makes its links so.
        token = {"Authorization": make_token(user)["HTTP_AUTHORIZATION"]}
        page = ask(proxy, "/api/v1/stores/?page_size=1", headers=token)
        assert page.json()["next"].startswith("https://127.0.0.1/api/v1/")
        scrape = ask(proxy, "/metrics", headers={"Authorization": "Bearer metrics"})
        assert scrape.status_code == 404
        direct = requests.get(f"{web.url}/healthz", timeout=20)
        for answered in (page, scrape, moved, direct):  # no version is told
            assert answered.headers["Server"] in ("nginx", "gunicorn")


def test_operations_are_described_with_names_that_exist():
    text = (ROOT / "docs/operations.md").read_text()
    variables = set(re.findall(r"`([A-Z]{2,}_[A-Z_]+)[=`]", text))
    assert len(variables) > 15
    assert variables <= KNOWN
    commands = set(re.findall(r"manage\.py (\w+)", text))
    assert {"backup", "restore", "worker", "indexer"} <= commands <= set(get_commands())
    metrics = (ROOT / "hiwelink/operations/metrics.py").read_text()
    told = set(re.findall(r'"(hiwelink_\w+)"', metrics))
    assert set(re.findall(r"`(hiwelink_\w+)", text)) <= told
