"""Start the product, fill it, photograph every page into docs/screenshots/."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tests.screenshots.product import ROOT, running_product

FOLDER = ROOT / "docs" / "screenshots"
MOST_BYTES = 2_500_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where they go")
    parser.add_argument(
        "--whole", action="store_true", help="whole pages, to look for faults in"
    )
    parser.add_argument("--only", default="", help="names of some pages, with commas")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with running_product() as environment:
        os.environ.update(environment)
        os.environ["DJANGO_SETTINGS_MODULE"] = "hiwelink.settings"
        import django

        django.setup()
        # These need Django to be set up.
        from tests.screenshots import world
        from tests.screenshots.camera import take_all

        with world.troubled_store() as remote:
            made = world.fill(environment, remote)
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop
            take_all(made, options.folder, options.only, is_whole=options.whole)
    size = sum(path.stat().st_size for path in options.folder.glob("*.png"))
    print(f"{options.folder}: {size / 1e6:.1f} MB")
    if options.folder == FOLDER and size > MOST_BYTES:
        raise SystemExit("That is more than a repository should carry.")


if __name__ == "__main__":
    main()
