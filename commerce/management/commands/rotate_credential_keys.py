from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hiwelink.key_rotation import rotate_credential_keys


class Command(BaseCommand):
    help = (
        "Encrypt every stored credential and webhook secret anew with the first key of "
        "FERNET_KEYS. To replace a key: put the new one in front of the old one, "
        "restart web and worker, run this, then drop the old one and restart again. "
        "Safe to repeat, to interrupt, and to run beside a working HiWelink."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotation = rotate_credential_keys()
        self.stdout.write(
            f"{rotation.rotated} values encrypted anew, {rotation.current} were "
            "encrypted with the first key already."
        )
        if rotation.unreadable:
            raise CommandError(
                f"{len(rotation.unreadable)} values cannot be read with any of "
                f"FERNET_KEYS: {', '.join(rotation.unreadable[:20])}. Add the key that "
                "encrypted them and run this again, or reconnect these stores."
            )
