"""The settings under test: the product's own, in a data folder and pace of their own."""

import os
import tempfile
from pathlib import Path

_scratch = Path(__file__).resolve().parent.parent / "var" / "test"
os.environ["DATA_DIR"] = os.environ.get("TEST_DATA_DIR", str(_scratch))
os.environ["HIWELINK_ENV"] = "development"
os.environ["EMBEDDED_POSTGRES_DURABLE"] = "false"
os.environ["SYNC_PAUSE_SECONDS"] = "0"
os.environ.pop("REDIS_URL", None)

from hiwelink.settings import *
from hiwelink.settings import DATABASES, STORAGES

# Several test runs may share the machine.
DATABASES["default"]["TEST"] = {"NAME": f"test_hiwelink_{os.getpid()}"}
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
MEDIA_ROOT = tempfile.gettempdir()
