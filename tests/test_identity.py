"""Who a sender really is: what leads to a contact, what never does, and merges that can be taken back."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aios.cases.projection import CaseProjection
from aios.clock import ManualClock
from aios.database.engine import Database
from aios.errors import Conflict, InvalidInput, NotFound
from aios.events.catalog import CaseNamed, CaseOpened, Sender
from aios.events.event import NewEvent
from aios.events.integrity import projection_digests, rebuild
from aios.events.log import EventLog
from aios.identity.addresses import normal_email, normal_phone
from aios.identity.contacts import Contacts
from aios.identity.projection import IdentityProjection


@pytest.fixture
def contacts(database: Database) -> Contacts:
    return Contacts(EventLog(database, ManualClock(), (CaseProjection(), IdentityProjection())))


def meet(contacts: Contacts, cause: str, **said: str) -> str:
    with contacts.log.database.write() as tx:
        return contacts.resolve(tx, Sender(**said), cause)


def test_one_address_leads_to_one_contact_however_it_is_written(contacts: Contacts) -> None:
    first = meet(contacts, "ev_1", name="Ada Byron", email="Ada@Engine.Example")
    again = meet(contacts, "ev_2", name="A. Byron", email=" ada@engine.example ")
    tagged = meet(contacts, "ev_3", name="Ada Byron", email="ada+shop@engine.example")

    assert first == again != tagged
    with contacts.log.database.read() as connection:
        ada = contacts.get(connection, first)
    assert (ada.name, ada.values("email"), ada.values("name")) == ("Ada Byron", ("ada@engine.example",), ("A. Byron",))


def test_a_name_alone_never_makes_two_senders_one(contacts: Contacts) -> None:
    assert meet(contacts, "ev_1", name="Jan Berg", email="jan@a.example") != meet(
        contacts, "ev_2", name="Jan Berg", email="jan@b.example"
    )
    assert meet(contacts, "ev_3", name="Jan Berg") != meet(contacts, "ev_4", name="Jan Berg")


def test_the_same_message_makes_one_contact_even_where_nothing_identifies_its_sender(contacts: Contacts) -> None:
    assert meet(contacts, "ev_1", name="Somebody") == meet(contacts, "ev_1", name="Somebody")


def test_a_switchboard_number_joins_colleagues_only_where_the_name_agrees(contacts: Contacts) -> None:
    ada = meet(contacts, "ev_1", name="Ada", email="ada@engine.example", phone="+46 8 123 456 78")

    assert meet(contacts, "ev_2", name="Bo", email="bo@engine.example", phone="+46812345678") != ada
    assert meet(contacts, "ev_3", name="ada", email="ada.private@gmail.com", phone="+46 8 12345678") == ada


def test_a_number_that_leads_to_two_people_leads_to_neither(contacts: Contacts) -> None:
    people = {
        meet(contacts, f"ev_{name}", name=name, email=f"{name}@engine.example", phone="+46812345678")
        for name in ("ada", "bo")
    }

    assert meet(contacts, "ev_3", phone="+46812345678") not in people


def test_a_company_domain_makes_the_organisation_and_free_mail_makes_none(contacts: Contacts) -> None:
    ada = meet(contacts, "ev_1", name="Ada", email="ada@analytical-engine.example")
    bo = meet(contacts, "ev_2", name="Bo", email="bo@mail.analytical-engine.example")
    cy = meet(contacts, "ev_3", name="Cy", email="cy@gmail.com", organisation="Cy & Sons")

    with contacts.log.database.read() as connection:
        views = [contacts.get(connection, contact_id) for contact_id in (ada, bo, cy)]
        organisations = contacts.list(connection, kind="organisation")
    assert [view.organisation for view in views] == ["Analytical Engine", "Analytical Engine", ""]
    assert [(org.name, org.values("domain")) for org in organisations] == [
        ("Analytical Engine", ("analytical-engine.example",))
    ]
    assert "Cy & Sons" in views[2].note


def test_a_later_message_names_a_contact_known_only_by_its_address(contacts: Contacts) -> None:
    first = meet(contacts, "ev_1", email="ada@engine.example")
    meet(contacts, "ev_2", name="Ada Byron", email="ada@engine.example", phone="+46812345678")

    with contacts.log.database.read() as connection:
        ada = contacts.get(connection, first)
    assert (ada.name, ada.values("phone")) == ("Ada Byron", ("+46812345678",))


def test_merged_contacts_show_as_one_with_both_their_cases_and_part_again_as_they_were(contacts: Contacts) -> None:
    work, home = (meet(contacts, mail, name="Ada", email=mail) for mail in ("ada@engine.example", "ada@gmail.com"))
    for number, contact_id in ((1, work), (2, home)):
        opened = CaseOpened(
            case_id=f"lead-{number:04d}", process="lead_intake", process_version="1", title="", trigger=""
        )
        contacts.log.record(NewEvent(f"case/{opened.case_id}", opened, case_id=opened.case_id))
        named = CaseNamed(contact_id=contact_id)
        contacts.log.record(NewEvent(f"case/{opened.case_id}", named, case_id=opened.case_id))
    before = views(contacts)

    assert contacts.merge(work, home, "same person") == work
    with contacts.log.database.read() as connection:
        one = contacts.get(connection, home)
        assert contacts.family(connection, home) == sorted([work, home])
        assert [contact.id for contact in contacts.list(connection, q="ada@gmail")] == [work]
    assert (one.id, one.merged_from, one.cases) == (work, (home,), ("lead-0001", "lead-0002"))
    assert set(one.values("email")) == {"ada@engine.example", "ada@gmail.com"}
    assert meet(contacts, "ev_9", name="Ada", email="ada@gmail.com") == work

    assert contacts.unmerge(home) == work
    assert views(contacts) == before


def test_a_wrong_merge_is_refused_with_the_reason(contacts: Contacts) -> None:
    a, b, c = (meet(contacts, name, name=name, email=f"{name}@{name}.example") for name in ("ann", "ben", "cat"))
    with contacts.log.database.read() as connection:
        organisation = contacts.get(connection, a).organisation_id
    contacts.merge(a, b, "same")

    for kept, merged, error in (
        (a, a, Conflict),
        (b, a, Conflict),
        (c, b, Conflict),
        (a, organisation, InvalidInput),
        (a, "ct_none", NotFound),
    ):
        with pytest.raises(error):
            contacts.merge(kept, merged, "wrong")
    with pytest.raises(Conflict):
        contacts.unmerge(c)


@given(
    moves=st.lists(
        st.one_of(
            st.tuples(st.just("merge"), st.integers(0, 4), st.integers(0, 4)),
            st.tuples(st.just("unmerge"), st.integers(0, 4), st.just(0)),
        ),
        max_size=12,
    )
)
@example(moves=[("merge", 1, 0), ("merge", 2, 1), ("unmerge", 0, 0)])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_merges_taken_back_in_reverse_leave_everything_as_it_was_and_a_rebuild_is_identical(
    sqlite_file: Path,
    moves: list[tuple[str, int, int]],
) -> None:
    with fresh_contacts(sqlite_file) as contacts:
        people = [meet(contacts, f"ev_{n}", name=f"P{n}", email=f"p{n}@firm{n % 2}.example") for n in range(5)]
        states, done = [views(contacts)], []
        for kind, first, second in moves:
            try:
                if kind == "merge":
                    into = contacts.merge(people[first], people[second], "test")
                    done.append((kind, into, people[second]))
                else:
                    done.append((kind, contacts.unmerge(people[first]), people[first]))
            except Conflict:
                continue
            states.append(views(contacts))
        for kind, kept, moved in reversed(done):
            assert views(contacts) == states.pop()
            if kind == "merge":
                contacts.unmerge(moved)
            else:
                contacts.merge(kept, moved, "test")
        assert views(contacts) == states.pop()
        digests = projection_digests(contacts.log)
        rebuild(contacts.log)
        assert projection_digests(contacts.log) == digests


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("Mara@Nordlicht.Example", "mara@nordlicht.example"),
        ("jörg@büro.example", "jörg@büro.example"),
        ("root@printserver", "root@printserver"),
        ("a@b.test", "a@b.test"),
        ("no address", ""),
        ("<a@b>@c", ""),
        ("", ""),
    ],
)
def test_addresses_have_one_form(given_text: str, expected: str) -> None:
    assert normal_email(given_text) == expected


@pytest.mark.parametrize(
    ("text", "email", "expected"),
    [
        ("+49 (0)30 901820", "", "+4930901820"),
        ("030 901820", "a@b.de", "+4930901820"),
        ("030 901820", "a@b.com", ""),
        ("2026-11-0007", "", ""),
        ("call me", "a@b.de", ""),
    ],
)
def test_phone_numbers_have_one_form(text: str, email: str, expected: str) -> None:
    assert normal_phone(text, email) == expected


@contextmanager
def fresh_contacts(sqlite_file: Path) -> Iterator[Contacts]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{shutil.copy(sqlite_file, folder)}")
        yield Contacts(EventLog(database, ManualClock(), (CaseProjection(), IdentityProjection())))
        database.close()


def views(contacts: Contacts) -> object:
    with contacts.log.database.read() as connection:
        return contacts.list(connection)
