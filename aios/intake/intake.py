"""`Intake`: takes in files, mails and posted events, each once, into a case or into the quarantine."""

import json
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import Cases
from aios.clock import Clock, to_text
from aios.connectors.files.draft import read_draft_file
from aios.connectors.files.reader import read_file
from aios.connectors.incoming import Document, Incoming, Problem
from aios.connectors.mail.address import one_line
from aios.connectors.mail.parse import parse_mail
from aios.connectors.payments.events import MEDIA_TYPE as STRIPE_EVENT
from aios.connectors.webhooks.incoming import STRIPE, Delivery
from aios.database import blobs
from aios.errors import InvalidInput
from aios.events.catalog import (
    AttachmentRef,
    CaseFailed,
    IncomingMessage,
    InputRepeated,
    LeadReceived,
    MessageReceived,
    WebhookReceived,
)
from aios.events.event import Appended, Event, NewEvent
from aios.events.log import EventLog
from aios.events.tail import is_forgotten
from aios.ids import digest_bytes
from aios.intake.documents import take
from aios.intake.facts import as_problem, take_facts
from aios.intake.fingerprint import fingerprint
from aios.intake.inbox import Inbox
from aios.intake.invoices import apart, invoice_file
from aios.intake.posted import ACCEPTED, EVENT_MEDIA_TYPE, read_event
from aios.intake.quarantine import Quarantine
from aios.intake.receipt import Receipt
from aios.intake.tables import known_messages, mail_threads
from aios.text import clean

PROCESS = "lead_intake"
SAME_WORDS_FOR = timedelta(days=30)
"""How long the same words from the same sender count as the same request."""

MACHINE_MADE = {"auto_reply", "auto_generated", "bounce", "list", "bulk"}
"""Flags of mails that never start a case's work again; answering machines is how mail loops begin."""


