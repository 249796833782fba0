"""Facts: what is claimed becomes known once, values that exclude each other never overlap, contradictions are asked."""

import contextlib
from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aios.clock import ManualClock, to_text
from aios.decisions.decisions import Decision
from aios.errors import Conflict, InvalidInput, NotFound
from aios.events.catalog import Sender
from aios.events.integrity import projection_digests, rebuild
from aios.kernel import Kernel
from aios.memory.claim import Claim, Fact, Learned
from aios.memory.timeline import TRUST
from aios.processes.past import known_at, moment_of
from tests.invariants import check_promises
from tests.moving import members, moved, opened
from tests.workplace import kernel_at


@pytest.fixture
def kernel(home: Path, database_url: str) -> Iterator[Kernel]:
    kernel = kernel_at(home, aios_database_url=database_url)
    yield kernel
    check_promises(kernel.database)
    kernel.close()


def contact(kernel: Kernel, email: str = "ada@engines.example", name: str = "Ada Byron") -> str:
    with kernel.database.write() as tx:
        return kernel.contacts.resolve(tx, Sender(name=name, email=email), f"ev_{email}")


def tell(kernel: Kernel, subject: str, predicate: str, value: str, trust: str = "contact", **more: Any) -> Learned:
    given = {"source": trust, "trust": trust, "subject": subject, "predicate": predicate, "value": value, **more}
    return kernel.facts.learn([Claim.model_validate(given)])[0]


def known(kernel: Kernel, subject: str, predicate: str = "", **more: str) -> list[Fact]:
    with kernel.database.read() as connection:
        return kernel.facts.known(connection, subject, predicate=predicate, **more)


def values(kernel: Kernel, subject: str, predicate: str, **more: str) -> list[str]:
    return [fact.value for fact in known(kernel, subject, predicate, **more)]


def spans(kernel: Kernel, subject: str, predicate: str) -> list[tuple[str, str, str]]:
    with kernel.database.read() as connection:
        family = kernel.contacts.family(connection, subject)
    items = kernel.memory.items(kinds=["fact"], subjects=family)
    mine = [item for item in items if item.attributes["predicate"] == predicate]
    return sorted((item.valid_from[:10], item.valid_to[:10], item.attributes["value"]) for item in mine)


def questions(kernel: Kernel) -> list[Decision]:
    with kernel.database.read() as connection:
        return kernel.decisions.list(connection, kind="fact", status="open")


def test_of_a_single_valued_predicate_the_newer_value_supersedes_from_when_it_holds(kernel: Kernel) -> None:
    ada = contact(kernel)
    assert tell(kernel, ada, "role", "Engineer", valid_from="2024-01-01").outcome == "learned"
    changed = tell(kernel, ada, "role", "Director", valid_from="2026-01-01")
    assert (changed.outcome, changed.before) == ("superseded", "Engineer")
    assert values(kernel, ada, "role") == ["Director"]
    assert values(kernel, ada, "role", at="2025-06-01") == ["Engineer"]
    assert spans(kernel, ada, "role") == [("2024-01-01", "2026-01-01", "Engineer"), ("2026-01-01", "", "Director")]


def test_a_fact_that_becomes_known_late_ends_where_the_next_one_begins(kernel: Kernel) -> None:
    ada = contact(kernel)
    tell(kernel, ada, "location", "Kiel", valid_from="2026-01-01")
    tell(kernel, ada, "location", "Jena", valid_from="2020-01-01")
    tell(kernel, ada, "location", "Bonn", valid_from="2022-01-01", valid_to="2023-01-01")
    assert spans(kernel, ada, "location") == [
        ("2020-01-01", "2022-01-01", "Jena"),
        ("2022-01-01", "2023-01-01", "Bonn"),
        ("2023-01-01", "2026-01-01", "Jena"),
        ("2026-01-01", "", "Kiel"),
    ]


def test_of_other_predicates_values_add_up(kernel: Kernel) -> None:
    ada = contact(kernel)
    for number in ("+49 431 880 0", "+49 (0)30 901820"):
        assert tell(kernel, ada, "phone", number).outcome == "learned"
    assert sorted(values(kernel, ada, "phone")) == ["+4930901820", "+494318800"]


def test_the_same_again_only_adds_its_source(kernel: Kernel) -> None:
    ada = contact(kernel)
    first = tell(kernel, ada, "employer", "Engines Ltd", event_id="ev_1", confidence=0.6)
    again = tell(kernel, ada, "employer", " Engines  Ltd ", "owner", event_id="ev_2", confidence=0.9)
    assert (again.outcome, again.item_id) == ("confirmed", first.item_id)
    [fact] = known(kernel, ada, "employer")
    assert ([source["event_id"] for source in fact.sources], fact.trust, fact.confidence) == (
        ["ev_1", "ev_2"],
        "owner",
        0.9,
    )
    shown = kernel.memory.show(fact.item_id)
    assert shown.source_events[1:] == ("ev_1", "ev_2")
    assert shown.confidence == 0.9


