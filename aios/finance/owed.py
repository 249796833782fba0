"""`Owed`: what is owed to us and by us at the end of a day, how old it is, and what of it will come in when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.engine import Connection

from aios.billing.open_items import OpenItem, all_items
from aios.finance.aging import AgingLine, aging
from aios.finance.forecast import ForecastLine, Habit, forecast, habits


@dataclass(frozen=True)
class Owed:
    """The open items of a day, the earliest due first, and how late customers pay as far as was known by then."""

    on: date
    items: Sequence[OpenItem]
    habits: Mapping[str, Habit]

    @property
    def aging(self) -> list[AgingLine]:
        """What is open by how many days it is overdue."""
        return aging(self.items, self.on)

    @property
    def forecast(self) -> list[ForecastLine]:
        """What is to come in, week by week."""
        return forecast(self.items, self.habits, self.on)


def read_owed(connection: Connection, on: date) -> Owed:
    """What was owed at the end of the day."""
    items = all_items(connection, on=on)
    return Owed(on, [each for each in items if each.open], habits(connection, items, on))
