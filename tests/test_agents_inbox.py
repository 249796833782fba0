"""The example inbox, read by the real connectors and judged by the rules tier."""

from pathlib import Path

import pytest

from aios.agents.agent import RULES_CONFIDENCE
from aios.agents.qualifier.contract import Qualification
from aios.agents.qualifier.rules import qualify
from aios.agents.router.contract import RouterInput, Routing
from aios.agents.router.rules import route
from aios.connectors.files.reader import read_file
from aios.connectors.incoming import Incoming
from aios.events.catalog import IncomingMessage
from tests.briefs import to_qualify

INBOX = Path(__file__).parents[1] / "examples" / "inbox"


def messages(name: str) -> list[IncomingMessage]:
    """The readable messages of the example file whose name begins like this."""
    (path,) = INBOX.glob(f"{name}-*")
    return [found.message for found in read_file(path.name, path.read_bytes()) if isinstance(found, Incoming)]


def routed(name: str, row: int = 0) -> Routing:
    return route(RouterInput(message=messages(name)[row])).output


def qualified(name: str, row: int = 0) -> Qualification:
    message = messages(name)[row]
    language = routed(name, row).language
    given = to_qualify(message, language=language)
    return qualify(given.model_copy(update={"received_on": "2026-11-20"})).output


LEADS = {
    "01": "en",
    "02": "en",
    "03": "en",
    "04": "en",
    "05": "en",
    "06": "de",
    "07": "fr",
    "08": "ja",
    "09": "en",
    "11": "en",
    "12": "en",
    "15": "en",
    "16": "en",
}


@pytest.mark.parametrize(("name", "language"), LEADS.items())
def test_each_lead_is_a_lead_in_its_language_and_never_more_than_the_rules_can_know(name: str, language: str) -> None:
    found = routed(name)
    assert (found.kind, found.language) == ("lead", language)
    assert 0 < found.confidence <= RULES_CONFIDENCE
    assert found.reasons


def test_each_row_of_a_list_is_a_lead() -> None:
    assert [routed("10", row).kind for row in range(len(messages("10")))] == ["lead"] * 3


def test_the_spam_is_spam_and_sure_enough_to_be_archived() -> None:
    found = routed("13")
    assert found.kind == "spam"
    assert found.confidence >= 0.5


def test_only_the_message_that_gives_orders_is_flagged_for_them() -> None:
    names = [path.name[:2] for path in sorted(INBOX.iterdir())]
    flagged = {name for name in names for row in range(len(messages(name))) if "injection" in routed(name, row).flags}
    assert flagged == {"15"}


@pytest.mark.parametrize("name", LEADS)
def test_no_lead_is_taken_for_somebody_who_sells(name: str) -> None:
    assert not {"sales_pitch", "phishing", "newsletter"} & set(routed(name).flags)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("01", 600_000, 600_000), ("05", 2_500_000, 2_500_000), ("06", 450_000, 450_000), ("09", 80_000, 80_000)],
)
def test_the_budget_is_the_one_they_name(name: str, low: int, high: int) -> None:
    budget = qualified(name).budget
    assert budget is not None
    assert (budget.low_minor, budget.high_minor, budget.currency) == (low, high, "EUR")


@pytest.mark.parametrize("name", ["03", "11", "15", "16"])
def test_who_names_no_budget_has_none(name: str) -> None:
    assert qualified(name).budget is None


def test_a_discount_in_an_injection_raises_no_score_and_becomes_no_budget() -> None:
    assert qualified("15").score < 80
    assert all("90" not in reason.text for reason in qualified("15").reasons)


def test_what_is_urgent_is_urgent_and_what_is_not_said_is_missing() -> None:
    short = qualified("16")
    assert short.urgency == "urgent"
    assert "budget" in short.missing
    assert qualified("05").deadline == "2026-11-27"


@pytest.mark.parametrize("name", ["01", "06", "09", "16"])
def test_what_an_offer_names_fits_and_cites_it(name: str) -> None:
    found = qualified(name)
    assert found.fit in ("strong", "possible")
    assert found.offer_item_ids
    assert set(found.offer_item_ids) <= {"web", "web-de", "care", "pay", "not", "tone"}
