"""The contract of transfers: a file for the bank is written once, and taken back as long as nobody has picked it up."""

from datetime import timedelta
from typing import Any

from aios.clock import Clock
from aios.connectors.bank_transfer.request import Pay, PayReceipt, TakeBack, TakeBackReceipt
from aios.connectors.base import Connector
from aios.connectors.contract import Compensation, Contract, Irreversible, Operation
from aios.money import Money
from aios.settings import Settings
from aios.traffic.rates import Rate


def _preview(asked: Pay) -> str:
    sum_ = Money(asked.cents, "EUR")
    when = f"on {asked.due}" if asked.due else "at once"
    return (
        f"A transfer file is written: {sum_} to {asked.payee.name}, {asked.payee.iban}, {when}.\n{asked.text}".strip()
    )


def _back(_request: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
    return {"message_id": receipt["message_id"]}


def _sandbox(settings: Settings, clock: Clock) -> Connector:
    from aios.connectors.bank_transfer.files import TransferFiles

    return TransferFiles(settings, clock, "sandbox")


def _live(settings: Settings, clock: Clock) -> Connector:
    from aios.connectors.bank_transfer.files import TransferFiles

    return TransferFiles(settings, clock, "live")


BANK_TRANSFER = Contract(
    name="bank_transfer",
    version=1,
    title="Bank transfer",
    operations=(
        Operation(
            name="pay",
            request=Pay,
            receipt=PayReceipt,
            identified_by="the file's name and the MsgId and EndToEndId in it, made from the effect's key",
            undo=Compensation("take_back", _back, "The file can be taken back until it is picked up for the bank."),
            risk="money",
            preview=_preview,
        ),
        Operation(
            name="take_back",
            request=TakeBack,
            receipt=TakeBackReceipt,
            identified_by="that the file lies among those taken back",
            undo=Irreversible("It stays taken back; pay the invoice by other ways."),
            risk="low",
            preview=lambda asked: f"The transfer file {asked.message_id}.xml is taken back.",
        ),
    ),
    rate=Rate(60, timedelta(minutes=1)),
    account=lambda settings: settings.aios_bank_iban[-4:] or "no account",
    configured=lambda settings: bool(settings.aios_bank_iban),
    sandbox=_sandbox,
    live=_live,
)
