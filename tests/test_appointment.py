"""A lead who asks for an appointment is offered times that are free, and the one that they take is booked once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aios.connectors.calendar.opened import calendar_of
from aios.effects.switching import switch
from aios.processes.appointment import LeadAppointment
from aios.processes.booking import with_times
from aios.processes.times import Slot, asks_for_appointment, taken
from tests.company import Company, found_company
from tests.invariants import check_promises
from tests.peers.radicale import Radicale

BERLIN = ZoneInfo("Europe/Berlin")
ASK = "Hello,\n\nwe need a new website for our bakery with five pages. Could we have a short call about it?\n\nAna"
CASE = "lead-0001"


def slot(day: int, hour: int, minute: int = 0, month: int = 11) -> Slot:
    start = datetime(2026, month, day, hour, minute, tzinfo=BERLIN)
    return Slot(start=start.isoformat(), end=(start + timedelta(minutes=30)).isoformat())


OFFERED = (slot(5, 9), slot(5, 16, 30), slot(6, 9), slot(6, 14))  # a Thursday and a Friday


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home)
    company.learn()
    yield company
    check_promises(company.kernel.database)
    company.kernel.close()


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Could we have a short call about it?", True),
        ("When are you free next week?", True),
        ("I would like to talk about our shop.", True),
        ("Please give me a call.", True),
        ("Können wir kurz telefonieren?", True),
        ("Wann hätten Sie Zeit für ein Gespräch?", True),
        ("Haben Sie einen Termin frei?", True),
        ("We need a website with appointment booking.", False),
        ("Our patients want to book an appointment online.", False),
        ("Wir brauchen eine Terminbuchung für Kunden.", False),
        ("Please send a price, no call needed.", False),
        ("Bitte keinen Termin, nur ein Angebot.", False),
        ("We cannot change the menu without calling somebody.", False),
        ("What does a website cost?", False),
    ],
)
def test_only_who_asks_for_an_appointment_with_us_is_offered_one(text: str, asks: bool) -> None:
    assert asks_for_appointment(text) is asks


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Thursday at 9 works for me.", 0),
        ("The second one, please.", 1),
        ("Friday, 6 November, 2 pm is fine", 3),
        ("Gerne am 6.11. um 9 Uhr.", 2),
        ("Option 3", 2),
        ("16:30!", 1),
        ("Der letzte Termin passt.", 3),
        ("Donnerstag 16.30 Uhr", 1),
        ("2026-11-06 14:00", 3),
        ("Thursday", None),
        ("Thursday or Friday at 9", None),
        ("Thursday at 9 does not work, Friday at 9 might.", None),
        ("Saturday at 9?", None),
        ("Friday at 10", None),
        ("Great, thank you!", None),
        ("Leider passt keiner der Termine.", None),
        ("32.13. um 99:99, Option 0", None),
    ],
)
def test_a_time_is_taken_where_the_words_fit_one_that_was_offered_and_no_other(text: str, place: int | None) -> None:
    assert taken(text, OFFERED, BERLIN) == (None if place is None else OFFERED[place])


@given(
    starts=st.sets(st.tuples(st.integers(1, 28), st.integers(8, 18), st.sampled_from((0, 30))), min_size=1, max_size=6),
    language=st.sampled_from(("en", "de")),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_what_is_said_as_it_was_offered_is_taken_for_what_it_is(
    starts: set, language: str, data: st.DataObject
) -> None:
    offered = [slot(*start) for start in sorted(starts)]
    chosen = data.draw(st.sampled_from(offered))
    assert taken(f"OK: {chosen.words(language).partition('–')[0]}", offered, BERLIN) == chosen


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_no_text_makes_the_reading_fail(text: str) -> None:
    assert taken(text, OFFERED, BERLIN) in (None, *OFFERED)
    assert asks_for_appointment(text) in (True, False)


def test_times_stand_before_the_farewell_and_once() -> None:
    offer = LeadAppointment(trigger="e", state="offered", zone="Europe/Berlin", slots=OFFERED)
    body = "Hello Ana,\n\nThank you.\n\nKind regards,\n\nLena"
    said = with_times(body, offer, "en", "Lena")
    assert said.startswith("Hello Ana,\n\nThank you.\n\nFor a call") and said.endswith(
        "enough.\n\nKind regards,\n\nLena"
    )
    assert with_times(said, offer, "en", "Lena") == said
    assert with_times("Hallo", offer, "de", "Lena").endswith("Eine kurze Antwort mit einer davon genügt.")


def offered(company: Company, case_id: str = CASE) -> list[Slot]:
    return [Slot.model_validate(each) for each in company.output(case_id, "lead_appointment")["slots"]]


def send_reply(company: Company, case_id: str = CASE) -> str:
    """Approve the reply; returns its message id."""
    company.answer(case_id)
    company.pass_undo_window()
    [sent] = [each for each in company.effects(case_id) if each.connector == "mail" and each.done][:1]
    return str((sent.receipt or {})["message_id"])


def take(company: Company, words: str, mail: str, id: str = "m2", **who: str) -> None:
    company.mail(words, id=id, subject="Re: A new website", headers=f"In-Reply-To: {mail}\n", **who)
    company.work()


def appointments(company: Company) -> list[str]:
    return [file.read_text() for file in (company.kernel.settings.home / "outbox" / "calendar").glob("*.ics")]


def test_a_time_that_the_lead_takes_is_booked_once_before_the_reply_and_cancelled_by_a_rollback(
    company: Company,
) -> None:
    company.mail(ASK)
    company.work()
    times = offered(company)
    assert len(times) == 4 and all(each.begins >= company.kernel.clock.now() + timedelta(hours=24) for each in times)
    reply = send_reply(company)
    assert times[0].words("en") in company.outbox()[0].replace("=E2=80=93", "–").replace("=\n", "")
    take(company, f"Yes, {times[1].words('en')} please", reply)
    asked = company.decision(CASE)
    assert asked.step == "lead_appointment" and asked.title.startswith("Call with Ana Lopes: ")
    assert appointments(company) == []
    company.answer(CASE)
    company.pass_undo_window()
    [made] = appointments(company)
    assert times[1].begins.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") in made
    assert "Our appointment: " in company.output(CASE, "lead_reply_draft")["draft"]["body"]
    send_reply(company)
    assert company.case(CASE).outcome == "answered"
    company.kernel.cases.retry(CASE, actor="owner")
    company.work()
    assert len(appointments(company)) == 1
    company.kernel.rollback.start(CASE, "owner")
    for _ in range(6):
        company.work()
        with company.kernel.database.read() as connection:
            open_ = company.kernel.decisions.list(connection, case_id=CASE, status="open")
        if not open_:
            break
        company.answer(CASE, "approve" if open_[0].title.startswith("Undo calendar") else "reject")
        company.pass_undo_window()
    assert appointments(company) == [] and company.case(CASE).outcome == "rolled_back"


def test_a_time_that_was_taken_meanwhile_is_not_booked_and_others_are_offered(company: Company) -> None:
    company.mail(ASK)
    company.work()
    times, reply = offered(company), send_reply(company)
    twin = company.kernel.connectors["calendar", "sandbox"]
    twin.perform("create", {"title": "Dentist", "start": times[0].start, "end": times[0].end}, "other/1")
    take(company, times[0].words("en"), reply)
    found = company.output(CASE, "lead_appointment")
    assert found["state"] == "offered" and "no longer free" in found["note"] and times[0] not in offered(company)
    assert company.decision(CASE).step == "lead_reply" and len(appointments(company)) == 1


def test_what_one_lead_has_taken_is_not_free_for_another_though_the_owner_has_not_decided_yet(
    company: Company,
) -> None:
    other = {"email": "ben@other.example", "name": "Ben Otte"}
    company.mail(ASK)
    company.mail(ASK.replace("Ana", "Ben").replace("bakery", "garage"), id="b1", **other)
    company.work()
    times = offered(company)
    assert times == offered(company, "lead-0002")
    first, second = send_reply(company), send_reply(company, "lead-0002")
    take(company, times[0].words("en"), first)
    assert company.decision(CASE).step == "lead_appointment"
    take(company, times[0].words("en"), second, id="b2", **other)
    assert company.output("lead-0002", "lead_appointment")["state"] == "offered"
    assert times[0] not in offered(company, "lead-0002")


def test_running_again_changes_no_offer_that_can_be_kept(company: Company) -> None:
    company.mail(ASK)
    company.work()
    before, asked = offered(company), company.decision(CASE).id
    company.kernel.clock.advance(hours=3)  # type: ignore[attr-defined]
    company.kernel.cases.retry(CASE, actor="owner")
    company.work()
    assert offered(company) == before and company.decision(CASE).id == asked


def test_with_no_times_in_the_policies_or_no_calendar_the_reply_goes_its_way(company: Company) -> None:
    file = company.kernel.settings.home / "policies.yaml"
    file.write_text(file.read_text().replace("offer: 4", "offer: 0"))
    assert company.kernel.policies.reload().outcome == "adopted"
    company.mail(ASK)
    company.work()
    assert company.output(CASE, "lead_appointment")["state"] == "none" and company.decision(CASE).step == "lead_reply"


def test_it_goes_through_a_real_calendar_and_a_rollback_takes_it_out_again(home: Path) -> None:
    peer = Radicale(home / "radicale").start()
    company = found_company(home, aios_caldav_url=peer.url, aios_owner_email="lena@nordlicht.example")
    kernel = company.kernel
    try:
        switch(kernel.gate, kernel.connectors, "calendar", "live", "owner")
        company.mail(ASK)
        company.work()
        times, reply = offered(company), send_reply(company)
        take(company, times[2].words("en"), reply)
        company.answer(CASE)
        company.pass_undo_window()
        [text] = peer.appointments().values()
        assert "Call with Ana Lopes" in text and company.output(CASE, "lead_appointment")["state"] == "booked"
        [busy] = calendar_of(kernel.settings, kernel.clock, "live").busy(times[2].begins, times[2].ends)
        assert busy == (times[2].begins, times[2].ends)
        company.mail(ASK.replace("Ana", "Ben"), id="b1", email="ben@other.example", name="Ben Otte", subject="A garage")
        company.work()
        assert times[2] not in offered(company, "lead-0002")
        peer.stop()
        take(company, "Thank you. Could we have a second call?", reply, id="m3")
        assert "did not answer" in company.output(CASE, "lead_appointment")["note"]
    finally:
        peer.stop()
        kernel.close()
