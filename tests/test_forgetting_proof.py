"""After forgetting, the log still proves what it is: to `verify`, in an export, and in the files of closed days."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.events.catalog import PersonForgotten
from aios.events.integrity import verify
from aios.events.redaction import redacted
from aios.events.tables import events
from aios.forgetting.forgetting import forget
from aios.portability.arriving import import_
from aios.portability.leaving import export
from assets.episode_checks import failures
from tests.company import Company, found_company
from tests.damage import change
from tests.forgotten import OTHERS, close_days, contact_of, events_of, live, worked
from tests.invariants import check_promises
from tests.moving import opened


@pytest.fixture
def company(home: Path, database_url: str) -> Iterator[Company]:
    company = found_company(home, database_url)
    company.learn()
    yield company
    check_promises(company.kernel.database)
    company.kernel.close()


DAMAGE: dict[str, Callable[[Connection, int], object]] = {
    "content put into a forgotten event": lambda tx, at: change(tx, at, payload={"title": "Zaphira", **_CASE}),
    "another number in a forgotten event": lambda tx, at: change(tx, at, version=2),
    "a forgotten event that names no certificate": lambda tx, at: change(tx, at, forgotten_by=None),
    "a forgotten event that names another certificate": lambda tx, at: change(tx, at, forgotten_by="ev_other"),
    "another hash": lambda tx, at: change(tx, at, hash="0" * 64),
}
_CASE = {"case_id": "lead-0001", "process": "lead_intake", "process_version": "1", "trigger": "ev_1"}


@pytest.mark.parametrize("what", DAMAGE)
def test_tampering_with_what_was_forgotten_is_found(company: Company, what: str) -> None:
    forget(company.kernel, contact_of(company, worked(company)))
    [at] = [event.position for event in events_of(company, "case.opened")]
    with company.kernel.database.write() as tx:
        rows = tx.execute(sa.select(events).where(events.c.position == at)).mappings().one()
        kept = dict(rows)
        DAMAGE[what](tx, at)
    found = verify(company.kernel.log)
    assert at in {finding.position for finding in found.findings}, found
    with company.kernel.database.write() as tx:
        change(tx, at, **{name: value for name, value in kept.items() if name != "position"})


def test_an_event_that_is_emptied_without_a_certificate_is_found(company: Company) -> None:
    worked(company)
    other = worked(company, OTHERS, email="ana@lead.example", id="o1")
    forget(company.kernel, contact_of(company, "lead-0001"))
    certificate = events_of(company, "person.forgotten")[0]
    [opened] = [event for event in events_of(company, "case.opened") if event.case_id == other]
    with company.kernel.database.write() as tx:
        row = dict(tx.execute(sa.select(events).where(events.c.position == opened.position)).mappings().one())
        change(tx, opened.position, payload=redacted(row)["payload"], forgotten_by=certificate.id)
    assert [finding.position for finding in verify(company.kernel.log).findings] == [opened.position]
    with company.kernel.database.write() as tx:
        change(tx, opened.position, payload=row["payload"], forgotten_by=None)


def test_a_certificate_that_is_changed_vouches_for_nothing(company: Company) -> None:
    forget(company.kernel, contact_of(company, worked(company)))
    certificate = events_of(company, "person.forgotten")[0]
    assert isinstance(certificate.payload, PersonForgotten)
    first = certificate.payload.events[0]
    with company.kernel.database.write() as tx:
        row = dict(tx.execute(sa.select(events).where(events.c.position == certificate.position)).mappings().one())
        forged = certificate.payload.model_copy(update={"events": (first.model_copy(update={"hash": "1" * 64}),)})
        change(tx, certificate.position, payload=forged.model_dump(mode="json"))
    positions = {finding.position for finding in verify(company.kernel.log).findings}
    assert {certificate.position, first.position} <= positions
    with company.kernel.database.write() as tx:
        change(tx, certificate.position, payload=row["payload"])


def test_an_export_of_a_home_that_has_forgotten_arrives_and_verifies(company: Company, tmp_path: Path) -> None:
    live(company)
    forget(company.kernel, contact_of(company, "lead-0002"))
    file = tmp_path / "company.zip"
    export(company.kernel, file)
    with opened(tmp_path / "there") as there:
        import_(there, file)
        found = verify(there.log)
    assert found.ok and found.forgotten == verify(company.kernel.log).forgotten


def test_the_files_of_closed_days_pass_their_checks_after_forgetting(company: Company) -> None:
    live(company)
    episodes = close_days(company)
    forget(company.kernel, contact_of(company, "lead-0002"))
    for day in episodes.days():
        assert failures(episodes, episodes.write(day)) == {}
