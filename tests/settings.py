"""The settings under test: the product's own, in a data folder and pace of their own."""

import os
import tempfile
from pathlib import Path

_scratch = Path(__file__).resolve().parent.parent / "var" / "test"
os.environ["DATA_DIR"] = os.environ.get("TEST_DATA_DIR", str(_scratch))
os.environ["HIWELINK_ENV"] = "development"
os.environ["EMBEDDED_POSTGRES_DURABLE"] = "false"
os.environ["SYNC_PAUSE_SECONDS"] = "0"
for _name in ("REDIS_URL", "DATABASE_URL"):
    os.environ[_name] = ""

from hiwelink.settings import *
from hiwelink.settings import DATA_DIR, DATABASES, STORAGES
from tests.database import make_database

DATABASES["default"] |= make_database(DATA_DIR)
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
MEDIA_ROOT = tempfile.gettempdir()
