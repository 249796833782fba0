"""Summaries: what happened so far with a contact, from their closed cases and in their words, never of anybody else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aios.clock import ManualClock
from aios.events.integrity import projection_digests, rebuild
from aios.forgetting.forgetting import forget
from aios.memory.gist import gist
from aios.memory.hygiene import Hygiene
from aios.memory.item import Item
from tests.commands import inside
from tests.company import Company, found_company
from tests.forgotten import traces
from tests.invariants import check_promises
from tests.workplace import client_of, post

ASKS = (
    "Hello,\n\nwe need a new website with about {pages} pages. How much does it cost, and how long does it take?\n\nBye"
)


@pytest.fixture
def company(home: Path, database_url: str) -> Iterator[Company]:
    company = found_company(home, database_url)
    company.learn()
    yield company
    check_promises(company.kernel.database)
    company.kernel.close()


def answered(company: Company, pages: int = 6, email: str = "ana@lead.example", name: str = "Ana Lopes") -> str:
    """A case that is over: asked, answered, closed."""
    case_id = company.mail(ASKS.format(pages=pages), email=email, name=name, id=f"{email}{pages}")
    company.work()
    company.answer(case_id)
    company.pass_undo_window()
    assert company.case(case_id).status == "closed"
    return case_id


def night(company: Company) -> tuple[str, ...]:
    """A day passes and is cleaned; returns the summaries that were made."""
    assert isinstance(company.kernel.clock, ManualClock)
    day = company.kernel.clock.now().date()
    company.kernel.clock.advance(days=1)
    return Hygiene(company.kernel.memory).clean(day).summed_up


def summary(company: Company, contact_id: str) -> Item | None:
    with company.kernel.database.read() as connection:
        return company.kernel.summaries.of(connection, contact_id)


def contact_of(company: Company, case_id: str) -> str:
    return company.case(case_id).contact_id


def test_the_cases_that_closed_are_told_in_their_own_words_with_the_events_they_rest_on(company: Company) -> None:
    first = answered(company)
    contact = contact_of(company, first)
    assert summary(company, contact) is None
    [made] = night(company)
    item = summary(company, contact)
    assert item is not None and item.item_id == made
    assert first in item.text and "answered" in item.text
    assert 'They wrote: "we need a new website with about 6 pages."' in item.text
    assert "We answered, naming" in item.text and "EUR" in item.text
    with company.kernel.database.read() as connection:
        rests_on = [company.kernel.log.get(connection, source["event_id"]) for source in item.attributes["sources"]]
    assert {event.type for event in rests_on} == {"lead.received", "effect.captured", "case.closed"}
    why = company.kernel.links.why(made)
    assert {source["event_id"] for source in item.attributes["sources"]} <= {one.thing.id for one in why.reasons}


def test_a_summary_is_made_anew_only_when_a_case_has_closed_and_supersedes_the_one_before(company: Company) -> None:
    contact = contact_of(company, answered(company))
    [first] = night(company)
    assert night(company) == ()
    second_case = answered(company, 9)
    [second] = night(company)
    item = summary(company, contact)
    assert item is not None and item.item_id == second and second_case in item.text
    assert item.text.startswith("2 closed cases, the newest first.")
    assert [one.item_id for one in company.kernel.memory.history(second)] == [first, second]
    before = projection_digests(company.kernel.log)
    rebuild(company.kernel.log)
    assert projection_digests(company.kernel.log) == before


def test_a_day_made_up_for_later_tells_nothing_older_than_what_is_told_already(company: Company) -> None:
    contact = contact_of(company, answered(company))
    day = company.kernel.clock.now().date()
    night(company)
    answered(company, 9)
    [newest] = night(company)
    assert Hygiene(company.kernel.memory).clean(day).summed_up == ()
    item = summary(company, contact)
    assert item is not None and item.item_id == newest


def test_a_new_case_reads_the_summary_and_one_that_was_open_before_does_not(company: Company) -> None:
    answered(company)
    open_case = company.mail(ASKS.format(pages=12), id="open")
    company.kernel.clock.advance(seconds=1)  # pyright: ignore
    company.work()
    before = company.output(open_case, "lead_context")
    assert about_them(before)
    [made] = night(company)
    later = company.mail(ASKS.format(pages=20), id="later")
    company.work()
    pieces = {piece["item_id"]: piece for piece in company.output(later, "lead_context")["pieces"]}
    assert (pieces[made]["kind"], pieces[made]["title"]) == ("entity", "What happened so far")
    assert company.kernel.memory.show(made).uses == 1
    with company.kernel.database.write() as tx:
        company.kernel.cases.continue_(tx, open_case, "lead_context", "again")
    company.work()
    assert about_them(company.output(open_case, "lead_context")) == about_them(before)


def about_them(snapshot: dict[str, Any]) -> list[dict[str, Any]]:
    return [piece for piece in snapshot["pieces"] if piece["kind"] in ("entity", "history")]


def test_contacts_that_become_one_have_one_summary_and_none_of_the_other_when_they_part(company: Company) -> None:
    first = answered(company)
    second = answered(company, 9, "ana@home.example")
    ana, home = contact_of(company, first), contact_of(company, second)
    assert len(night(company)) == 2
    company.kernel.contacts.merge(ana, home, "the same")
    joint = summary(company, home)
    assert joint is not None and joint.subject == ana and first in joint.text and second in joint.text
    assert len(company.kernel.memory.items(kinds=["summary"])) == 1
    company.kernel.contacts.unmerge(home)
    for contact, own, others in ((ana, first, second), (home, second, first)):
        alone = summary(company, contact)
        assert alone is not None and own in alone.text and others not in alone.text
    assert night(company) == ()


def test_a_summary_that_the_owner_retracts_does_not_come_back_until_another_case_closes(company: Company) -> None:
    contact = contact_of(company, answered(company))
    [made] = night(company)
    company.kernel.memory.retract(made, "not wanted", "owner")
    assert night(company) == () and summary(company, contact) is None
    answered(company, 9)
    assert len(night(company)) == 1


def test_nothing_of_a_forgotten_person_is_left_in_any_summary_also_of_whom_they_were_merged_with(
    company: Company,
) -> None:
    first = answered(company)
    hers = answered(company, 9, "zaphira@quennelworth.example", "Zaphira Quennelworth")
    ana, zaphira = contact_of(company, first), contact_of(company, hers)
    night(company)
    company.kernel.contacts.merge(ana, zaphira, "thought the same")
    company.kernel.contacts.unmerge(zaphira)
    assert forget(company.kernel, zaphira).finished
    words = ("zaphira@quennelworth.example", "9 pages", f"{hers}, answered")
    assert traces(company, words) == []
    night(company)
    left = summary(company, ana)
    assert left is not None and first in left.text
    assert summarised(company) == [ana]


def summarised(company: Company) -> list[str]:
    return [item.subject for item in company.kernel.memory.items(kinds=["summary"])]


def test_many_cases_are_told_within_bounds_and_the_oldest_are_counted(company: Company) -> None:
    from aios.memory.briefs import MOST_CHARACTERS, Brief, summed_up

    briefs = [Brief(f"lead-{n:04}", f"2026-01-{n:02}T00:00:00Z", f"line {n} " + "x" * 90, ()) for n in range(1, 29)]
    text = summed_up(briefs)
    assert len(text) <= MOST_CHARACTERS + 40
    assert text.splitlines()[1].startswith("line 28 ") and text.endswith("more, since 2026-01-01.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hi,\n\nwe bake bread. What does a site of six pages cost?\n\nBye", "What does a site of six pages cost?"),
        ("> What did it cost?\n\nThanks, that is fine.", "Thanks, that is fine."),
        ("", ""),
        ("word " * 100, ("word " * 32).strip() + " […]"),
    ],
)  # fmt: skip
def test_the_gist_of_a_message_is_the_one_sentence_that_says_most(text: str, said: str) -> None:
    assert gist(text) == said


def test_a_summary_is_shown_on_the_contacts_page_by_the_command_and_the_api(home: Path) -> None:
    company = found_company(home)
    company.learn()
    contact = contact_of(company, answered(company))
    client = client_of(company.kernel)
    assert client.get(f"/api/contacts/{contact}/summary").json() == {"summary": None}
    assert "no case of theirs" in inside(home, "memory", "summary", contact).stdout.lower()
    [made] = night(company)
    page = client.get(f"/contacts/{contact}").text
    assert "What happened so far" in page and "we need a new website" in page
    found = client.get(f"/api/contacts/{contact}/summary").json()["summary"]
    assert (found["item_id"], found["version"]) == (made, 1) and len(found["source_events"]) == 4
    assert json.loads(inside(home, "memory", "summary", contact, "--json").stdout)["item_id"] == made
    assert made in inside(home, "memory", "summary", contact).stdout
    assert post(client, f"/memory/{made}/retract", reason="no").status_code == 303
    company.kernel.close()
