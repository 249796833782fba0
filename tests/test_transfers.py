"""Transfers: a file appears for the owner once, whenever a crash falls; one that is taken back is owed again."""

import os
from pathlib import Path
from typing import Any

import pytest

from aios.clock import ManualClock
from aios.connectors.bank_transfer import files
from aios.connectors.bank_transfer.files import TransferFiles
from aios.connectors.base import Absent, Found
from aios.settings import Settings
from tests.bills import bill
from tests.company import found_company
from tests.contracts.transfer import REQUEST
from tests.statements import OURS


class Crash(BaseException):
    """The process is gone: nothing catches it."""


@pytest.mark.parametrize("at", range(4))
def test_a_file_that_the_owner_took_after_a_crash_is_not_written_again(
    home: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    transfers = TransferFiles(Settings.model_validate({"aios_home": home}), ManualClock(), "live")
    steps: list[str] = []

    def dies(name: str, real: Any) -> Any:
        def step(*given: Any) -> None:
            if len(steps) == at:
                raise Crash
            steps.append(name)
            real(*given)

        return step

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_once", dies("write", files.write_once))
        patch.setattr(os, "replace", dies("replace", os.replace))
        if at < 3:
            with pytest.raises(Crash):
                transfers.perform("pay", REQUEST, "k")
        else:
            transfers.perform("pay", REQUEST, "k")
            assert steps == ["write", "write", "replace"]
    taken = [file.rename(home / file.name) for file in transfers.folder.glob("*.xml")]
    found = transfers.look_up("pay", REQUEST, "k")
    assert isinstance(found, Found if taken else Absent)
    if not taken:
        transfers.perform("pay", REQUEST, "k")
        taken = [file.rename(home / file.name) for file in transfers.folder.glob("*.xml")]
    again = transfers.perform("pay", REQUEST, "k")
    assert len(taken) == 1 and not list(transfers.folder.glob("*.xml"))
    assert transfers.look_up("pay", REQUEST, "k") == Found(again)


def test_a_copy_of_a_file_that_an_older_version_wrote_is_made_up_for(home: Path) -> None:
    transfers = TransferFiles(Settings.model_validate({"aios_home": home}), ManualClock(), "live")
    transfers.perform("pay", REQUEST, "k")
    [copy] = (transfers.folder / "kept").glob("*.xml")
    copy.unlink()
    assert isinstance(transfers.look_up("pay", REQUEST, "k"), Found)
    transfers.perform("pay", REQUEST, "k")
    assert copy.is_file() and len(list(transfers.folder.glob("*.xml"))) == 1


def test_a_transfer_that_is_rolled_back_takes_its_entry_back_and_the_invoice_is_owed(home: Path) -> None:
    company = found_company(home, aios_bank_iban=OURS)
    kernel, case_id = company.kernel, company.bill(bill())
    company.work()
    company.answer(case_id)
    company.pass_undo_window()

    def stands() -> tuple[dict[str, int], str]:
        with kernel.database.read() as connection:
            assert kernel.books.problems(connection) == []
            sums = {each.account: each.minor for each in kernel.books.balances(connection) if each.minor}
            return sums, kernel.billing.received.get(connection, case_id).paid_on

    assert stands()[0]["1360"] == -11900 and stands()[1]
    kernel.rollback.start(case_id, "owner")
    company.work()
    with kernel.database.read() as connection:
        open_ = kernel.decisions.list(connection, case_id=case_id, status="open")
    for asked in open_:
        kernel.answers.give(asked.id, "approve", asked.version, actor="owner")
    company.pass_undo_window()
    company.work()
    assert company.case(case_id).outcome == "rolled_back"
    assert stands() == ({"4930": 10000, "1576": 1900, "1600": -11900}, "")
    kernel.cases.retry(case_id, actor="owner")
    company.work()
    assert "was taken back" in _summary(company, case_id)
    company.answer(case_id)
    company.work()
    assert stands()[0]["1360"] == -11900 and stands()[1]
    company.kernel.close()


def _summary(company: Any, case_id: str) -> str:
    with company.kernel.database.read() as connection:
        return company.kernel.decisions.shown(connection, company.decision(case_id)).summary
