"""`PolicySet`: the shape of a policy file. Unknown settings and wrong types are refused."""

import re
from datetime import time, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from aios.events.catalog import CATALOG
from aios.money import MICROS, Money, to_minor

Outcome = Literal["allow", "ask", "deny"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)

RESERVED = ("default", "never-auto")
"""Names of verdicts that come from no rule in the file."""

ROLLBACK_FLAG = "rollback"
"""The flag of an effect that undoes another one, because the owner has rolled the case back."""

_SUSPICIONS = ("confidence_below", "amount_above", "recipients_above", "words", "flags")
"""Conditions that find something wrong; a rule that allows on one of them would be a mistake."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}; write one like Europe/Berlin") from None
    return name


def _clock_time(value: object) -> object:
    if isinstance(value, str) and len(value.split(":")) == 2:
        return value.zfill(5)
    raise ValueError('write a time of day like "21:00"')


def _some_text(value: str) -> str:
    if not value.strip(" *"):
        raise ValueError("it must have at least one letter")
    return value


Zone = Annotated[str, AfterValidator(_zone)]
ClockTime = Annotated[time, Field(strict=False), BeforeValidator(_clock_time)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Word = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_some_text)]
Names = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(min_length=1)]


Patterns = tuple[Annotated[str, Field(min_length=1, max_length=100)], ...]

_PER_TIME = re.compile(r"(\d{1,6}) per (second|minute|hour|day)")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


class Section(BaseModel):
    """A part of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class QuietHours(Section):
    """Hours of a day, in a time zone, in which nothing goes out by itself; `start` after `end` spans midnight."""

    timezone: Zone = "Europe/Berlin"
    start: ClockTime
    end: ClockTime
    whole_days: Annotated[tuple[Weekday, ...], Field(max_length=6)] = ()

    @model_validator(mode="after")
    def _some_time(self) -> "QuietHours":
        if self.start == self.end:
            raise ValueError("start and end are the same; remove quiet_hours for none")
        return self


class Budgets(Section):
    """What models may cost, in US dollars; `None` is no limit."""

    call: Dollars | None = Decimal("0.10")
    case: Dollars | None = Decimal("0.50")
    process: Dollars | None = Decimal(5)
    day: Dollars | None = Decimal(10)
    month: Dollars | None = Decimal(100)

    def micros(self) -> dict[str, int | None]:
        """The limits in micro-dollars, by name, as `aios.budgets.limits.Limits` takes them."""
        limits = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: None if limit is None else int(limit * MICROS) for name, limit in limits}


class Price(Section):
    """What a model costs in US dollars per million tokens, where the price list does not know it."""

    model: Annotated[str, Field(min_length=1)]
    input: Dollars
    output: Dollars


class PerTime(Section):
    """So many in a time, written as `30 per minute`."""

    count: Annotated[int, Field(ge=1, le=100_000)]
    seconds: int

    @model_validator(mode="before")
    @classmethod
    def _from_words(cls, value: object) -> object:
        found = _PER_TIME.fullmatch(value.strip().lower()) if isinstance(value, str) else None
        if found is None:
            raise ValueError("write it as 30 per minute (or second, hour, day)")
        return {"count": int(found[1]), "seconds": _SECONDS[found[2]]}

    @property
    def per(self) -> timedelta:
        """The time."""
        return timedelta(seconds=self.seconds)


class Priorities(Section):
    """Which effects (or all those of a process) go out before the others when not all can, and which after them."""

    critical: Patterns = ()
    low: Patterns = ()


class Redaction(Section):
    """What is replaced before a model reads a text."""

    emails: bool = True
    phones: bool = True


class Sum(Section):
    """An amount in whole units of a currency, cents after the point."""

    amount: Annotated[Decimal, Field(ge=0, decimal_places=2, allow_inf_nan=False)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]

    def money(self) -> Money:
        """The same in minor units."""
        return Money(to_minor(self.amount, self.currency), self.currency)


class Conditions(Section):
    """When a rule applies; all that are given must hold."""

    process: Names | None = None
    effect: Names | None = None
    tier: Names | None = None
    flags: Names | None = None
    confidence_below: Share | None = None
    confidence_at_least: Share | None = None
    amount_above: Sum | None = None
    amount_at_most: Sum | None = None
    recipients_above: Annotated[int, Field(ge=0)] | None = None
    recipient_domains: Names | None = None
    legal_words: bool | None = None
    words: Annotated[tuple[Word, ...], Field(min_length=1)] | None = None
    first_contact: bool | None = None
    quiet_hours: bool | None = None
    sample: Share | None = None


