"""The contract of contacts: cards are made, changed, removed and brought back, each undone by another operation."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aios.clock import Clock
from aios.connectors.base import Connector
from aios.connectors.contacts.address import SETTING
from aios.connectors.contacts.request import Change, Create, Receipt, Remove, Restore
from aios.connectors.contract import Compensation, Contract, Operation
from aios.connectors.web import account_label
from aios.credentials.credentials import Credentials
from aios.settings import Settings
from aios.traffic.rates import Rate

MARK = "a mark in the card, made from the effect's key"


def _undo(
    operation: str, request: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]], words: str
) -> Compensation:
    return Compensation(operation, request, words, thing="file", unchanged=("etag",))


def _gone(_request: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
    return {"file": receipt["file"], "etag": receipt["etag"]}


def _back(_request: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
    return {"file": receipt["file"], "etag": receipt["etag"], "was": receipt["was"]}


def _preview(what: str, asked: Create | Change) -> str:
    emails, phones = ", ".join(asked.emails or ()), ", ".join(asked.phones or ())
    said = (("Name", asked.name), ("Mail", emails), ("Phone", phones), ("Of", asked.organisation), ("Note", asked.note))
    return "\n".join((what, *(f"{label}: {value}" for label, value in said if value)))


def _account(settings: Settings) -> str:
    return account_label(settings, SETTING, "contacts")


def _sandbox(settings: Settings, clock: Clock) -> Connector:
    from aios.connectors.contacts.sandbox import SandboxContacts

    return SandboxContacts(settings, clock)


def _live(settings: Settings, clock: Clock) -> Connector:
    from aios.connectors.contacts.carddav import CardDav

    return CardDav(settings, clock)


CONTACTS = Contract(
    name="contacts",
    version=1,
    title="Contacts",
    operations=(
        Operation(
            name="create",
            request=Create,
            receipt=Receipt,
            identified_by=f"the card's file and UID, made from the effect's key, and {MARK}",
            undo=_undo("remove", _gone, "The card can be removed again."),
            risk="low",
            preview=lambda asked: _preview("A card is made in the address book.", asked),
        ),
        Operation(
            name="change",
            request=Change,
            receipt=Receipt,
            identified_by=MARK,
            undo=_undo("restore", _back, "The card can be brought back to what it said."),
            risk="low",
            preview=lambda asked: _preview(f"The card {asked.file} is changed.", asked),
        ),
        Operation(
            name="remove",
            request=Remove,
            receipt=Receipt,
            identified_by="that the card is no longer there",
            undo=_undo("restore", _back, "The card can be brought back as it was."),
            risk="low",
            preview=lambda asked: f"The card {asked.file} is removed from the address book.",
        ),
        Operation(
            name="restore",
            request=Restore,
            receipt=Receipt,
            identified_by=MARK,
            undo=_undo("restore", _back, "The card can be brought back to what it said."),
            risk="low",
            preview=lambda asked: f"The card {asked.file} is brought back as it was.",
        ),
    ),
    rate=Rate(60, timedelta(minutes=1)),
    account=_account,
    configured=lambda settings: Credentials(settings).has(SETTING),
    sandbox=_sandbox,
    live=_live,
    credentials=(SETTING,),
)
