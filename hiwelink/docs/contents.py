"""What the documentation page holds: its sections, and the store code it shows."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

EXAMPLES = settings.BASE_DIR / "examples"


@dataclass(frozen=True)
class Section:
    """A part of the page; its text is templates/docs/_<anchor with underscores>.html."""

    anchor: str
    title: str

    @property
    def template(self) -> str:
        return f"docs/_{self.anchor.replace('-', '_')}.html"


SECTIONS = (
    Section("quick-start", "Quick start"),
    Section("integration-flow", "Full integration flow"),
    Section("endpoints", "Required endpoints"),
    Section("authentication", "Authentication methods"),
    Section("credentials", "API credentials"),
    Section("store-setup", "Store-side setup"),
    Section("response-format", "Response format reference"),
    Section("field-mapping", "Custom field mapping"),
    Section("code-examples", "Code examples"),
    Section("webhooks", "Webhooks"),
    Section("connect", "Connect to HiWelink"),
    Section("security", "Security best practices"),
    Section("troubleshooting", "Troubleshooting"),
)


@dataclass(frozen=True)
class CodeFile:
    """A file of examples/, shown as it is there."""

    path: str
    language: str

    @property
    def name(self) -> str:
        """The path in the merchant's own project."""
        return self.path.partition("/")[2]

    @property
    def text(self) -> str:
        return (EXAMPLES / self.path).read_text()


@dataclass(frozen=True)
class Framework:
    """One tab: a framework and its files."""

    key: str
    title: str
    files: tuple[CodeFile, ...]


def frameworks(
    laravel: tuple[str, ...], express: tuple[str, ...], fastapi: tuple[str, ...]
) -> tuple[Framework, ...]:
    """Name the files of one group of tabs, each below its example's folder."""
    return tuple(
        Framework(key, title, tuple(CodeFile(f"{folder}/{p}", language) for p in paths))
        for key, title, folder, language, paths in (
            ("laravel", "Laravel", "laravel_store", "php", laravel),
            ("express", "Express", "express_store", "javascript", express),
            ("fastapi", "FastAPI", "fastapi_store", "python", fastapi),
        )
    )


SETUP = frameworks(
    laravel=(
        "config/hiwelink.php",
        "app/Http/Middleware/HiWelinkAuth.php",
        "app/Services/HiWelinkWebhookService.php",
        "app/Observers/ProductObserver.php",
        "app/Observers/OrderObserver.php",
        "app/Providers/AppServiceProvider.php",
    ),
    express=("middleware/hiwelinkAuth.js", "services/hiwelinkWebhook.js"),
    fastapi=("auth.py", "hiwelink_webhook.py"),
)
ENDPOINTS = frameworks(
    laravel=("routes/api.php", "routes/web.php"),
    express=("server.js",),
    fastapi=("store_api.py",),
)
