"""What policies call a first contact: nothing was ever sent to them, whatever became of the case."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aios.effects.switching import switch
from aios.processes.lead import is_first_contact
from tests.company import Company, found_company
from tests.peers.smtp import SmtpPeer

CASE = "lead-0001"


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home, aios_owner_email="lena@nordlicht.example", aios_smtp_url="smtp://127.0.0.1:9")
    company.mail("We need a website with five pages. What does it cost?")
    company.work()
    yield company
    company.kernel.close()


def is_first(company: Company) -> bool:
    with company.kernel.database.read() as connection:
        return is_first_contact(company.kernel, connection, company.case(CASE).contact_id)


def send(company: Company) -> None:
    company.answer(CASE)
    company.pass_undo_window()


def test_it_is_one_until_a_mail_went_out_and_none_after_a_rollback_which_takes_no_mail_back(company: Company) -> None:
    assert is_first(company)
    company.answer(CASE, "reject")
    assert is_first(company), "a reply that was rejected was never sent"
    company.kernel.cases.retry(CASE, actor="owner")
    company.work()
    send(company)
    assert not is_first(company)
    company.kernel.rollback.start(CASE, "owner")
    company.work()
    company.answer(CASE, "reject")  # no correction follows
    company.work()
    assert (company.case(CASE).outcome, is_first(company)) == ("rolled_back", False)


def test_what_only_the_sandbox_took_was_sent_to_nobody_once_mails_go_out_live(company: Company) -> None:
    send(company)
    assert not is_first(company)
    switch(company.kernel.gate, company.kernel.connectors, "mail", "live", "owner")
    assert is_first(company)


def test_a_new_password_is_tried_at_once_and_the_old_one_is_left_alone(home: Path) -> None:
    smtp = SmtpPeer(password="right").start()
    place = f"127.0.0.1:{smtp.port}"
    file = home / "credentials"
    file.parent.mkdir(parents=True, exist_ok=True)
    company = found_company(home, aios_owner_email="lena@nordlicht.example", aios_mode="live")
    try:
        write(file, f"smtp://lena:wrong@{place}")
        company.mail("We need a website with five pages. What does it cost?")
        company.work()
        send(company)
        [effect] = company.effects(CASE)
        assert (effect.state, smtp.stored) == ("buffered", []) and "535" in effect.reason
        company.work()
        assert company.effects(CASE)[0].state == "buffered"
        write(file, f"smtp://lena:right@{place}")
        company.work()
        assert company.effects(CASE)[0].state == "succeeded" and len(smtp.stored) == 1
        with company.kernel.database.read() as connection:
            assert company.kernel.decisions.list(connection, status="open") == []
    finally:
        smtp.stop()
        company.kernel.close()


def write(file: Path, address: str) -> None:
    file.write_text(f'AIOS_SMTP_URL = "{address}"\n')
    file.chmod(0o600)
