import subprocess

import pytest

from hiwelink.embedded_postgres import binaries, ensure_running, stop

from .users import IS_ROOT, NOBODY, Place


@pytest.fixture(params=["ourselves", "plain user"])
def place(request):
    """A place of this very user and, for root, one of a plain user too."""
    if request.param == "ourselves":
        place = Place()
    elif not IS_ROOT:
        pytest.skip("we are a plain user ourselves")
    elif not _is_readable_by_nobody(binaries.package_folder()):
        pytest.skip("the virtual environment is closed to other users")
    else:
        place = Place(NOBODY.pw_uid, NOBODY.pw_gid)
    yield place
    place.clean()


@pytest.fixture
def own_place():
    place = Place()
    yield place
    place.clean()


@pytest.fixture(scope="session")
def server():
    """One running server, used by this very process."""
    place = Place()
    yield ensure_running(place.data_dir, durable=False)
    stop(place.data_dir)
    place.clean()


def _is_readable_by_nobody(path) -> bool:
    test = ["test", "-r", path]
    return subprocess.run(test, check=False, user=NOBODY.pw_uid).returncode == 0
