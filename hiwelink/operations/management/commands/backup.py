from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hiwelink.operations.backups import BackupError, write_backup


class Command(BaseCommand):
    help = (
        "Write the whole database into one new file, beside a working HiWelink. The "
        "keys are not in it: keep FERNET_KEYS and SECRET_KEY (in development "
        "DATA_DIR/keys.json) as well, in another place. Without FERNET_KEYS a backup's "
        "credentials cannot be read by anybody."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that does not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            write_backup(path)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{path}: {path.stat().st_size:,} bytes. The keys are not in it; keep them "
            "in another place."
        )
