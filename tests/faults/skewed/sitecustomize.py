"""On PYTHONPATH, gives a Python a clock that is SKEW_SECONDS off, and its children too.

What Python reads as the time of day, that is; waiting goes by the real clock, as on a
machine whose time is wrong but runs.
"""

import copyreg
import datetime
import os
import time

skew = float(os.environ.get("SKEW_SECONDS", "0"))
real_time, real_datetime = time.time, datetime.datetime


class IsAnyDatetime(type):
    """Those that C code makes are of the real class."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, real_datetime)


class Skewed(real_datetime, metaclass=IsAnyDatetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> real_datetime:
        return real_datetime.now(tz) + datetime.timedelta(seconds=skew)


class SkewedTime:
    """An object, for a function kept in a class would become a method."""

    def __call__(self) -> float:
        return real_time() + skew


if skew:
    time.time = SkewedTime()
    datetime.datetime = Skewed
    # Pickled by the name both classes have, so that either kind of machine reads it.
    Skewed.__module__, Skewed.__qualname__ = "datetime", "datetime"
    copyreg.pickle(real_datetime, lambda moment: (Skewed, moment.__reduce__()[1]))
