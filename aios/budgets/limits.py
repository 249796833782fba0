"""Limits: how much may be spent on models, in micro-dollars."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Limits:
    """The most that may be spent or held per call, per case, per process and day, per day, and per month (UTC).

    Micro-dollars; None is no limit, 0 allows only what is free.
    """

    call: int | None = None
    case: int | None = None
    process: int | None = None
    day: int | None = None
    month: int | None = None

    @property
    def any(self) -> bool:
        """Whether there is any limit at all."""
        return any(getattr(self, field.name) is not None for field in fields(self))


NO_LIMITS = Limits()
"""Nothing is limited."""
