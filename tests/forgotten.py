"""Somebody who writes, is answered and remembered, and is to be forgotten; and where words of hers still stand."""

from datetime import timedelta

from aios.events.episodes import Episodes
from aios.events.event import Event
from tests.company import MAIL, Company
from tests.traces import in_database, in_files

WORDS = ("zaphira", "quennelworth", "zaphira@quennelworth.example", "blimpernickel", "+4930901820", "marzipanig")
"""Words that nothing but the person's own messages, and what was made of them, could hold."""

ASKS = """Hello,

we make blimpernickel and need a new website with about six pages. How much does it cost, and how long does it take?
We have about 5,000 EUR and would like to start in January. Call +4930901820.

Best regards
Zaphira Quennelworth
"""

OTHERS = """Hello,

we are a small bakery and need a new shop. How much does it cost? Our neighbour Zaphira Quennelworth told us about you.

Best regards
Ana Lopes
"""


def write(company: Company, text: str = ASKS, *, id: str = "z1", subject: str = "Website for blimpernickel") -> str:
    """She writes; returns the case."""
    return company.mail(text, email="zaphira@quennelworth.example", name="Zaphira Quennelworth", subject=subject, id=id)


def contact_of(company: Company, case_id: str) -> str:
    return company.case(case_id).contact_id


def live(company: Company) -> tuple[str, str, str]:
    """Work with her and with somebody else: an answer that went out, a question open, a note; days sealed."""
    other = company.mail(OTHERS)
    first = write(company)
    company.work()
    company.answer(first)
    company.work()
    company.pass_undo_window()
    second = write(company, ASKS.replace("six", "nine"), id="z2", subject="More blimpernickel")
    company.work()
    contact = contact_of(company, first)
    company.kernel.memory.add(kind="note", title="On Zaphira", text="She likes it marzipanig.", subject=contact)
    company.kernel.memory.add(kind="note", title="Neighbours", text="Ask Zaphira Quennelworth about the fair.")
    return first, second, other


def close_days(company: Company) -> Episodes:
    """Let some days pass, seal them and write their files."""
    company.kernel.clock.advance(seconds=timedelta(days=2).total_seconds())  # pyright: ignore
    episodes = Episodes(company.kernel.log, company.kernel.settings.home)
    for day in episodes.days():
        episodes.write(day)
    return episodes


def traces(company: Company, words: tuple[str, ...] = WORDS) -> list[str]:
    """Where words of hers stand, but for what is somebody else's."""
    return in_files(company.kernel.settings.home, words) + in_database(company.kernel.database, words)


def worked(
    company: Company,
    text: str = ASKS,
    *,
    email: str = "zaphira@quennelworth.example",
    name: str = "Zaphira Quennelworth",
    id: str = "z1",
) -> str:
    """A message came in and was worked on; returns its case."""
    case_id = company.mail(text, email=email, name=name, subject="Website", id=id)
    company.work()
    return case_id


def raw_mail(text: str, id: str) -> bytes:
    given = {"name": "Zaphira Quennelworth", "email": "zaphira@quennelworth.example", "subject": "Website"}
    return MAIL.format(**given, id=id, text=text).encode()


def events_of(company: Company, type_: str) -> list[Event]:
    with company.kernel.database.read() as connection:
        return company.kernel.log.read(connection, types=(type_,))
