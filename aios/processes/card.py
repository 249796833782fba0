"""The owner's correction of a contact on its way into their address book: what is to change in which card."""

from typing import Any, cast

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from sqlalchemy.engine import Connection

from aios.contacts.tables import cards
from aios.decisions.shown import Change, Impact, Shown
from aios.effects import ledger
from aios.effects.gate import Proposal
from aios.effects.ledger import READY, UNDER_WAY
from aios.errors import Blocked
from aios.events.catalog import CardReceived, ContactCorrected
from aios.policies.verdict import Subject
from aios.processes.context import StepContext

FIELDS = ("name", "emails", "phones", "note")
LOOKED_AT_AGAIN = "the card has changed in the address book"


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CardChange(_Output):
    """What a card is to say (`wanted`) in place of what it said when last read (`was`); a new one without a `file`."""

    contact_id: str
    file: str = ""
    etag: str = ""
    was: dict[str, Any] = {}
    wanted: dict[str, Any] = {}


class CardWritten(_Output):
    """The card as the address book has it now; nothing where there was nothing to write."""

    effect_key: str = ""
    file: str = ""
    etag: str = ""


def card_change_of(step: StepContext) -> CardChange:
    """The correction, against the newest card of the contact that the address book is known to have."""
    said = step.trigger.payload
    assert isinstance(said, ContactCorrected)
    with step.kernel.database.read() as connection:
        contact = step.kernel.contacts.get(connection, said.contact_id)
        family = step.kernel.contacts.family(connection, said.contact_id)
        card = _newest(step, connection, family)
    if card is None:
        known = {"emails": list(contact.values("email")), "phones": list(contact.values("phone"))}
        wanted = {"name": contact.name, **known, "organisation": contact.organisation, "note": contact.note}
        return CardChange(contact_id=contact.id, wanted={name: value for name, value in wanted.items() if value})
    was = {name: getattr(card, name) for name in FIELDS}
    wanted = {
        "name": said.name or card.name,
        "emails": list(dict.fromkeys((*card.emails, *said.emails))),
        "phones": list(dict.fromkeys((*card.phones, *said.phones))),
        "note": said.note or card.note,
    }
    changed = {name: value for name, value in wanted.items() if value != _plain(was[name])}
    held = {name: _plain(was[name]) for name in changed}
    return CardChange(contact_id=contact.id, file=card.file, etag=card.etag, was=held, wanted=changed)


def written(step: StepContext, change: CardChange) -> CardWritten:
    """Write it, once; where the card has changed since it was read, read it again first."""
    if not change.wanted:
        step.close("unchanged", "The address book says so already.")
        return CardWritten()
    key = f"contacts.write/{step.case.id}"
    _must_be_as_read(step, change, key)
    effect = step.effect(_proposal(step, change, key))
    step.close("written")
    receipt = effect.receipt or {}
    return CardWritten(effect_key=key, file=str(receipt.get("file", "")), etag=str(receipt.get("etag", "")))


def _must_be_as_read(step: StepContext, change: CardChange, key: str) -> None:
    with step.kernel.database.write() as tx:
        effect = ledger.find(tx, key)
        if effect and (effect.done or effect.state in (*READY, *UNDER_WAY)):
            return
        newest = _newest(step, tx, step.kernel.contacts.family(tx, change.contact_id))
        if (newest.file, newest.etag) == (change.file, change.etag) if newest else not change.file:
            return
        step.kernel.cases.continue_(tx, step.case.id, "card_change", LOOKED_AT_AGAIN)
    raise Blocked(f"It is looked at again: {LOOKED_AT_AGAIN}.")


def _newest(step: StepContext, connection: Connection, family: list[str]) -> CardReceived | None:
    """The contact's card that changed last, as the address book had it."""
    query = sa.select(cards.c.event_id).where(cards.c.contact_id.in_(family)).order_by(cards.c.at.desc(), cards.c.file)
    event_id = connection.scalar(query.limit(1))
    payload = step.kernel.log.get(connection, event_id).payload if event_id else None
    return payload if isinstance(payload, CardReceived) else None


def _plain(value: Any) -> Any:
    return list(cast(tuple[str, ...], value)) if isinstance(value, tuple) else value


def _proposal(step: StepContext, change: CardChange, key: str) -> Proposal:
    operation = "change" if change.file else "create"
    request = {**({"file": change.file, "etag": change.etag} if change.file else {}), **change.wanted}
    said = step.kernel.connectors.contract("contacts").preview(operation, request)
    name = change.wanted.get("name") or step.case.title
    return Proposal(
        key=key,
        case_id=step.case.id,
        step=step.step,
        connector="contacts",
        operation=operation,
        request=request,
        inputs=step.inputs,
        shown=Shown(
            title=f"Write into your address book: {name}"[:200],
            summary="You corrected this contact here; your address book says something else.",
            proposal=request,
            editable=tuple(change.wanted),
            diff=tuple(Change(field=each, before=_text(change.was.get(each)), after=_text(value))
                       for each, value in change.wanted.items()),
            diff_against="the card in your address book",
            confidence=1.0,
            impact=Impact(people=0, mode=step.kernel.settings.aios_mode),
        ),
        subject=Subject(
            process=step.case.process,
            effect=f"contacts.{operation}",
            confidence=1.0,
            text=said,
            amounts=(),
            recipients=(),
            tier="",
            first_contact=False,
            flags=(),
            now=step.kernel.clock.now(),
            case_id=step.case.id,
            key=key,
        ),
        run_id=step.run_id,
    )  # fmt: skip


def _text(value: Any) -> str:
    return ", ".join(cast(list[str], value)) if isinstance(value, list) else str(value or "")