def test_the_same_event_teaches_nothing_twice_whatever_became_of_it(kernel: Kernel) -> None:
    ada = contact(kernel)
    old = {"event_id": "ev_1", "valid_from": "2025-01-01"}
    item = tell(kernel, ada, "role", "Engineer", **old).item_id
    tell(kernel, ada, "role", "Director", event_id="ev_2", valid_from="2026-01-01")
    before = spans(kernel, ada, "role")
    assert tell(kernel, ada, "role", "Engineer", **old).outcome == "known"
    phone = tell(kernel, ada, "phone", "+494318800", event_id="ev_1").item_id
    kernel.memory.retract(phone, "wrong", "owner")
    assert tell(kernel, ada, "phone", "+494318800", event_id="ev_1").outcome == "known"
    assert spans(kernel, ada, "role") == before
    assert values(kernel, ada, "phone") == []
    assert len(kernel.memory.history(item)) == 2


def test_what_contradicts_a_more_trusted_source_is_asked_and_a_yes_takes_it(kernel: Kernel) -> None:
    ada = contact(kernel)
    tell(kernel, ada, "role", "Engineer", "owner", valid_from="2026-01-01")
    said = tell(kernel, ada, "role", "Director", event_id="ev_1", quote="Ada Byron, Director", case_id="lead-0001")
    assert (said.outcome, values(kernel, ada, "role")) == ("asked", ["Engineer"])
    [question] = questions(kernel)
    with kernel.database.read() as connection:
        shown = kernel.decisions.shown(connection, question)
    assert [(one.label, one.source) for one in shown.evidence] == [
        ("Believed: Engineer", "owner"),
        ("Said now: Director", "contact"),
    ]
    assert shown.evidence[1].text == "Ada Byron, Director"
    kernel.answers.give(question.id, "approve", question.version, actor="owner")
    [fact] = known(kernel, ada, "role")
    assert (fact.value, fact.trust) == ("Director", "owner")
    assert [source["source"] for source in fact.sources] == ["contact", "owner"]
    assert spans(kernel, ada, "role")[0] == ("2026-01-01", fact.valid_from[:10], "Engineer")


def test_a_no_keeps_the_old_value_and_is_not_asked_again(kernel: Kernel) -> None:
    ada = contact(kernel)
    tell(kernel, ada, "role", "Engineer", "document", valid_from="2026-01-01")
    tell(kernel, ada, "role", "Director", event_id="ev_1")
    assert tell(kernel, ada, "role", "Director", event_id="ev_2").outcome == "asked"
    [question] = questions(kernel)
    with pytest.raises(InvalidInput, match="takes yes"):
        kernel.answers.give(question.id, "revise", question.version, actor="owner", note="hm")
    kernel.answers.give(question.id, "reject", question.version, actor="owner")
    [fact] = known(kernel, ada, "role")
    assert (fact.value, fact.trust) == ("Engineer", "owner")
    assert tell(kernel, ada, "role", "Director", event_id="ev_3").outcome == "kept"
    assert questions(kernel) == []


def test_two_values_from_the_same_moment_are_asked_unless_one_is_trusted_more(kernel: Kernel) -> None:
    ada = contact(kernel)
    for predicate, trusts, outcome in (
        ("role", ("contact", "contact"), "asked"),
        ("employer", ("contact", "owner"), "superseded"),
        ("language", ("contact", "rules"), "kept"),
    ):
        told = [("de", "en") if predicate == "language" else ("One", "Two")] * 2
        tell(kernel, ada, predicate, told[0][0], trusts[0], valid_from="2026-01-01")
        assert tell(kernel, ada, predicate, told[0][1], trusts[1], valid_from="2026-01-01").outcome == outcome
    assert spans(kernel, ada, "employer") == [("2026-01-01", "", "Two")]


def test_a_question_is_void_and_its_claim_weighed_anew_when_what_it_contradicts_changes(kernel: Kernel) -> None:
    ada = contact(kernel)
    tell(kernel, ada, "role", "Engineer", "owner", valid_from="2026-01-01")
    tell(kernel, ada, "role", "Director", event_id="ev_1")
    [first] = questions(kernel)
    assert isinstance(kernel.clock, ManualClock)
    kernel.clock.advance(days=-10)
    tell(kernel, ada, "role", "Partner", "owner")
    kernel.clock.advance(days=10)
    with kernel.database.read() as connection:
        assert kernel.decisions.get(connection, first.id).status == "void"
    [second] = questions(kernel)
    with kernel.database.read() as connection:
        assert kernel.decisions.shown(connection, second).diff[0].before == "Partner"