class Intake:
    """The way in. Reading happens before the transaction, so that a slow or hostile input holds nobody up."""

    def __init__(
        self, log: EventLog, cases: Cases, clock: Clock, home: Path, own_addresses: Collection[str] = ()
    ) -> None:
        self.log = log
        self.cases = cases
        self.clock = clock
        self.quarantine = Quarantine(log)
        self.inbox = Inbox(home / "inbox")
        self.own_addresses = {address.casefold() for address in own_addresses}

    def receive_file(self, path_or_name: str | Path, data: bytes) -> list[Receipt]:
        """Take in a file; one receipt for each message, row, statement, calendar or invoice in it."""
        receipts = [self._receive(each) for item in read_file(str(path_or_name), data) for each in apart(item)]
        self._note_repeats(Path(path_or_name).name, data, receipts)
        return receipts

    def receive_mail(self, raw: bytes, source: str = "mail") -> Receipt:
        """Take in a mail as the server had it. `source` names it in the quarantine, should it end there.

        Each invoice that it brings opens a case; the receipt is then the first one's.
        """
        try:
            receipts = [self._receive(each) for each in apart(parse_mail(raw))]
        except InvalidInput as error:
            return self.refuse(Problem(f"{source}.eml", error.message, error.remedy, raw, "message/rfc822", len(raw)))

        return receipts[0]

    def receive_invoice(self, name: str, data: bytes, channel: Literal["file", "api"] = "file") -> Receipt:
        """Take in a file that is said to be an invoice; the same bytes are known."""
        receipt = self._receive(invoice_file(name, data, channel))
        self._note_repeats(name, data, [receipt])
        return receipt

    def receive_draft(self, name: str, data: bytes, channel: Literal["file", "api"] = "file") -> Receipt:
        """Take in a draft of an invoice of ours; the same draft, or one about the same, is known.

        `InvalidInput` where it is none.
        """
        label = one_line(Path(name).name)[:200] or "draft"
        receipt = self._receive(read_draft_file(label, data, channel))
        self._note_repeats(label, data, [receipt])
        return receipt

    def receive_event(self, type_: str, source: str, source_id: str, payload: dict[str, Any]) -> Receipt:
        """Take in an event from another program; one that breaks its contract is quarantined."""
        return self._receive(read_event(type_, source, source_id, payload))

    def receive_webhook(self, delivery: Delivery, *, actor: str = "intake") -> Receipt:
        """Take in what another program said, once; what is a message goes the way of messages.

        What Stripe says leads to the facts that are in it; where it has a new shape, it is quarantined too.
        """
        source = f"webhook:{delivery.source}"
        if delivery.kind in ACCEPTED:
            return self.receive_event(delivery.kind, source, delivery.id, delivery.data)
        with self.log.database.write() as tx:
            said = WebhookReceived(
                sender=delivery.source,
                delivery_id=delivery.id,
                kind=delivery.kind,
                blob=blobs.put_bytes(tx, delivery.body, "application/json"),
                size=len(delivery.body),
            )
            stream = f"webhook/{delivery.source}"
            appended = self.log.append(tx, NewEvent(stream, said, None, source, delivery.id, actor=actor))
            event = appended.event
            if delivery.source == STRIPE and not appended.duplicate:
                try:
                    take_facts(self.log, self.cases, tx, delivery.body, actor, event.id)
                except InvalidInput as error:
                    return self._refuse(tx, as_problem(delivery, error))
        return Receipt(event.id, event.position, event.case_id, appended.duplicate, name=delivery.kind)

    def refuse(self, problem: Problem) -> Receipt:
        """Put something into the quarantine."""
        return self._receive(problem)

    def sweep_inbox(self) -> list[Receipt]:
        """Take in every finished file of the inbox folder, and move it to its archive or quarantine folder."""
        return self.inbox.sweep(self.receive_file, self.refuse)

    def release(self, quarantine_id: str, *, actor: str = "owner") -> list[Receipt]:
        """Take it in after all; `InvalidInput` where it still cannot be read, and it stays where it is."""
        with self.log.database.read() as connection:
            thing = self.quarantine.get(connection, quarantine_id)
            data = self.quarantine.content(connection, quarantine_id)
        if thing.media_type == STRIPE_EVENT:
            return self._release_told(quarantine_id, data, actor)
        items = _read_again(thing.name, thing.media_type, data)
        with self.log.database.write() as tx:
            receipts = [self._enter(tx, item, trusted=True) for item in items]
            note = ", ".join(receipt.event_id for receipt in receipts)
            self.quarantine.resolve(tx, quarantine_id, "released", note=note, actor=actor)
        return receipts

    def _release_told(self, quarantine_id: str, data: bytes, actor: str) -> list[Receipt]:
        with self.log.database.write() as tx:
            facts = [each.event for each in take_facts(self.log, self.cases, tx, data, actor)]
            self.quarantine.resolve(
                tx, quarantine_id, "released", note=", ".join(each.id for each in facts), actor=actor
            )
        return [Receipt(each.id, each.position, name=each.type) for each in facts]

    def _note_repeats(self, name: str, data: bytes, receipts: list[Receipt]) -> None:
        """Keep in the case that a file brought nothing new, so that one sees that it was not lost; once per file."""
        repeated = {one.event_id: one for one in receipts if one.duplicate and not one.reason and one.case_id}
        if not repeated:
            return
        with self.log.database.write() as tx:
            for first, receipt in repeated.items():
                if is_forgotten(tx, receipt.case_id or ""):
                    continue
                said = InputRepeated(name=clean(name, 200), first=first)
                source_id = f"{digest_bytes(data)[:32]}/{digest_bytes(said.name.encode())[:16]}/{first}"
                stream = f"case/{receipt.case_id}"
                self.log.append(tx, NewEvent(stream, said, receipt.case_id, "file:repeat", source_id, actor="intake"))

    def _receive(self, item: Incoming | Document | Problem) -> Receipt:
        with self.log.database.write() as tx:
            return self._refuse(tx, item) if isinstance(item, Problem) else self._enter(tx, item)

    def _enter(self, tx: Connection, item: Incoming | Document, *, trusted: bool = False) -> Receipt:
        if isinstance(item, Document):
            return take(tx, self.log, self.cases, item)
        return self._take(tx, item, trusted=trusted)

    def _take(self, tx: Connection, item: Incoming, *, trusted: bool = False) -> Receipt:
        """The route of a message: into its thread's case, into the case that has the same words, into a new one."""
        message = item.message
        if not trusted and (objection := self._objection(tx, item)):
            return self._refuse(tx, objection)
        if case_id := self._thread_case(tx, message):
            return self._into_case(tx, item, case_id)
        if case_id := self._same_words(tx, message):
            return self._into_case(tx, item, case_id, same_words=True)
        return self._open_case(tx, item)

    def _objection(self, tx: Connection, item: Incoming) -> Problem | None:
        """Why a mail that can be read is not taken in by itself."""
        message = item.message
        if message.channel != "mail":
            return None
        name = f"{message.subject[:80] or 'mail'}.eml"
        if message.sender.email.casefold() in self.own_addresses:
            reason, remedy = "It comes from your own address.", "Release it if it is a lead you forwarded."
        elif {"auto_reply", "bounce"} & set(message.flags) and not self._thread_case(tx, message):
            reason, remedy = "It is an automatic answer to nothing we sent.", "Discard it, or release it as a lead."
        else:
            return None
        return Problem(name, reason, remedy, item.raw, item.media_type, len(item.raw))

    def _into_case(self, tx: Connection, item: Incoming, case_id: str, *, same_words: bool = False) -> Receipt:
        flags = (*item.message.flags, "duplicate") if same_words else item.message.flags
        content = _stored(tx, item).model_dump() | {"flags": flags}
        appended = self._append(tx, item, MessageReceived.model_validate(content), case_id)
        machine = MACHINE_MADE & set(flags)
        if not appended.duplicate and not same_words and not machine:
            step = self.cases.processes[self.cases.get(tx, case_id).process].steps[0]
            self.cases.continue_(tx, case_id, step, "a new message arrived", trigger=appended.event.id)
        if not appended.duplicate and "bounce" in flags:
            self.cases.fail(tx, case_id, _bounced(self.cases.get(tx, case_id).step))
        reason = "the same words from the same sender" if same_words and not appended.duplicate else ""
        return _receipt(appended.event, duplicate=appended.duplicate or same_words, reason=reason)

    def _open_case(self, tx: Connection, item: Incoming) -> Receipt:
        message = LeadReceived.model_validate(_stored(tx, item).model_dump())
        case_id = self.cases.next_id(tx, PROCESS)
        appended = self._append(tx, item, message, case_id)
        if not appended.duplicate:
            self.cases.open(tx, case_id, PROCESS, _title(message), appended.event.id)
        return _receipt(appended.event, duplicate=appended.duplicate)

    def _append(self, tx: Connection, item: Incoming, payload: IncomingMessage, case_id: str) -> Appended:
        """Add the message. A message id that a sender uses twice for different words does not hide the second."""
        source_id = item.source_id
        for each in (source_id, f"{source_id[:400]}#{digest_bytes(item.raw)[:16]}"):
            new = NewEvent(f"case/{case_id}", payload, case_id, item.source, each, actor=f"intake:{payload.channel}")
            appended = self.log.append(tx, new)
            if not (appended.duplicate and item.source == "mail" and _differs(appended.event, payload)):
                break
        return appended

    def _refuse(self, tx: Connection, problem: Problem) -> Receipt:
        appended = self.quarantine.keep(tx, problem)
        return Receipt(
            event_id=appended.event.id,
            position=appended.event.position,
            duplicate=appended.duplicate,
            quarantined=True,
            reason=problem.reason,
            remedy=problem.remedy,
            name=problem.name,
        )

    def _thread_case(self, tx: Connection, message: IncomingMessage) -> str | None:
        """The case of the nearest mail that this one answers."""
        ids = [message.in_reply_to, *reversed(message.references)]
        found = sa.select(mail_threads.c.message_id, mail_threads.c.case_id).where(mail_threads.c.message_id.in_(ids))
        cases: dict[str, str] = {row.message_id: row.case_id for row in tx.execute(found)}
        known = (cases[each] for each in ids if each in cases)
        return next((case_id for case_id in known if not is_forgotten(tx, case_id)), None)

    def _same_words(self, tx: Connection, message: IncomingMessage) -> str | None:
        """The case that the same words from the same sender opened not long ago."""
        since = to_text(self.clock.now() - SAME_WORDS_FOR)
        known = known_messages.c
        return tx.scalar(sa.select(known.case_id).where(known.fingerprint == fingerprint(message), known.at >= since))


