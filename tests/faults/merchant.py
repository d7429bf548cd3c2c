"""A merchant who uses an installation from outside: over HTTP, with a token."""

from __future__ import annotations

from typing import Any

import requests

from tests.faults.installation import Installation
from tests.stores import MisbehavingStore

EMAIL = "merchant@example.com"
PASSWORD = "correct horse battery"
SECONDS = 20


class Merchant:
    """Has an account of the installation's, and one store."""

    def __init__(self, here: Installation) -> None:
        here.python("manage.py", "create_merchant", EMAIL, "--password", PASSWORD)
        token = here.python("manage.py", "create_api_token", EMAIL).strip()
        self.headers = {"Authorization": f"Token {token}"}

    def call(
        self, url: str, method: str, path: str, body: Any = None
    ) -> requests.Response:
        return requests.request(
            method,
            f"{url}/api/v1/{path}",
            json=body,
            headers=self.headers,
            timeout=SECONDS,
        )

    def ask(self, url: str, path: str) -> Any:
        answer = self.call(url, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tell(self, url: str, path: str, body: Any = None) -> Any:
        answer = self.call(url, "POST", path, body)
        assert answer.ok, answer.text
        return answer.json()

    def connect(self, url: str, remote: MisbehavingStore, **fields: Any) -> Any:
        """Connect a store as the form does; return it as the API shows it."""
        body = {
            "name": "A store",
            "base_url": remote.url,
            "environment": "sandbox",
            "auth_method": remote.auth_method,
            "credentials": remote.credentials,
        }
        return self.tell(url, "stores/", body | fields)


def send_event(
    url: str, token: str, data: dict[str, Any], event: str = "product.updated"
) -> requests.Response:
    """Send one webhook about a product as a store's backend does."""
    return requests.post(
        f"{url}/api/generic-api/webhooks/{token}/products",
        json={"event": event, "data": data},
        timeout=SECONDS,
    )


def ask_chatbot(url: str, public_id: str, message: str) -> requests.Response:
    return requests.post(
        f"{url}/api/chatbot/{public_id}/messages",
        json={"message": message},
        timeout=SECONDS,
    )


def log_in(url: str) -> requests.Session:
    """Log in through the form, as a browser does; the session has the dashboard."""
    session = requests.Session()
    page = session.get(f"{url}/account/login/", timeout=SECONDS)
    form = {
        "username": EMAIL,
        "password": PASSWORD,
        "csrfmiddlewaretoken": session.cookies["hiwelink_csrf"],
    }
    session.post(page.url, data=form, timeout=SECONDS, allow_redirects=False)
    return session
