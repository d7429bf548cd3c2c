"""Redis as the cache, when it is away too."""

from __future__ import annotations

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis import RedisError

logger = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """Holds counts of what visitors did, and nothing that cannot be lost.

    Without Redis nobody is throttled, instead of nobody being served.
    """

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError as error:
            note(error)
            return default

    def set(self, *args: Any, **options: Any) -> None:
        try:
            super().set(*args, **options)
        except RedisError as error:
            note(error)

    def add(self, *args: Any, **options: Any) -> bool:
        try:
            return bool(super().add(*args, **options))
        except RedisError as error:
            note(error)
            return True

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        try:
            return int(super().incr(key, delta, version))
        except RedisError as error:
            note(error)
            # As of a key that has expired: whoever counts begins anew.
            raise ValueError("The cache does not answer.") from error


def note(error: RedisError) -> None:
    logger.warning("The cache does not answer: %s", error)
