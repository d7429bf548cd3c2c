from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hiwelink.operations.backups import BackupError, restore_backup


class Command(BaseCommand):
    help = (
        "Fill an empty database from a file that `manage.py backup` wrote, and apply "
        "the migrations it does not have. Give HiWelink the keys of the backup's time "
        "first: FERNET_KEYS and SECRET_KEY, or in development keys.json in DATA_DIR. "
        "Start web and worker afterwards: they take up whatever was waiting."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what `manage.py backup` wrote")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            unreadable = restore_backup(options["file"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        if unreadable:
            raise CommandError(
                f"Restored, but {len(unreadable)} encrypted values cannot be read with "
                f"these FERNET_KEYS: {', '.join(unreadable[:20])}. Put the keys of the "
                "backup's time back and start again; nothing else has to be done."
            )
        self.stdout.write("Restored; every credential can be read.")
