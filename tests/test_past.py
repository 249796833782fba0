"""What was known about a contact at a moment: as it was then, whatever has been learned, merged or decided since."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from aios.cli.main import app
from aios.clock import ManualClock, to_text
from aios.database.blobs import blobs
from aios.errors import InvalidInput, NotFound
from aios.events.catalog import Sender
from aios.kernel import Kernel
from aios.processes.past import FORGOTTEN, Past, known_at, moment_of
from tests.invariants import check_promises
from tests.workplace import ask, client_of, kernel_at, lead

DAY = {"hours": 24}


@pytest.fixture
def kernel(home: Path, database_url: str) -> Iterator[Kernel]:
    kernel = kernel_at(home, aios_database_url=database_url)
    yield kernel
    check_promises(kernel.database)
    kernel.close()


def forward(kernel: Kernel) -> None:
    assert isinstance(kernel.clock, ManualClock)
    kernel.clock.advance(**DAY)


def meet(kernel: Kernel, email: str, *, name: str = "", case_id: str = "") -> str:
    """A message comes from the address; returns whose it is. A case is named after them."""
    with kernel.database.write() as tx:
        contact = kernel.contacts.resolve(tx, Sender(name=name, email=email), f"ev_{email}_{name}")
        if case_id:
            kernel.cases.name(tx, case_id, contact_id=contact)
    return contact


def on(kernel: Kernel, contact: str, day: str) -> Past:
    return known_at(kernel, contact, moment_of(day))


def test_a_contact_has_the_names_aliases_and_merges_of_then(kernel: Kernel) -> None:
    ada = meet(kernel, "ada@engines.example")
    forward(kernel)
    assert meet(kernel, "ada@engines.example", name="Ada Byron") == ada
    other = meet(kernel, "lovelace@home.example", name="Ada Lovelace")
    forward(kernel)
    kernel.contacts.merge(ada, other, "the same")
    first, second, third = (on(kernel, ada, f"2026-11-0{day}").contact for day in (2, 3, 4))
    assert (first.name, second.name) == ("ada@engines.example", "Ada Byron")
    assert (first.merged_from, second.merged_from, third.merged_from) == ((), (), (other,))
    assert "lovelace@home.example" not in second.values("email")
    assert "lovelace@home.example" in third.values("email")
    assert on(kernel, other, "2026-11-03").contact.id == other
    assert on(kernel, other, "2026-11-04").contact.id == ada
    with pytest.raises(NotFound, match="was not known on 2026-11-02"):
        on(kernel, other, "2026-11-02")


def test_memory_is_what_was_recorded_and_valid_then(kernel: Kernel) -> None:
    ada, bo = meet(kernel, "ada@engines.example"), meet(kernel, "bo@b.example")
    first = kernel.memory.add(kind="fact", title="Budget", text="She has 5,000 EUR.", subject=ada)
    kernel.memory.add(kind="fact", title="Bo", text="Somebody else.", subject=bo)
    forward(kernel)
    kernel.memory.close(first, "superseded")
    kernel.memory.add(kind="fact", title="Budget", text="She has 9,000 EUR.", subject=ada)
    texts = [[item.text for item in on(kernel, ada, f"2026-11-0{day}").memory] for day in (2, 3)]
    assert texts == [["She has 5,000 EUR."], ["She has 9,000 EUR."]]


def test_what_was_forgotten_since_is_told_as_forgotten(kernel: Kernel) -> None:
    ada = meet(kernel, "ada@engines.example")
    kernel.memory.add(kind="fact", title="Budget", text="She has 5,000 EUR.", subject=ada)
    with kernel.database.write() as tx:
        tx.execute(blobs.delete())
    assert [item.text for item in on(kernel, ada, "2026-11-02").memory] == [FORGOTTEN]


def test_cases_and_decisions_stand_as_they_stood_then(kernel: Kernel) -> None:
    case_id = lead(kernel)
    ada = meet(kernel, "ada@engines.example", case_id=case_id)
    forward(kernel)
    ask(kernel, case_id)
    forward(kernel)
    with kernel.database.read() as connection:
        [decision] = kernel.decisions.list(connection, case_id=case_id, status="open")
    kernel.answers.give(decision.id, "reject", decision.version, actor="owner")
    asked, told, ended = (on(kernel, ada, f"2026-11-0{day}") for day in (2, 3, 4))
    assert [case.id for case in asked.cases] == [case_id]
    assert (asked.decisions, ended.decisions) == ((), ())
    assert [each.id for each in told.decisions] == [decision.id]
    assert asked.contact.cases == (case_id,)


def test_a_case_that_was_somebody_elses_by_then_is_not_told(kernel: Kernel) -> None:
    case_id = lead(kernel)
    ada, bo = meet(kernel, "ada@engines.example", case_id=case_id), meet(kernel, "bo@b.example")
    forward(kernel)
    with kernel.database.write() as tx:
        kernel.cases.name(tx, case_id, contact_id=bo)
    assert [len(on(kernel, who, day).cases) for who in (ada, bo) for day in ("2026-11-02", "2026-11-03")] == [
        1,
        0,
        0,
        1,
    ]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(deeds=st.lists(st.sampled_from(["name", "merge", "learn", "close", "ask", "pause"]), min_size=1, max_size=8))
def test_the_past_is_what_the_present_said_at_the_time(tmp_path_factory, deeds) -> None:
    kernel = kernel_at(tmp_path_factory.mktemp("home"))
    case_id = lead(kernel)
    ada, bo = meet(kernel, "ada@engines.example", case_id=case_id), meet(kernel, "bo@b.example")
    said = []
    for number, deed in enumerate(deeds):
        act(kernel, deed, number, ada, bo, case_id)
        said.append((to_text(kernel.clock.now()), present(kernel, ada)))
        forward(kernel)
    assert [past_of(kernel, ada, at) for at, _ in said] == [told for _, told in said]
    kernel.close()


def act(kernel: Kernel, deed: str, number: int, ada: str, bo: str, case_id: str) -> None:
    with kernel.database.read() as connection:
        case = kernel.cases.get(connection, case_id)
        merged = kernel.contacts.canonical(connection, bo) != bo
    known = kernel.memory.items(subjects=[ada])
    match deed:
        case "name":
            meet(kernel, "ada@engines.example", name=f"Ada {number}")
        case "merge":
            kernel.contacts.unmerge(bo) if merged else kernel.contacts.merge(ada, bo, "the same")
        case "learn":
            kernel.memory.add(kind="fact", title=f"Fact {number}", text=f"It is {number}.", subject=ada)
        case "close" if known:
            kernel.memory.close(known[0].item_id, "no longer")
        case "ask" if not case.paused:
            ask(kernel, case_id)
        case "pause" if case.status != "closed":
            if case.paused:
                kernel.cases.resume(case_id, actor="owner")
            else:
                kernel.cases.pause(case_id, actor="owner")


def present(kernel: Kernel, contact: str):
    with kernel.database.read() as connection:
        view = kernel.contacts.get(connection, contact)
        family = kernel.contacts.family(connection, contact)
        cases = kernel.cases.list(connection, contact_ids=family)
        waiting = [each for case in cases for each in kernel.decisions.list(connection, case_id=case.id, status="open")]
    return view, cases, waiting, sorted(item.text for item in kernel.memory.items(subjects=family))


def past_of(kernel: Kernel, contact: str, at: str):
    past = known_at(kernel, contact, moment_of(at))
    return past.contact, list(past.cases), list(past.decisions), sorted(item.text for item in past.memory)


def test_a_day_counts_to_its_end_and_a_time_to_the_moment() -> None:
    assert to_text(moment_of("2026-05-03")) == "2026-05-03T23:59:59.999999Z"
    assert to_text(moment_of("2026-05-03T14:00")) == "2026-05-03T14:00:00.000000Z"
    assert to_text(moment_of("2026-05-03T14:00:00+02:00")) == "2026-05-03T12:00:00.000000Z"
    for text in ("3 May", "2026-02-30", "2026-05-03T25:00", ""):
        with pytest.raises(InvalidInput, match="no day or time"):
            moment_of(text)


def test_the_command_tells_the_past_to_people_and_programs(
    kernel: Kernel, home: Path, database_url: str, monkeypatch
) -> None:
    monkeypatch.setenv("AIOS_HOME", str(home))
    monkeypatch.setenv("AIOS_DATABASE_URL", database_url)
    monkeypatch.setenv("AIOS_EMBEDDINGS", "lexical")
    case_id = lead(kernel)
    ada = meet(kernel, "ada@engines.example", name="Ada Byron", case_id=case_id)
    kernel.memory.add(kind="fact", title="Budget", text="She has 5,000 EUR.", subject=ada)
    said = CliRunner().invoke(app, ["contacts", "show", ada, "--at", "2026-11-02"])
    assert said.exit_code == 0, said.output
    for words in (
        "As of 2026-11-02 23:59:59 UTC",
        "Ada Byron",
        "She has 5,000 EUR.",
        case_id,
        "Open decisions\n  none",
    ):
        assert words in said.stdout
    told = json.loads(CliRunner().invoke(app, ["contacts", "show", ada, "--at", "2026-11-02", "--json"]).stdout)
    assert (told["contact"]["name"], [case["id"] for case in told["cases"]]) == ("Ada Byron", [case_id])
    assert CliRunner().invoke(app, ["contacts", "show", ada, "--at", "2026-11-01"]).exit_code == 1


def test_the_api_tells_what_is_and_what_was_known(kernel: Kernel) -> None:
    ada = meet(kernel, "ada@engines.example", case_id=lead(kernel))
    forward(kernel)
    kernel.memory.add(kind="fact", title="Budget", text="She has 5,000 EUR.", subject=ada)
    client = client_of(kernel)
    now, then = client.get(f"/api/contacts/{ada}").json(), client.get(f"/api/contacts/{ada}?at=2026-11-02").json()
    assert ([item["title"] for item in now["memory"]], then["memory"]) == (["Budget"], [])
    assert then["cases"] == now["cases"] and now["cases"][0]["contact_id"] == ada
    assert (then["at"], then["position"]) == ("2026-11-02T23:59:59.999999Z", now["position"] - 1)
    assert client.get(f"/api/contacts/{ada}?at=2026-11-01").status_code == 404
    assert client.get(f"/api/contacts/{ada}?at=May").status_code == 422
