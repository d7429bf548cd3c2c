"""How often one visitor may ask for what is free to ask for."""

from hashlib import sha256

from django.core.cache import cache

HOUR = 3_600


def over_limit(act: str, who: str, *, limit: int, seconds: int = HOUR) -> bool:
    """Count one `act` of `who`; True once there were more than `limit` in `seconds`.

    Counted in the cache: with no Redis each web process counts for itself, so the
    limit is a brake and not a promise.
    """
    key = f"limit:{act}:{sha256(who.encode()).hexdigest()}"
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key) > limit
    except ValueError:  # it expired between the two calls
        return False
