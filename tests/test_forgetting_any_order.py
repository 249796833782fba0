"""Whatever is done in whatever order, forgetting leaves a whole log, tables that follow from it, and no trace."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from aios.clock import ManualClock
from aios.errors import Conflict
from aios.events.episodes import FOLDER, Episodes
from aios.events.integrity import projection_digests, rebuild, verify
from aios.forgetting.forgetting import forget
from tests.company import Company, found_company
from tests.invariants import check_promises
from tests.traces import in_database, in_files

PEOPLE = {
    "Zaphira Quennelworth": "blimpernickel",
    "Odalric Vandersnoot": "trumpetoyster",
    "Ysolde Krambambuli": "moonflax",
}
"""Names, each with a word that only this person uses."""

ASKS = """Hello, we sell {word} (number {number}) and need a new website with about six pages. How much does it cost?

Best regards
{name}
"""

ACTS = ("write", "work", "approve", "reject", "wait", "note", "close days", "forget")
DEEDS = st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(sorted(PEOPLE))), min_size=4, max_size=12)


def address(name: str) -> str:
    return f"{name.split()[0]}@{name.split()[1]}.example".lower()


class Life:
    """A company and who has written to it, who was forgotten, and who has written again."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.known: set[str] = set()
        self.written = 0

    def do(self, act: str, name: str) -> None:
        match act:
            case "write":
                self.written += 1
                text = ASKS.format(word=PEOPLE[name], number=self.written, name=name)
                self.company.mail(text, email=address(name), name=name, subject=PEOPLE[name], id=f"m{self.written}")
                self.known.add(name)
            case "work":
                self.company.work()
            case "approve" | "reject":
                self._answer(act)
            case "wait":
                self.company.pass_undo_window()
            case "note" if contact := self._contact(name):
                self.company.kernel.memory.add(kind="note", title=name, text=f"Likes {PEOPLE[name]}.", subject=contact)
            case "close days":
                self._close_days()
            case "forget" if contact := self._contact(name):
                assert forget(self.company.kernel, contact).finished
                self.known.discard(name)
            case _:
                pass

    def _answer(self, act: str) -> None:
        kernel = self.company.kernel
        with kernel.database.read() as connection:
            asked = kernel.decisions.list(connection, status="open")
        for decision in asked[:1]:
            try:
                kernel.answers.give(decision.id, act, decision.version, actor="owner")  # pyright: ignore
            except Conflict:
                assert decision.expires_at  # it has expired meanwhile

    def _contact(self, name: str) -> str:
        with self.company.kernel.database.read() as connection:
            found = self.company.kernel.contacts.list(connection, q=address(name))
        return next((each.id for each in found if each.kind == "person"), "")

    def _close_days(self) -> None:
        kernel = self.company.kernel
        assert isinstance(kernel.clock, ManualClock)
        kernel.clock.advance(seconds=timedelta(days=1).total_seconds())
        episodes = Episodes(kernel.log, kernel.settings.home)
        for day in episodes.days():
            episodes.write(day)


@settings(max_examples=15)
@given(DEEDS)
def test_in_any_order_of_work_and_forgetting_the_log_is_whole_and_no_trace_is_left(
    deeds: list[tuple[str, str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        company = found_company(Path(folder))
        life = Life(company)
        life.do("write", min(PEOPLE))
        life.do("work", "")
        for act, name in deeds:
            life.do(act, name)
        kernel = company.kernel
        assert verify(kernel.log, kernel.settings.home / FOLDER).ok
        check_promises(kernel.database)
        tables = projection_digests(kernel.log)
        rebuild(kernel.log)
        assert projection_digests(kernel.log) == tables
        gone = set(PEOPLE) - life.known
        words = tuple(word for name in gone for word in (address(name), PEOPLE[name], name.split()[1]))
        assert in_files(Path(folder), words) + in_database(kernel.database, words) == []
        kernel.close()