def _bounced(step: str) -> CaseFailed:
    return CaseFailed(
        step=step,
        error="Our reply came back: the mail system could not deliver it.",
        remedy="Read the report in the case; find another address and write from your mail program, or cancel it.",
        kind="business",
    )


def _read_again(name: str, media_type: str, data: bytes) -> list[Incoming | Document]:
    if media_type == EVENT_MEDIA_TYPE:
        said: dict[str, Any] = json.loads(data)
        items = [read_event(said["type"], said["source"], said["source_id"], said["payload"])]
    else:
        items = read_file(name, data)
    for item in items:
        if isinstance(item, Problem):
            raise InvalidInput(f"It still cannot be read: {item.reason}", f"{item.remedy} Or discard it.")
    return [item for item in items if not isinstance(item, Problem)]


def _stored(tx: Connection, item: Incoming) -> IncomingMessage:
    """The message with its raw bytes and attachments kept under their digests."""
    files = tuple(
        AttachmentRef(
            name=each.name,
            media_type=each.media_type,
            size=each.size,
            blob=blobs.put_bytes(tx, each.data, each.media_type) if each.data is not None else "",
            note=each.note,
        )
        for each in item.attachments
    )
    raw = blobs.put_bytes(tx, item.raw, item.media_type) if item.raw else ""
    return item.message.model_copy(update={"attachments": files, "raw_blob": raw})


def _differs(event: Event, message: IncomingMessage) -> bool:
    """Whether the same id came with other words; of what was forgotten, nobody can say."""
    if event.forgotten_by or not isinstance(event.payload, IncomingMessage):
        return False
    return fingerprint(event.payload) != fingerprint(message)


def _title(message: IncomingMessage) -> str:
    who = message.sender.name or message.sender.email or message.sender.phone
    about = message.subject or " ".join(message.text.split())[:80]
    return f"{who}: {about}"[:200]


def _receipt(event: Event, *, duplicate: bool, reason: str = "") -> Receipt:
    name = event.payload.subject if isinstance(event.payload, IncomingMessage) else ""
    return Receipt(event.id, event.position, event.case_id, duplicate, reason=reason, name=name)
