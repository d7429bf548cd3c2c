"""Django's own checks find nothing to say about production settings."""

import os
import subprocess
import sys

from cryptography.fernet import Fernet
from django.conf import settings


def test_check_deploy_is_clean_in_production():
    answer = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "HIWELINK_ENV": "production",
            "SECRET_KEY": Fernet.generate_key().decode() * 2,
            "FERNET_KEYS": Fernet.generate_key().decode(),
            "PUBLIC_BASE_URL": "https://hiwelink.example",
            "ALLOWED_HOSTS": "hiwelink.example",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",  # never dialled
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "no issues" in answer.stdout
