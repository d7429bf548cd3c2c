"""Settings of HiWelink, read from the environment; .env.example lists every variable.

A missing or malformed variable stops the start with a sentence that names it.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from hiwelink import keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- What kind of installation this is ------------------------------------------------

HIWELINK_ENV = env.str("HIWELINK_ENV", default="development")
if HIWELINK_ENV not in {"development", "production"}:
    raise ImproperlyConfigured(
        "HIWELINK_ENV is neither 'development' nor 'production'. Set it to one of them."
    )
PRODUCTION = HIWELINK_ENV == "production"
DEBUG = env.bool("DEBUG", default=False)
PORT = env.int("PORT", default=8000)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()


def required_in_production(name: str, default: str) -> str:
    """Read a variable that only a development machine may leave out."""
    if PRODUCTION and not env.str(name, default=""):
        raise ImproperlyConfigured(f"{name} is required when HIWELINK_ENV=production.")
    return env.str(name, default=default) or default


_made = {} if PRODUCTION else keys.load_or_create(DATA_DIR)
SECRET_KEY = required_in_production("SECRET_KEY", _made.get("SECRET_KEY", ""))
# The first key encrypts; the others still decrypt (rotate_credential_keys).
FERNET_KEYS = [
    key.strip()
    for key in required_in_production(
        "FERNET_KEYS", _made.get("FERNET_KEYS", "")
    ).split(",")
    if key.strip()
]
FERNET_USE_HKDF = True
PUBLIC_BASE_URL = required_in_production(
    "PUBLIC_BASE_URL", f"http://127.0.0.1:{PORT}"
).rstrip("/")

# --- Django ---------------------------------------------------------------------------

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is required when HIWELINK_ENV=production."
    )
if not PRODUCTION:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = [
    "hiwelink.accounts",
    "hiwelink.docs",
    "hiwelink.operations",
    "hiwelink.teams",
    "hiwelink.worker",
    "commerce",
    "webhooks",
    "chatbot",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_q",
    "drf_spectacular",
    "knox",
    "rest_framework",
]

MIDDLEWARE = [
    "hiwelink.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "hiwelink.middleware.permissions_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hiwelink.middleware.GZip",
    "csp.middleware.CSPMiddleware",
    "hiwelink.middleware.body_limit",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "hiwelink.middleware.private_pages",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "hiwelink.urls"
WSGI_APPLICATION = "hiwelink.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Database -------------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="")
if DATABASE_URL:
    _database: dict[str, Any] = dict(env.db_url("DATABASE_URL"))
    if _database["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(
            "DATABASE_URL does not name a PostgreSQL database (postgres://...)."
        )
elif PRODUCTION:
    raise ImproperlyConfigured("DATABASE_URL is required when HIWELINK_ENV=production.")
else:
    from hiwelink import embedded_postgres

    _database = embedded_postgres.ensure_running(
        DATA_DIR, durable=env.bool("EMBEDDED_POSTGRES_DURABLE", default=True)
    ).django_config()

# A pool must not be inherited by forks: the web process has one, the worker keeps one
# connection a process. Django refuses both at once.
if env.bool("DATABASE_POOL", default=False):
    # Shorter than the 5 s senders of webhooks wait: they are to see our 500 and retry.
    _pool = {"min_size": 1, "max_size": 12, "timeout": 3}
    # After so many times a statement of hiwelink.prepared is planned for good.
    _database["OPTIONS"] = _database.get("OPTIONS", {}) | {
        "pool": _pool,
        "prepare_threshold": 5,
    }
else:
    _database["CONN_MAX_AGE"] = 60
_database["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": _database}

# --- Accounts and sessions ------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"
SESSION_ENGINE = "hiwelink.accounts.sessions"
SESSION_COOKIE_NAME = "hiwelink_session"
CSRF_COOKIE_NAME = "hiwelink_csrf"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_BASE_URL])

AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"  # what the login form calls the address
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_VERBOSE = False
# How many proxies stand in front of us, each adding to X-Forwarded-For. With none the
# header is a visitor's word and is not believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
AXES_CLIENT_IP_CALLABLE = "hiwelink.client_address.client_address"

REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Token"}
KNOX_TOKEN_MODEL = "accounts.ApiToken"
# Its migrations make a table of its own model, which ours stands in for.
MIGRATION_MODULES = {"knox": None}

# --- Transport and browsers -----------------------------------------------------------

_https = PUBLIC_BASE_URL.startswith("https://")
SECURE_SSL_REDIRECT = PRODUCTION and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [
    r"^healthz$",
    r"^readyz$",
    r"^metrics$",
    r"^api/generic-api/webhooks/",
]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION or _https
CSRF_COOKIE_HTTPONLY = True  # scripts find the token in the page
X_FRAME_OPTIONS = "DENY"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        # Product pictures live at the stores.
        "img-src": [SELF, "data:", "https:"] + ([] if PRODUCTION else ["http:"]),
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Management API -------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "hiwelink.api.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["hiwelink.api.BoundedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "hiwelink.api.PageNumberPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "hiwelink.api.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Of one body; hiwelink.api answers 413 for more.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
SPECTACULAR_SETTINGS = {
    "TITLE": "HiWelink management API",
    "DESCRIPTION": "Stores, their sync runs, products, orders and chatbots.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ResourceEnum": "commerce.models.Resource",
        "RunStatusEnum": "commerce.models.RunStatus",
        "DeliveryStatusEnum": "webhooks.models.DeliveryStatus",
        "StoreStatusEnum": "commerce.models.StoreStatus",
        "SyncResourceEnum": [
            ("products", "Products"),
            ("orders", "Orders"),
            ("all", "All"),
        ],
    },
}

# --- Background work ------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
# One page may take four attempts of 30 s with waits of up to 60 s between them.
_TASK_TIMEOUT = 360
Q_CLUSTER: dict[str, Any] = {
    "name": "hiwelink",
    "workers": env.int("WORKERS", default=4),
    "timeout": _TASK_TIMEOUT,
    # The retry clock starts at prefetch: longer than two tasks in a row, or it runs
    # twice. A lost slice is found by the sweeper long before.
    "retry": 2 * _TASK_TIMEOUT + 60,
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.2,
    "catch_up": False,
    "ack_failures": True,
    "save_limit": 200,
    "recycle": 500,
    "label": "Background tasks",
    "log_level": "WARNING",
}
# How long a stopping worker may finish what it does; a slice cut off is picked up again.
WORKER_GRACE_SECONDS = env.float("WORKER_GRACE_SECONDS", default=30.0)
# A worker that began no task for so long hangs, and is restarted: longer than all of its
# processes may be busy with a slice each.
WORKER_SILENCE_SECONDS = env.float("WORKER_SILENCE_SECONDS", default=150.0)
if REDIS_URL:
    # Workers wait in Redis for a second at most; longer than this it is unreachable.
    _separator = "&" if "?" in REDIS_URL else "?"
    _patience = "socket_connect_timeout=3&socket_timeout=10"
    Q_CLUSTER["redis"] = f"{REDIS_URL}{_separator}{_patience}"
    CACHES = {
        "default": {
            "BACKEND": "hiwelink.cache.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }
else:
    Q_CLUSTER["orm"] = "default"
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }

# --- Stores ---------------------------------------------------------------------------

# Addresses a sandbox store may have beside public ones: host names, addresses, networks.
SANDBOX_ALLOWED_HOSTS = frozenset(
    env.list(
        "SANDBOX_ALLOWED_HOSTS",
        default=[] if PRODUCTION else ["127.0.0.1", "localhost", "::1"],
    )
)
# Shown on the documentation page for stores that allow only known addresses.
EGRESS_IPS = env.list("EGRESS_IPS", default=[])
# The published pace between two pages of one store; tests and benchmarks turn it off.
SYNC_PAUSE_SECONDS = env.float("SYNC_PAUSE_SECONDS", default=0.2)
# How long sync runs, their issues and what they changed are kept.
SYNC_HISTORY_DAYS = env.int("SYNC_HISTORY_DAYS", default=90)
# The published limit of one whole answer.
SYNC_REQUEST_SECONDS = env.float("SYNC_REQUEST_SECONDS", default=30.0)
# How long a worker stays with one run, and when a run counts as lost with its worker.
SYNC_SLICE_SECONDS = env.float("SYNC_SLICE_SECONDS", default=20.0)
SYNC_LEASE_SECONDS = env.float("SYNC_LEASE_SECONDS", default=45.0)
if SYNC_LEASE_SECONDS <= SYNC_REQUEST_SECONDS:
    raise ImproperlyConfigured(
        "SYNC_LEASE_SECONDS must be longer than SYNC_REQUEST_SECONDS: a run would count "
        "as lost while its worker waits for an answer."
    )
# Where a store without an end is left.
SYNC_MAX_PAGES = env.int("SYNC_MAX_PAGES", default=20_000)

# --- Webhooks -------------------------------------------------------------------------

# How long deliveries stay in the log.
WEBHOOK_LOG_DAYS = env.int("WEBHOOK_LOG_DAYS", default=30)
# Requests a minute: ten times what a very busy store sends. Beyond it: 429.
WEBHOOK_STORE_LIMIT = env.int("WEBHOOK_STORE_LIMIT", default=30_000)
WEBHOOK_ADDRESS_LIMIT = env.int("WEBHOOK_ADDRESS_LIMIT", default=60_000)

# --- Models behind an OpenAI-compatible API -------------------------------------------

# Without a key the model that comes with HiWelink embeds; texts leave this machine for
# nobody else than OPENAI_BASE_URL.
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="")
OPENAI_EMBEDDING_MODEL = env.str(
    "OPENAI_EMBEDDING_MODEL", default="text-embedding-3-small"
)
# Without a key the composer answers. It also does when the model has not begun to
# within so many seconds, or has given a chatbot's day's worth of answers.
OPENAI_CHAT_MODEL = env.str("OPENAI_CHAT_MODEL", default="gpt-4o-mini")
OPENAI_CHAT_SECONDS = env.float("OPENAI_CHAT_SECONDS", default=8.0)
CHAT_MODEL_ANSWERS_PER_DAY = env.int("CHAT_MODEL_ANSWERS_PER_DAY", default=2_000)

# --- Chatbot --------------------------------------------------------------------------

# How long conversations are kept after their last message.
CONVERSATION_DAYS = env.int("CONVERSATION_DAYS", default=90)

# How often one network address may search through one chatbot.
WIDGET_SEARCH_RATE = env.str("WIDGET_SEARCH_RATE", default="600/min")

# --- E-mail and logs ------------------------------------------------------------------

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 15  # seconds; a mail server that hangs must not hold the worker
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default="HiWelink <noreply@localhost>"
)

# How long the audit log of a workspace, and what staff did in the admin, is kept.
AUDIT_LOG_DAYS = env.int("AUDIT_LOG_DAYS", default=365)

# What Prometheus sends as a bearer token to /metrics; without one there is no /metrics.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# line: for people. json: one object a line, for a log collector.
LOG_FORMAT = env.str("LOG_FORMAT", default="line")
if LOG_FORMAT not in {"line", "json"}:
    raise ImproperlyConfigured("LOG_FORMAT is neither 'line' nor 'json'.")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"subject": {"()": "hiwelink.logs.Subject"}},
    "formatters": {
        "line": {
            "()": "hiwelink.logs.LineFormatter",
            "format": "{asctime} {levelname} {name} {told}{message}",
            "style": "{",
        },
        "json": {"()": "hiwelink.logs.JSONFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["subject"],
        }
    },
    "root": {
        "handlers": ["console"],
        "level": env.str("LOG_LEVEL", default="INFO"),
    },
    "loggers": {
        "django-q": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
    },
}
