"""Lead intake with a real OpenAI-compatible server: what the steps make of its answers and of its failures."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aios.clock import SystemClock
from tests.company import Company, found_company
from tests.peers.aimock import Aimock
from tests.test_kill import DRAFT, QUALIFICATION, ROUTING

ASKS = "Hello, we need a website of six pages for our bakery. What does it cost, and how long does it take? Number "


@pytest.fixture
def company(home: Path, aimock: Aimock) -> Iterator[Company]:
    given = {"openai_base_url": aimock.base_url, "openai_api_key": "test", "aios_model_timeout": 2}
    company = found_company(home, clock=SystemClock(), **given)
    company.learn()
    yield company
    company.kernel.close()


def answer(aimock: Aimock, *outputs: object) -> None:
    for index, output in enumerate(outputs):
        aimock.answer(output, match={"endpoint": "chat", "sequenceIndex": index})


def kinds(company: Company) -> list[str]:
    with company.kernel.database.read() as connection:
        return [item.kind for item in company.kernel.decisions.list(connection, status="open")]


def test_a_model_drafts_and_the_decision_says_which(company: Company, aimock: Aimock) -> None:
    answer(aimock, ROUTING, QUALIFICATION, DRAFT)
    case_id = company.mail(ASKS + "1")
    company.work()
    with company.kernel.database.read() as connection:
        shown = company.kernel.decisions.shown(connection, company.decision(case_id))
    assert shown.provenance["tier"] == "mid" and shown.provenance["model"]
    assert shown.proposal["text"] == DRAFT["body"]


def test_a_price_that_the_model_invents_is_caught_and_never_trusted(company: Company, aimock: Aimock) -> None:
    invented = DRAFT | {"body": "Dear Ana,\n\nit costs 1,999 EUR and we guarantee it.\n\nBest regards"}
    answer(aimock, ROUTING, QUALIFICATION, invented, invented)
    case_id = company.mail(ASKS + "2")
    company.work()
    draft = company.output(case_id, "lead_reply_draft")
    assert "ungrounded" in draft["flags"] and draft["confidence"] == 0
    assert company.decision(case_id).rule


def test_a_refused_key_is_one_decision_and_the_rules_go_on(company: Company, aimock: Aimock) -> None:
    aimock.fixture({"error": {"message": "Incorrect API key provided"}, "status": 401})
    cases = [company.mail(ASKS + str(number), id=f"m{number}", email=f"a{number}@lead.example") for number in range(3)]
    company.work()
    assert sorted(kinds(company)) == ["effect", "effect", "effect", "remedy"]
    assert {company.output(case_id, "lead_reply_draft")["tier"] for case_id in cases} == {"rules"}


def test_an_answer_of_the_wrong_shape_becomes_a_decision_and_the_owner_may_let_the_rules_do_it(
    company: Company, aimock: Aimock
) -> None:
    aimock.answer({"surprise": True})
    case_id = company.mail(ASKS + "4")
    company.work()
    assert kinds(company) == ["answer"]
    assert len(aimock.requests()) == 2
    company.answer(case_id)
    company.work()
    assert company.output(case_id, "lead")["routing"]["kind"] == "lead"


def test_the_owners_note_makes_the_model_try_again(company: Company, aimock: Aimock) -> None:
    answer(aimock, {"surprise": True}, {"surprise": 2}, ROUTING, QUALIFICATION, DRAFT)
    case_id = company.mail(ASKS + "5")
    company.work()
    company.answer(case_id, "revise", note="Please answer in the shape that is asked for.")
    company.work()
    assert company.output(case_id, "lead_reply_draft")["tier"] == "mid"
    assert kinds(company) == ["effect"]


@pytest.mark.parametrize("fault", [{"disconnectRate": 1.0}, {"latencyMs": 5000}])
def test_a_provider_that_is_down_or_slow_leaves_the_work_to_the_rules(
    company: Company, aimock: Aimock, fault: dict[str, float]
) -> None:
    answer(aimock, ROUTING, QUALIFICATION, DRAFT)
    aimock.chaos(**fault)
    case_id = company.mail(ASKS + "6")
    company.work()
    assert company.output(case_id, "lead_reply_draft")["tier"] == "rules"
    assert kinds(company) == ["effect"]


def test_feedback_reaches_the_model_with_the_draft_it_is_about(company: Company, aimock: Aimock) -> None:
    better = DRAFT | {"body": DRAFT["body"].replace("thank you", "many thanks")}
    answer(aimock, ROUTING, QUALIFICATION, DRAFT, better)
    case_id = company.mail(ASKS + "7")
    company.work()
    company.answer(case_id, "revise", note="Say many thanks.")
    company.work()
    asked = str(aimock.requests()[-1])
    assert "Say many thanks." in asked and "thank you for writing" in asked
    with company.kernel.database.read() as connection:
        shown = company.kernel.decisions.shown(connection, company.decision(case_id))
    assert [change.field for change in shown.diff] == ["text"]
