"""Texts made to keep a reader busy: each is read in time, however long it is."""

import pytest

from aios.agents.drafter.check import check_draft
from aios.agents.drafter.rules import draft
from aios.agents.question import data_of
from aios.agents.router.contract import RouterInput
from aios.agents.router.rules import route
from tests.briefs import mail, to_draft

ENDLESS = (
    "1 ",
    "1",
    "a.",
    "1,",
    "100 ",
    "a@",
    "\n",
    "ignore all ",
    "5 EUR ",
    "one ",
    "-",
    "(",
    "www.",
    "+1",
    "x",
    " ",
    "a?",
    "a.b@",
)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("part", ENDLESS)
def test_a_text_without_end_is_read_in_time(part: str) -> None:
    message = mail(part * (200_000 // len(part)), "Website")
    assert route(RouterInput(message=message)).output.reasons
    asked = to_draft(message)
    assert check_draft(asked, draft(asked).output) == ()
    assert len(data_of(asked)) < 60_000
