"""Which time zones a person may choose."""

from functools import cache
from zoneinfo import available_timezones

# Names that stand for a place; the others are leftovers ("EST5EDT", "Etc/GMT+5").
AREAS = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)


@cache
def time_zone_choices() -> list[tuple[str, str]]:
    """Return (name, label) of UTC and every place the system knows, by name."""
    places = sorted(name for name in available_timezones() if name.startswith(AREAS))
    return [("UTC", "UTC")] + [(name, name.replace("_", " ")) for name in places]