def test_retracting_a_fact_closes_its_question_and_what_stood_against_it_is_believed(kernel: Kernel) -> None:
    ada = contact(kernel)
    old = tell(kernel, ada, "role", "Engineer", "owner", valid_from="2026-01-01").item_id
    tell(kernel, ada, "role", "Director", event_id="ev_1")
    [question] = questions(kernel)
    kernel.memory.retract(old, "never so", "owner")
    assert questions(kernel) == []
    assert values(kernel, ada, "role") == ["Director"]
    with kernel.database.read() as connection:
        assert kernel.decisions.get(connection, question.id).status == "void"
    with pytest.raises(Conflict):
        kernel.answers.give(question.id, "approve", question.version, actor="owner")


def two_of_one(kernel: Kernel) -> tuple[str, str]:
    return contact(kernel), contact(kernel, "lovelace@home.example", "Ada Lovelace")


def test_contacts_that_become_one_have_one_value_at_a_time_and_have_their_own_again_when_they_part(
    kernel: Kernel,
) -> None:
    ada, other = two_of_one(kernel)
    tell(kernel, ada, "role", "Engineer", valid_from="2025-01-01", event_id="ev_1")
    tell(kernel, other, "role", "Director", valid_from="2026-01-01", event_id="ev_2")
    for subject in (ada, other):
        tell(kernel, subject, "phone", "+494318800", event_id=f"ev_{subject}")
        tell(kernel, subject, "location", "Kiel", valid_from="2024-01-01", event_id=f"ev_l_{subject}")
    own = [spans(kernel, subject, "role") for subject in (ada, other)]
    kernel.contacts.merge(ada, other, "the same")
    assert spans(kernel, ada, "role") == [
        ("2025-01-01", "2026-01-01", "Engineer"),
        ("2026-01-01", "", "Director"),
    ]
    [phone], [location] = known(kernel, ada, "phone"), known(kernel, ada, "location")
    assert {source["event_id"] for source in phone.sources} == {f"ev_{ada}", f"ev_{other}"}
    assert len(location.sources) == 2
    assert questions(kernel) == []
    kernel.contacts.unmerge(other)
    assert [spans(kernel, subject, "role") for subject in (ada, other)] == own


def test_what_contradicts_once_contacts_are_one_is_asked_and_the_answer_taken(kernel: Kernel) -> None:
    ada, other = two_of_one(kernel)
    tell(kernel, ada, "role", "Engineer", "owner", valid_from="2025-01-01")
    tell(kernel, other, "role", "Director", valid_from="2026-01-01", event_id="ev_2")
    kernel.contacts.merge(ada, other, "the same")
    assert values(kernel, ada, "role") == ["Engineer"]
    [question] = questions(kernel)
    kernel.answers.give(question.id, "approve", question.version, actor="owner")
    assert [value for *_, value in spans(kernel, ada, "role")] == ["Engineer", "Director"]


def test_facts_are_of_the_person_whatever_id_they_go_by(kernel: Kernel) -> None:
    ada, other = contact(kernel), contact(kernel, "lovelace@home.example", "Ada Lovelace")
    tell(kernel, other, "role", "Engineer", valid_from="2025-01-01")
    kernel.contacts.merge(ada, other, "the same")
    tell(kernel, other, "role", "Director", valid_from="2026-01-01")
    assert values(kernel, ada, "role") == values(kernel, other, "role") == ["Director"]