class Rule(Section):
    """One rule: its name is shown wherever it decided."""

    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,59}$")]
    when: Conditions
    then: Outcome
    because: str = ""

    @model_validator(mode="after")
    def _allows_with_care(self) -> "Rule":
        if self.name in RESERVED:
            raise ValueError(f"the name {self.name!r} is taken by aios itself")
        given = self.when.model_fields_set
        if not given:
            raise ValueError("`when` has no condition, so the rule would decide everything")
        if self.then != "allow":
            return self
        if self.when.effect is None:
            raise ValueError("a rule that allows must name its effect")
        suspicions = [
            name for name in _SUSPICIONS if name in given and not (name == "flags" and self._is_of_a_rollback)
        ]
        wrong = suspicions + ["legal_words"] * bool(self.when.legal_words)
        if wrong:
            raise ValueError(f"a rule that allows cannot rest on {wrong[0]}")
        return self

    @property
    def _is_of_a_rollback(self) -> bool:
        """Whether the one flag that it rests on is no suspicion, but says that the owner has something undone."""
        return self.when.flags == (ROLLBACK_FLAG,)


class Invoices(Section):
    """How invoices that come in are looked at; `schematron` adds the official rules of EN 16931."""

    schematron: bool = False


class Appointments(Section):
    """When the owner meets people, and how many times are offered to a lead who asks; none with `offer: 0`."""

    timezone: Zone = "Europe/Berlin"
    opens: ClockTime = time(9)
    closes: ClockTime = time(17)
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)] = WEEKDAYS[:5]
    minutes: Annotated[int, Field(ge=5, le=480)] = 30
    around: Annotated[int, Field(ge=0, le=480)] = 15
    notice_hours: Annotated[int, Field(ge=0, le=720)] = 24
    days: Annotated[int, Field(ge=1, le=90)] = 14
    offer: Annotated[int, Field(ge=0, le=6)] = 4

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "Appointments":
        if self.opens >= self.closes:
            raise ValueError("closes must be later than opens, on the same day")
        return self


class ReminderStep(Section):
    """A reminder of an overdue invoice: so many days after it was due, in that tone.

    `fee` is in whole units of the invoice's currency; with `interest`, what is owed for the time is asked for too.
    """

    days: Annotated[int, Field(ge=1, le=3650)]
    tone: Literal["friendly", "firm", "final"] = "friendly"
    fee: Annotated[Decimal, Field(ge=0, le=10_000, decimal_places=2, allow_inf_nan=False)] = Decimal(0)
    interest: bool = False


class Reminders(Section):
    """How overdue invoices of ours are chased. `interest` is in percent a year, by actual days of 365.

    `pause` names customers (their name, mail address or contact id) and invoices that nobody is reminded of.
    """

    steps: Annotated[tuple[ReminderStep, ...], Field(max_length=10)] = ()
    interest: Annotated[Decimal, Field(ge=0, le=100, allow_inf_nan=False)] = Decimal(0)
    pause: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=300)], ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _later_and_later(self) -> "Reminders":
        days = [step.days for step in self.steps]
        if days != sorted(set(days)):
            raise ValueError("each step must come later than the one before")
        return self


class Subscription(Section):
    """Another program that is told by webhook what happens: `events` are types of events, a star stands for anything.

    Nothing that says something of a person is told, unless `personal` is true.
    """

    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]
    url: Annotated[str, Field(min_length=8, max_length=2000, pattern="^https?://")]
    events: Names
    personal: bool = False

    @field_validator("events")
    @classmethod
    def _happens(cls, events: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in events:
            if not any(fnmatchcase(name, pattern) for name in CATALOG):
                raise ValueError(f"no event is called {pattern!r}; write one like case.closed, or payment.*")
        return events


class PolicySet(Section):
    """Everything a policy file says; what it leaves out has its default."""

    version: Literal[1]
    undo_seconds: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 30
    decision_ttl_hours: Annotated[float, Field(gt=0, le=8_760, allow_inf_nan=False)] = 168
    quiet_hours: QuietHours | None = None
    budgets: Budgets = Budgets()
    prices: tuple[Price, ...] = ()
    redaction: Redaction = Redaction()
    rates: dict[Annotated[str, Field(pattern="^[a-z0-9_]{1,40}$")], PerTime] = {}
    priorities: Priorities = Priorities()
    invoices: Invoices = Invoices()
    appointments: Appointments = Appointments()
    reminders: Reminders = Reminders()
    webhooks: tuple[Subscription, ...] = ()
    legal_words: tuple[Word, ...] = ()
    never_auto: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    rules: tuple[Rule, ...] = ()

    @field_validator("webhooks")
    @classmethod
    def _told_apart(cls, webhooks: tuple[Subscription, ...]) -> tuple[Subscription, ...]:
        names = [each.name for each in webhooks]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"two webhooks are called {twice!r}")
        return webhooks

    @property
    def undo_window(self) -> timedelta:
        """The time between "approved" and "sent"."""
        return timedelta(seconds=self.undo_seconds)

    @property
    def decision_ttl(self) -> timedelta:
        """How long a decision may be answered."""
        return timedelta(hours=self.decision_ttl_hours)
