"""The example inbox: every kind of lead ends where a newcomer is told it will."""

import pytest

from aios.events.integrity import projection_digests, rebuild
from tests.company import Company, found_company


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Company:
    company = found_company(tmp_path_factory.mktemp("examples"))
    company.learn()
    company.drop()
    company.work()
    return company


def outcomes(company: Company) -> dict[str, str]:
    return {case.title: case.outcome or case.waiting_on for case in company.cases()}


def test_at_least_twelve_leads_wait_in_the_queue_or_are_archived(company: Company) -> None:
    assert len(company.cases()) >= 12
    assert all(case.status in ("waiting", "closed") for case in company.cases()), outcomes(company)
    assert sum(case.waiting_on == "decision" for case in company.cases()) >= 10, outcomes(company)


def test_the_spam_is_archived(company: Company) -> None:
    assert "spam" in {case.outcome for case in company.cases()}, outcomes(company)


def test_the_duplicates_are_recognised(company: Company) -> None:
    with company.kernel.database.read() as connection:
        messages = company.kernel.log.read(connection, types=("message.received",))
    assert any("duplicate" in event.payload.flags for event in messages)
    assert len({case.title for case in company.cases()}) == len(company.cases())


def test_the_broken_file_is_quarantined_with_its_reason(company: Company) -> None:
    with company.kernel.database.read() as connection:
        [item] = company.kernel.quarantine.list(connection)
    assert item.reason and item.remedy


def test_no_draft_states_a_price_that_is_not_in_its_context(company: Company) -> None:
    for case in company.cases():
        if case.waiting_on == "decision":
            assert "ungrounded" not in company.output(case.id, "lead_reply_draft")["flags"], case.title


def test_rebuilding_the_examples_gives_identical_projections(company: Company) -> None:
    before = projection_digests(company.kernel.log)
    rebuild(company.kernel.log)
    assert projection_digests(company.kernel.log) == before
