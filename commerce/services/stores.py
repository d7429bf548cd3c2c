"""Connect a store, and build the client that asks it.

Connecting talks to the store first and writes afterwards, so that a store that does
not answer leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from commerce.connector.auth import Auth, InvalidCredentials, auth_from
from commerce.connector.client import StoreClient, StoreConfig
from commerce.connector.errors import ConnectorError
from commerce.connector.guard import AddressPolicy, check_url, endpoint_url
from commerce.mapping.mappings import FieldMappings, InvalidMappings
from commerce.models import Environment, Store, StoreStatus, SyncRun, Trigger
from commerce.services.sync import start_runs
from hiwelink.accounts.models import Workspace

ENDPOINTS = ("health", "products", "orders")
WHAT_TO_CHECK = (
    "Check that the base URL is right and reachable from the internet, that the health "
    "endpoint answers with status 200 and needs no query parameters, that the "
    "certificate is valid, and that no firewall blocks the port."
)


class InvalidStore(ValueError):
    """What was entered cannot be a store; `errors` is {field: sentence}."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class ConnectionFailed(Exception):
    """The store did not answer its health check; `detail` says why and what to do."""

    def __init__(self, error: ConnectorError, base_url: str = "") -> None:
        self.code = error.code
        self.curl = error.curl
        self.detail = f"Could not connect to API: {error.detail}"
        if hint := path_hint(base_url):
            self.detail += f" {hint}"
        super().__init__(self.detail)


@dataclass
class StoreDraft:
    """What a merchant enters to connect a store, as the form and the API take it."""

    name: str
    base_url: str
    auth_method: str
    credentials: dict[str, str] = field(repr=False)
    environment: str = Environment.PRODUCTION
    storefront_url: str = ""
    endpoints: dict[str, str] = field(default_factory=dict)
    field_mappings: dict[str, Any] = field(default_factory=dict)
    per_page: int = 50
    sync_interval_minutes: int | None = 60
    currency: str = ""
    language: str = "en"


def connect_store(
    workspace: Workspace, draft: StoreDraft
) -> tuple[Store, list[SyncRun]]:
    """Check `/health`, then create the store with both first runs.

    The caller queues the runs. Raises InvalidStore for what cannot be right,
    ConnectionFailed when the store does not answer; nothing is stored then.
    """
    store = build_store(workspace, draft)
    check_health(store)
    with transaction.atomic():
        store.save()
        runs = [run for run, _ in start_runs(store, trigger=Trigger.INITIAL)]
    return store, runs


def build_store(workspace: Workspace, draft: StoreDraft) -> Store:
    """Return the unsaved store of a draft. Raises InvalidStore with every error."""
    errors: dict[str, str] = {}
    store = Store(  # type: ignore[misc]  # credentials: any JSON
        workspace=workspace,
        name=draft.name.strip(),
        environment=draft.environment,
        status=StoreStatus.CONNECTED,
        base_url=draft.base_url.strip().rstrip("/"),
        storefront_url=draft.storefront_url.strip().rstrip("/"),
        auth_method=draft.auth_method,
        credentials={key: value.strip() for key, value in draft.credentials.items()},
        field_mappings=draft.field_mappings,
        per_page=draft.per_page,
        sync_interval_minutes=draft.sync_interval_minutes,
        currency=draft.currency.strip().upper(),
        language=draft.language.strip() or "en",
    )
    for name in ENDPOINTS:
        path = (draft.endpoints.get(name) or "").strip()
        if path:
            setattr(store, f"{name}_path", path)
    if not store.name:
        errors["name"] = "Give the store a name."
    if store.environment == Environment.SANDBOX and not settings.SANDBOX_ALLOWED_HOSTS:
        errors["environment"] = (
            "Sandbox stores are not allowed on this installation. Choose production, "
            "or ask the operator to set SANDBOX_ALLOWED_HOSTS."
        )
    errors |= address_errors(store) | credential_errors(store) | mapping_errors(store)
    if errors:
        raise InvalidStore(errors)
    return store


def address_errors(store: Store) -> dict[str, str]:
    """Return what is wrong with the form of the store's addresses.

    Whether an address may be dialled at all is judged when it is dialled.
    """
    errors: dict[str, str] = {}
    checks: list[tuple[str, Callable[[], object]]] = [
        ("base_url", lambda: check_url(store.base_url)),
        *(
            (f"endpoints.{name}", endpoint_check(store, getattr(store, f"{name}_path")))
            for name in ENDPOINTS
        ),
    ]
    if store.storefront_url:
        checks.append(("storefront_url", lambda: check_url(store.storefront_url)))
    for name, check in checks:
        try:
            check()
        except ConnectorError as error:
            errors[name] = error.detail
    if "base_url" in errors:  # every endpoint would repeat it
        return {name: text for name, text in errors.items() if "." not in name}
    return errors


def endpoint_check(store: Store, path: str) -> Callable[[], object]:
    return lambda: endpoint_url(store.base_url, path)


def credential_errors(store: Store) -> dict[str, str]:
    try:
        auth_from(store.auth_method, store.credentials or {})
    except InvalidCredentials as error:
        return {f"credentials.{key}": text for key, text in error.errors.items()}
    return {}


def mapping_errors(store: Store) -> dict[str, str]:
    try:
        FieldMappings.parse(store.field_mappings)
    except InvalidMappings as error:
        return {f"field_mappings.{key}": text for key, text in error.errors.items()}
    return {}


def check_health(store: Store) -> None:
    """Ask the store's health endpoint with its credential. Raises ConnectionFailed."""
    try:
        with client_for(store) as client:
            client.check_health()
    except ConnectorError as error:
        raise ConnectionFailed(error, store.base_url) from error


def client_for(
    store: Store,
    *,
    sleep: Callable[[float], None] | None = None,
    pause_seconds: float | None = None,
) -> StoreClient:
    """Return a client that asks `store` with its credential, paths and pace.

    sleep: called for every wait of a running sync; may raise to give up.
    pause_seconds: the pause between pages a run has come to, the usual one by default.
    """
    config = config_for(store)
    if sleep is not None:
        config = replace(config, sleep=sleep, pause_first=True)
    if pause_seconds is not None:
        config = replace(config, pause_seconds=pause_seconds)
    return StoreClient(config)


def config_for(store: Store, *, auth: Auth | None = None) -> StoreConfig:
    """Return how `store` is asked; auth: another credential than its own."""
    return StoreConfig(
        base_url=store.base_url,
        auth=auth or auth_from(store.auth_method, store.credentials or {}),
        policy=AddressPolicy(
            production=store.environment == Environment.PRODUCTION,
            allowed_hosts=settings.SANDBOX_ALLOWED_HOSTS,
        ),
        health_path=store.health_path,
        products_path=store.products_path,
        orders_path=store.orders_path,
        per_page=store.per_page,
        pause_seconds=settings.SYNC_PAUSE_SECONDS,
        request_seconds=settings.SYNC_REQUEST_SECONDS,
    )


def path_hint(base_url: str) -> str:
    """Say so when the base URL ends in the path of an endpoint (spec, Connect 3)."""
    path = urlsplit(base_url).path.rstrip("/")
    for ending in ("/api/products", "/api/orders", "/health", "/api"):
        if path.endswith(ending):
            return (
                f"The base URL ends in {ending!r}, which is part of an endpoint's "
                "path: leave it out."
            )
    return ""