def test_a_claim_that_cannot_be_is_refused_with_the_remedy(kernel: Kernel) -> None:
    ada = contact(kernel)
    for predicate, value, more, why in (
        ("mood", "good", {}, "no predicate"),
        ("phone", "12", {}, "no phone number"),
        ("language", "German", {}, "no language"),
        ("deadline", "soon", {}, "no deadline"),
        ("role", " \x00", {"valid_from": "2026-13-01"}, "no day or time"),
        ("role", " ", {}, "no role"),
        ("role", "Boss", {"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "cannot end before"),
    ):
        with pytest.raises(InvalidInput, match=why):
            tell(kernel, ada, predicate, value, **more)
    with pytest.raises(NotFound):
        tell(kernel, "con_nope", "role", "Boss")
    item = tell(kernel, ada, "role", "Boss").item_id
    with pytest.raises(Conflict, match="is a fact"):
        kernel.memory.correct(item, text="Other.", reason="none", actor="owner")


def test_what_was_known_at_a_moment_is_told_as_of_then(kernel: Kernel) -> None:
    ada = contact(kernel)
    tell(kernel, ada, "role", "Engineer", valid_from="2025-01-01")
    then = to_text(kernel.clock.now())
    assert isinstance(kernel.clock, ManualClock)
    kernel.clock.advance(days=2)
    tell(kernel, ada, "role", "Director", valid_from="2026-01-01")
    assert values(kernel, ada, "role", known_at=then) == ["Engineer"]
    assert [item.text for item in known_at(kernel, ada, moment_of("2026-11-02")).memory] == [
        "The role of Ada Byron is Engineer."
    ]
    found = kernel.memory.search("role Ada", known_at=then).found
    assert [one.text for one in found] == ["The role of Ada Byron is Engineer."]


def _days() -> st.SearchStrategy[int]:
    return st.integers(0, 9)


_NUMBERS = count()
_TOLD = st.tuples(
    st.just("tell"), st.integers(0, 1), st.sampled_from("ABC"), _days(), st.none() | st.integers(1, 5),
    st.sampled_from(sorted(TRUST)),
)  # fmt: skip
_ACTS = st.lists(
    _TOLD
    | st.tuples(st.sampled_from(["merge", "part", "approve", "reject"]))
    | st.tuples(st.just("retract"), st.integers(0, 3)),
    min_size=2,
    max_size=10,
)


@given(acts=_ACTS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_facts_that_exclude_each_other_never_overlap_whatever_is_told_retracted_merged_and_parted(
    kernel: Kernel, acts: list[tuple[Any, ...]]
) -> None:
    number = next(_NUMBERS)
    pair = contact(kernel, f"c{number}@engines.example"), contact(kernel, f"d{number}@mills.example", "Bo Stone")
    for place, act in enumerate(acts):
        do(kernel, pair, place, act)
        for subject in pair:
            held = spans(kernel, subject, "role")
            for (_, ends, _), (begins, _, _) in pairwise(held):
                assert ends
                assert ends <= begins


def do(kernel: Kernel, pair: tuple[str, str], place: int, act: tuple[Any, ...]) -> None:
    """One act about two contacts, who may be one; what is impossible now is refused and changes nothing."""
    with contextlib.suppress(Conflict):
        match act:
            case ("tell", who, value, day, length, trust):
                until = f"2026-01-{day + length + 10}" if length else ""
                more = {"valid_from": f"2026-01-{day + 10}", "valid_to": until, "event_id": f"ev_{pair[0]}_{place}"}
                tell(kernel, pair[who], "role", value, trust, **more)
            case ("merge",):
                kernel.contacts.merge(*pair, "the same")
            case ("part",):
                kernel.contacts.unmerge(pair[1])
            case ("retract", which):
                held = [fact for subject in pair for fact in known(kernel, subject, "role")]
                for fact in held[which : which + 1]:
                    kernel.memory.retract(fact.item_id, "no", "owner")
            case (verdict,):
                for question in questions(kernel)[:1]:
                    kernel.answers.give(question.id, verdict, question.version, actor="owner")


def test_a_rebuild_from_the_log_knows_the_same_facts(kernel: Kernel) -> None:
    ada = contact(kernel)
    tell(kernel, ada, "role", "Engineer", "owner", valid_from="2026-01-01")
    tell(kernel, ada, "role", "Engineer", event_id="ev_0")
    tell(kernel, ada, "role", "Director", event_id="ev_1")
    tell(kernel, ada, "location", "Kiel", valid_from="2020-01-01", event_id="ev_2")
    tell(kernel, ada, "location", "Jena", valid_from="2021-01-01", event_id="ev_3")
    before = projection_digests(kernel.log), known(kernel, ada)
    rebuild(kernel.log)
    assert (projection_digests(kernel.log), known(kernel, ada)) == before


def test_facts_and_their_questions_leave_and_arrive_as_they_were(home: Path, tmp_path: Path) -> None:
    from aios.portability.leaving import export

    with opened(home) as kernel:
        ada = contact(kernel)
        tell(kernel, ada, "role", "Engineer", "owner", valid_from="2026-01-01")
        tell(kernel, ada, "role", "Engineer", event_id="ev_0")
        tell(kernel, ada, "role", "Director", event_id="ev_1")
        export(kernel, tmp_path / "all.zip")
        before = known(kernel, ada)
    again = moved(tmp_path / "all.zip", tmp_path / "new")
    assert members(again) == members(tmp_path / "all.zip")
    with opened(tmp_path / "new") as kernel:
        assert known(kernel, ada) == before
        [question] = questions(kernel)
        kernel.answers.give(question.id, "approve", question.version, actor="owner")
        assert values(kernel, ada, "role") == ["Director"]
