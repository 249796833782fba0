"""Working contexts are kept for a while and given again, and made anew as soon as anything they rest on has changed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aios.clock import ManualClock
from aios.events.catalog import MessageReceived, Sender
from aios.events.event import NewEvent
from aios.forgetting.forgetting import forget
from aios.memory import preferences
from aios.memory.contexts import KEPT_FOR, ContextState
from aios.memory.preferences import Habit
from aios.memory.tables import working_contexts
from aios.processes.runner import Runner
from assets.lead_intake import LEAD_INTAKE_PROCESS
from tests.company import Company, found_company
from tests.invariants import check_promises
from tests.workplace import client_of

ASKS = "Hello, we need a new website with about six pages. How much does it cost, and how long does it take? Ana"
NONE = "It is the first one that is kept."


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    yield from asked(found_company(home))


@pytest.fixture
def anywhere(home: Path, database_url: str) -> Iterator[Company]:
    yield from asked(found_company(home, database_url))


def asked(company: Company) -> Iterator[Company]:
    """A company with a case, `lead-0001`, whose context was read once."""
    company.learn()
    company.kernel.memory.add(kind="note", title="Fair", text="We meet people at the fair in Kiel.")
    company.mail(ASKS)
    company.work()
    yield company
    check_promises(company.kernel.database)
    company.kernel.close()


def read_again(company: Company, case_id: str = "lead-0001") -> None:
    """The step that makes the context runs again."""
    [result] = Runner(company.kernel, LEAD_INTAKE_PROCESS).run_case(case_id, ["lead_context"], "again")
    assert result.state in ("made", "unchanged"), result.reason


def state(company: Company, case_id: str = "lead-0001") -> ContextState | None:
    with company.kernel.database.read() as connection:
        return company.kernel.memory.contexts.state(connection, case_id, company.case(case_id).contact_id)


def texts(company: Company, case_id: str = "lead-0001") -> str:
    return "\n".join(piece["text"] for piece in company.output(case_id, "lead_context")["pieces"])


def tick(company: Company, **more: float) -> None:
    assert isinstance(company.kernel.clock, ManualClock)
    company.kernel.clock.advance(**(more or {"minutes": 1}))


def test_a_context_is_given_again_while_nothing_has_changed_and_made_anew_when_its_time_is_over(
    anywhere: Company,
) -> None:
    company = anywhere
    first = state(company)
    assert first and (first.reason, first.served, first.fresh, first.changed) == (NONE, 0, True, ())
    tick(company)
    read_again(company)
    again = state(company)
    assert again and (again.made_at, again.served, again.reason) == (first.made_at, 1, NONE)
    assert again.served_at > again.made_at
    tick(company, seconds=KEPT_FOR.total_seconds())
    before = texts(company)
    read_again(company)
    late = state(company)
    assert late and (late.served, late.reason) == (0, "Made anew: the one before was too old.")
    assert texts(company) == before


def fair(company: Company) -> str:
    return next(item.item_id for item in company.kernel.memory.items(kinds=["note"]) if item.title == "Fair")


def correct(company: Company) -> None:
    company.kernel.memory.correct(fair(company), text="We meet at the fair in Jena.", reason="moved", actor="owner")


def retract(company: Company) -> None:
    company.kernel.memory.retract(fair(company), "over", "owner")


def note_about_them(company: Company) -> None:
    contact = company.case("lead-0001").contact_id
    company.kernel.memory.add(kind="note", title="Ana", text="Ana likes marzipan.", subject=contact)


def new_document(company: Company) -> None:
    offer = b"# Website offer\n\nA new website of six pages costs EUR 7,777 now.\n"
    company.kernel.memory.ingest_document("new-offer.md", offer)


def accept_preference(company: Company) -> None:
    with company.kernel.database.write() as tx:
        preferences.put_in_force(tx, company.kernel.log, Habit("block", "en.farewell", "Warmly,", "en"), ["dec_1"])


def switch_off(company: Company) -> None:
    with company.kernel.database.read() as connection:
        [one] = preferences.in_force(connection)
    preferences.switch_off(company.kernel.log, one.id)


def adopt_policy(company: Company) -> None:
    file = company.kernel.settings.home / "policies.yaml"
    file.write_text(file.read_text().replace("because: ", "because: Now, "))
    assert company.kernel.policies.reload().outcome == "adopted"


def write_again(company: Company) -> None:
    message = MessageReceived(channel="mail", sender=Sender(email="ana@lead.example"), text="Anything new?")
    company.kernel.log.record(NewEvent("case/lead-0001", message, case_id="lead-0001"))


def merge(company: Company) -> None:
    company.mail("Hello, what does a data audit cost? Ana", email="ana@home.example", id="m2", subject="Audit")
    company.work()
    company.kernel.contacts.merge(company.case("lead-0001").contact_id, company.case("lead-0002").contact_id, "same")


CHANGES: dict[str, tuple[Callable[[Company], None], str, str]] = {
    "an item is corrected": (correct, "what is known of the business", ""),
    "it is retracted": (retract, "what is known of the business", ""),
    "a document comes": (new_document, "what is known of the business", "EUR 7,777"),
    "something is noted of them": (note_about_them, "what is known of them", "marzipan"),
    "a preference is accepted": (accept_preference, "preferences and templates", "Warmly,"),
    "a preference is switched off": (switch_off, "preferences and templates", ""),
    "a policy is adopted": (adopt_policy, "the policies", "Now, "),
    "they write again": (write_again, "the newest message", ""),
}


def test_a_context_is_made_anew_when_anything_it_rests_on_has_changed(company: Company) -> None:
    for change, (act, said, text) in CHANGES.items():
        assert text == "" or text not in texts(company), change
        tick(company)
        act(company)
        found = state(company)
        assert found and (said in found.changed or said == "the policies"), change
        read_again(company)
        again = state(company)
        assert again and (again.reason, again.served, again.changed) == (f"Made anew: {said} changed.", 0, ()), change
        assert text in texts(company), change


def test_a_context_is_made_anew_when_contacts_become_one_and_when_they_part(company: Company) -> None:
    merge(company)
    read_again(company)
    after = state(company)
    assert after and "who the contact is" in after.reason and "which other cases they have" in after.reason
    company.kernel.contacts.unmerge(company.case("lead-0002").contact_id)
    read_again(company)
    parted = state(company)
    assert parted and parted.reason.startswith("Made anew: who the contact is") and parted.served == 0


def test_what_a_case_itself_teaches_of_its_contact_changes_none_of_its_context(company: Company) -> None:
    assert company.output("lead-0001", "lead_facts")["learned"]
    read_again(company)
    found = state(company)
    assert found and found.served == 1


def test_a_forgotten_person_is_in_no_kept_context_and_none_is_kept_for_them_after(company: Company) -> None:
    note_about_them(company)
    read_again(company)
    contact, message = company.case("lead-0001").contact_id, company.output("lead-0001", "lead")["message"]
    with company.kernel.database.read() as connection:
        assert "marzipan" in str(connection.scalar(sa.select(working_contexts.c.snapshot)))
    forget(company.kernel, contact)
    assert kept(company) == []
    lead = MessageReceived.model_validate({**message, "raw_blob": ""})
    company.kernel.memory.context_for(company.case("lead-0001"), contact, lead)  # a run that was under way
    assert kept(company) == []


def kept(company: Company) -> list[Any]:
    with company.kernel.database.read() as connection:
        return list(connection.execute(sa.select(working_contexts)).all())


def test_what_was_made_while_an_index_was_away_is_not_kept(home: Path) -> None:
    company = found_company(home, aios_embeddings="onnx", aios_onnx_dir=home / "nowhere")
    company.learn()
    company.mail(ASKS)
    company.work()
    assert company.output("lead-0001", "lead_context")["notices"]
    assert kept(company) == []
    company.kernel.close()


def test_two_processes_that_read_and_change_at_once_end_with_what_is_true(anywhere: Company) -> None:
    url = anywhere.kernel.settings.aios_database_url
    other = found_company(anywhere.kernel.settings.home, url.get_secret_value() if url else "")

    def work(company: Company, name: str) -> None:
        for number in range(3):
            company.kernel.memory.add(kind="note", title=name, text=f"The website of {name} has {number} pages.")
            read_again(company)

    with ThreadPoolExecutor(2) as pool:
        for done in (pool.submit(work, anywhere, "Ada"), pool.submit(work, other, "Bo")):
            done.result()
    read_again(anywhere)
    served = context_of(anywhere)
    clear(anywhere)
    read_again(other)
    assert context_of(anywhere) == served
    other.kernel.close()


def context_of(company: Company) -> Any:
    return company.output("lead-0001", "lead_context")


def clear(company: Company) -> None:
    with company.kernel.database.write() as tx:
        tx.execute(sa.delete(working_contexts))


ACTS = {
    "correct": correct, "note": note_about_them, "document": new_document, "prefer": accept_preference,
    "message": write_again, "wait": tick, "read": read_again,
}  # fmt: skip


@given(acts=st.lists(st.sampled_from(sorted(ACTS)), min_size=1, max_size=6))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_is_given_again_is_what_would_be_made_anew(company: Company, acts: list[str]) -> None:
    for act in acts:
        ACTS[act](company)
        read_again(company)
    served = context_of(company)
    clear(company)
    read_again(company)
    assert context_of(company) == served


def test_the_case_says_as_of_when_its_context_is_and_what_has_changed_since(company: Company) -> None:
    read_again(company)
    client = client_of(company.kernel)
    page = client.get("/cases/lead-0001").text
    assert "Taken from the cache 1 time since" in page and "Nothing it was made from has changed." in page
    note_about_them(company)
    page = client.get("/cases/lead-0001").text
    assert "Changed since: what is known of them" in page
    found = client.get("/api/cases/lead-0001").json()["working_context"]
    assert (found["served"], found["changed"]) == (1, ["what is known of them"])
