"""The event log: facts enter once, in one order, chained; whatever is changed afterwards is found."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from aios.cases.projection import CaseProjection
from aios.clock import ManualClock, SystemClock
from aios.database.engine import Database
from aios.errors import InvalidInput
from aios.events.catalog import CATALOG, CaseOpened, CasePaused, CaseResumed, CaseWaiting, LeadReceived, Sender
from aios.events.event import Appended, NewEvent
from aios.events.integrity import projection_digests, rebuild, verify
from aios.events.log import EventLog, parse_payload
from aios.events.tables import events, log_head
from tests.forking import CONTEXT
from tests.tables import create_tables

ROOT = Path(__file__).parent.parent


@pytest.fixture
def log(database: Database, clock: ManualClock) -> EventLog:
    return EventLog(database, clock, (CaseProjection(),))


def fill(log: EventLog, number: int = 5) -> None:
    for index in range(number):
        log.record(NewEvent(f"case/lead-{index % 2}", CasePaused(reason=f"no {index}")))


def test_events_of_a_stream_are_numbered_without_gaps(log: EventLog) -> None:
    fill(log, 6)
    with log.database.read() as connection:
        assert [event.seq for event in log.read(connection, stream="case/lead-1")] == [1, 2, 3]
        assert [event.position for event in log.read(connection)] == [1, 2, 3, 4, 5, 6]


def test_a_fact_from_the_same_source_enters_once(log: EventLog) -> None:
    message = LeadReceived(channel="api", sender=Sender(email="a@b.example"), text="Hello")
    first = log.record(NewEvent("case/x", message, source="form", source_id="17"))
    again = log.record(NewEvent("case/y", message, source="form", source_id="17"))
    other = log.record(NewEvent("case/y", message, source="form", source_id="18"))
    assert (first.duplicate, again.duplicate, other.duplicate) == (False, True, False)
    assert again.event.id == first.event.id


@pytest.mark.parametrize("text", ["a\x00b", "\ud83d", "ok \udcff"])
def test_what_a_store_cannot_hold_is_refused_in_words_on_both(log: EventLog, text: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be stored"), log.database.read() as connection:
        log.read(connection, stream=text)
    with pytest.raises(InvalidInput, match="cannot be stored"):
        log.record(NewEvent("case/x", CasePaused(reason="held"), actor=text))
    with pytest.raises(InvalidInput, match="too large"), log.database.read() as connection:
        log.read(connection, after=2**63)
    assert verify(log).events == 0


def test_a_payload_that_breaks_its_contract_is_refused_by_field() -> None:
    with pytest.raises(InvalidInput, match=r"lead.received: channel"):
        parse_payload("lead.received", {"channel": "pigeon", "sender": {}})
    with pytest.raises(InvalidInput, match="no event type"):
        parse_payload("lead.invented", {})


def test_every_event_type_is_a_noun_and_a_verb() -> None:
    assert all(len(name.split(".")) == 2 for name in CATALOG)
    assert "lead.received" in CATALOG and "effect.succeeded" in CATALOG


def test_a_whole_log_verifies(log: EventLog) -> None:
    fill(log)
    assert verify(log).ok and verify(log).events == 5


TAMPERING = {
    "a changed payload": (sa.update(events).where(events.c.position == 3).values(payload={"reason": "x"}), 3),
    "a changed actor": (sa.update(events).where(events.c.position == 2).values(actor="somebody"), 2),
    "a removed event": (sa.delete(events).where(events.c.position == 3), 3),
    "a removed end": (sa.delete(events).where(events.c.position == 5), 5),
}


@pytest.mark.breaks_promises
@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found_and_named(log: EventLog, what: str) -> None:
    fill(log)
    statement, position = TAMPERING[what]
    with log.database.write() as tx:
        tx.execute(statement)
    assert verify(log).broken_at == position


@pytest.mark.breaks_promises
def test_reordered_events_are_found(log: EventLog) -> None:
    fill(log)
    with log.database.write() as tx:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            tx.execute(sa.update(events).where(events.c.position == old).values(position=new))
    assert verify(log).broken_at == 2


def test_nothing_is_left_of_a_transaction_that_fails(log: EventLog) -> None:
    with pytest.raises(RuntimeError), log.database.write() as tx:
        log.append(tx, NewEvent("case/x", CasePaused()))
        raise RuntimeError("killed")
    with log.database.read() as connection:
        assert log.head(connection) == 0


def test_a_rebuild_gives_identical_projections(log: EventLog) -> None:
    for number in range(1, 4):
        opened = CaseOpened(
            case_id=f"lead-{number:04d}", process="lead_intake", process_version="1", title="T", trigger="ev"
        )
        log.record(NewEvent(f"case/{opened.case_id}", opened, opened.case_id))
    log.record(NewEvent("case/lead-0002", CasePaused(reason="wait"), "lead-0002"))
    before = projection_digests(log)
    assert rebuild(log) == 4
    assert projection_digests(log) == before


def test_facts_that_enter_together_are_those_that_enter_one_by_one(log: EventLog, tmp_path: Path) -> None:
    other = EventLog(Database(f"sqlite:///{tmp_path / 'other.db'}"), ManualClock(), log.projections)
    create_tables(other.database)
    news: list[NewEvent] = []
    for number in (1, 2):
        case_id = f"lead-000{number}"
        opened = CaseOpened(case_id=case_id, process="lead_intake", process_version="1", title="T", trigger="ev")
        news.append(NewEvent(f"case/{case_id}", opened, case_id, "form", str(number)))
        news.append(NewEvent(f"case/{case_id}", CasePaused(), case_id))
        news.append(NewEvent(f"case/{case_id}", CaseWaiting(step="lead", on="owner", reason="why"), case_id))
        news.append(NewEvent(f"case/{case_id}", CaseResumed(), case_id))
        news.append(NewEvent("case/again", CasePaused(), source="form", source_id="1"))
    with log.database.write() as tx:
        log.append(tx, news[1])
        together = log.append_all(tx, news)
        assert log.append_all(tx, news[:1])[0].duplicate and log.append_all(tx, []) == []
    with other.database.write() as tx:
        other.append(tx, news[1])
        single = [other.append(tx, new) for new in news]
    assert [told(each) for each in together] == [told(each) for each in single]
    assert projection_digests(log) == projection_digests(other)
    assert verify(log).ok and verify(log).events == verify(other).events == 9
    other.database.close()


def told(appended: Appended) -> tuple[Any, ...]:
    event = appended.event
    return event.position, event.stream, event.seq, event.payload, appended.duplicate


def append_many(url: str, number: int) -> None:
    """What each writer process does."""
    log = EventLog(Database(url), SystemClock())
    for index in range(number):
        log.record(NewEvent("case/shared", CasePaused(reason=str(index)), source="s", source_id=str(index)))


def test_writers_in_several_processes_lose_and_repeat_nothing(log: EventLog, database_url: str) -> None:
    writers = [CONTEXT.Process(target=append_many, args=(database_url, 25)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    with log.database.read() as connection:
        assert log.head(connection) == 25
        assert connection.scalar(sa.select(log_head.c.position)) == 25
    assert verify(log).ok


texts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=50)


@settings(max_examples=30, deadline=None)
@given(said=st.lists(st.tuples(st.sampled_from("abc"), texts, st.integers(0, 5)), max_size=20))
def test_whatever_is_said_the_chain_holds_and_sources_stay_unique(tmp_path_factory, said) -> None:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('log') / 'aios.db'}")
    create_tables(database)
    log = EventLog(database, ManualClock())
    for stream, text, source_id in said:
        log.record(NewEvent(f"case/{stream}", CasePaused(reason=text), source=stream, source_id=str(source_id)))
    found = verify(log)
    assert found.ok and found.events == len({(stream, source_id) for stream, _, source_id in said})
    database.close()
