"""The timeline: each event as a sentence, with what a person may want to open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from aios.events import catalog
from aios.events.event import Event
from aios.money import Money
from aios.workspace.filters import human, percent, usd

FOLDED = 600
"""Characters of a text that the timeline shows."""


@dataclass(frozen=True)
class Entry:
    """One line. `tone` colours its dot, `said` quotes somebody, `details` is what unfolds."""

    at: str
    position: int
    type: str
    actor: str
    case_id: str
    title: str
    tone: str = ""
    said: str = ""
    run_id: str = ""
    link: str = ""
    details: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class _Line:
    title: str
    tone: str = ""
    said: str = ""
    run_id: str = ""
    link: str = ""


def read(events: Sequence[Event]) -> list[Entry]:
    """The events as entries, in their order."""
    return [entry(event) for event in events]


def entry(event: Event) -> Entry:
    """One event as an entry."""
    line = _line(event.payload) if not event.forgotten_by else _Line(_forgotten(event))
    details = {
        name: value
        for name, value in event.payload.model_dump(mode="json").items()
        if value not in (None, "", [], {}) and name not in ("text", "quoted", "signature", "answer")
    }
    return Entry(
        at=event.at,
        position=event.position,
        type=event.type,
        actor=event.actor,
        case_id=event.case_id or "",
        details=details,
        **line.__dict__,
    )


def _forgotten(event: Event) -> str:
    return f"{human(event.type.replace('.', ' '))}, forgotten on request"


def _line(payload: object) -> _Line:
    for kind, describe in _DESCRIBE.items():
        if isinstance(payload, kind):
            return describe(payload)
    return _Line(human(str(getattr(payload, "type", "event")).replace(".", " ")))


def _message(said: catalog.IncomingMessage) -> _Line:
    who = said.sender.name or said.sender.email or "Somebody"
    return _Line(f"{who} wrote by {said.channel}: {said.subject or 'no subject'}", "act", said.text[:FOLDED])


def _artifact(made: catalog.ArtifactRecorded) -> _Line:
    by = made.provenance
    parts = [str(by[name]) for name in ("agent", "model") if by.get(name)]
    if by.get("confidence") is not None:
        parts.append(f"confidence {percent(by['confidence'])}")
    if by.get("cost_micros"):
        parts.append(usd(by["cost_micros"]))
    title = f"{human(made.step)}, version {made.artifact_version}"
    return _Line(title, "act", " · ".join(parts), str(by.get("run_id", "")), f"#{made.step}-{made.artifact_version}")


def _verdict(made: catalog.DecisionMade) -> _Line:
    words = {"approve": "approved", "edit": "edited and approved", "reject": "rejected", "revise": "sent it back"}
    tone = "good" if made.verdict in ("approve", "edit") else "wait"
    return _Line(f"The owner {words[made.verdict]}", tone, made.note, link=f"/decisions/{made.decision_id}")


def _proposed(said: catalog.EffectProposed) -> _Line:
    what = f"{human(said.connector)} {said.operation}"
    verdicts = {"allow": "allowed", "ask": "the owner is asked", "deny": "denied"}
    title = f"{what} proposed: {verdicts[said.verdict]} by rule {said.rule}"
    return _Line(title, "wait" if said.verdict != "allow" else "good", said.reason, said.run_id)


def _succeeded(said: catalog.EffectSucceeded) -> _Line:
    return _Line("It went out" + (", found by looking it up after a crash" if said.found else ""), "good")


def _answered(said: catalog.ModelAnswered) -> _Line:
    tokens = f"{said.tokens_in:,} tokens in, {said.tokens_out:,} out, {usd(said.cost_micros)}, {said.latency_ms} ms"
    return _Line(f"{said.model} answered the {said.agent}", "", tokens)


_MONEY = {
    **dict.fromkeys(("payment.received", "payout.paid"), "good"),
    **dict.fromkeys(("payment.failed", "payment.disputed", "refund.failed", "payout.failed"), "bad"),
}


def _payment(said: catalog.PaymentFact) -> _Line:
    money = f": {Money(said.amount, said.currency)}" if said.currency else ""
    test = "" if said.live else "of Stripe's test mode, no money"
    return _Line(f"{human(said.type.replace('.', ' '))}{money}", _MONEY.get(said.type, ""), test)


_DESCRIBE: dict[type[Any], Callable[[Any], _Line]] = {
    catalog.IncomingMessage: _message,
    catalog.CaseOpened: lambda said: _Line(f"Case opened in {human(said.process)}"),
    catalog.CaseContinued: lambda said: _Line(f"Runs again from {human(said.step)}: {said.reason}", "act"),
    catalog.CaseNamed: lambda said: _Line("The case got its contact" if said.contact_id else f"Titled {said.title}"),
    catalog.CaseWaiting: lambda said: _Line(f"Waits for {said.on}: {said.reason}", "wait"),
    catalog.CaseFailed: lambda said: _Line(f"{human(said.step)} failed: {said.error}", "bad", said.remedy),
    catalog.CaseClosed: lambda said: _Line(f"Closed: {said.outcome}", "good", said.reason),
    catalog.CasePaused: lambda said: _Line("The owner paused the case", "wait", said.reason),
    catalog.CaseResumed: lambda _said: _Line("The owner resumed the case", "act"),
    catalog.RollbackStarted: lambda _said: _Line("The owner has the case rolled back", "wait"),
    catalog.ArtifactRecorded: _artifact,
    catalog.InvoiceReceived: lambda said: _Line(
        f"An invoice came in by {said.channel}: {said.name}", "act", said.subject
    ),
    catalog.InvoiceRecorded: lambda said: _Line(
        f"Invoice {said.number or 'without a number'} recorded", "", f"{Money(said.payable, said.currency)} to pay"
    ),
    catalog.InvoicePaid: lambda said: _Line(
        "Paid by the owner" if said.by == "owner" else "A transfer was written for the bank",
        "good",
        f"{Money(said.minor, said.currency)} on {said.on}",
    ),
    catalog.InvoiceUnpaid: lambda said: _Line("It is not paid after all", "wait", said.reason),
    catalog.InvoiceDisputed: lambda said: _Line("The invoice is disputed", "bad", said.note),
    catalog.DisputeResolved: lambda said: _Line("The invoice is disputed no longer", "good", said.note),
    catalog.PaymentMatched: lambda said: _Line(
        "A payment was matched",
        "good",
        f"{Money(said.minor, said.currency)} of {said.on} for {said.invoice}: {said.rule}",
    ),
    catalog.EntryAccounted: lambda said: _Line(
        f"An entry was {'booked' if said.how == 'account' else 'left out'}",
        "good",
        f"{Money(said.minor, said.currency)} of {said.on}: {said.rule} {said.account}".strip(),
    ),
    catalog.PaymentUnmatched: lambda said: _Line("A match was taken back", "wait", said.reason),
    catalog.InvoiceDrafted: lambda said: _Line(f"Drafted by {said.channel}: {said.name}", "act", said.about),
    catalog.ReminderDue: lambda said: _Line(f"Invoice {said.number} is overdue: reminder {said.level}", "wait"),
    catalog.PaymentFact: _payment,
    catalog.BookingEntered: lambda said: _Line(
        f"{'A correction was booked' if said.corrects else 'Booked'} as number {said.number} of {said.series}",
        "good",
        "; ".join(f"{each.debit} ← {each.credit} {Money(each.minor, said.currency)}" for each in said.postings),
    ),
    catalog.ContactsMerged: lambda said: _Line("Merged with another contact", "act", said.reason),
    catalog.ContactsUnmerged: lambda said: _Line("A merge was taken back", "wait", said.reason),
    catalog.DecisionOpened: lambda said: _Line(
        f"The owner is asked: {said.title}",
        "wait",
        f"rule {said.rule}" if said.rule else "",
        link=f"/decisions/{said.decision_id}",
    ),
    catalog.DecisionMade: _verdict,
    catalog.DecisionSnoozed: lambda said: _Line("The owner looks at it later", "wait"),
    catalog.DecisionExpired: lambda said: _Line("Nobody decided in time", "bad"),
    catalog.DecisionVoided: lambda said: _Line("The question is void", "wait", said.reason),
    catalog.EffectProposed: _proposed,
    catalog.EffectApproved: lambda _said: _Line("Approved; it goes out after the undo window", "good"),
    catalog.EffectClaimed: lambda said: _Line(f"Being carried out, attempt {said.attempt}"),
    catalog.EffectSucceeded: _succeeded,
    catalog.EffectCaptured: lambda _said: _Line("Taken by the sandbox; nothing left this machine", "good"),
    catalog.EffectDeferred: lambda said: _Line("Will be tried again", "wait", said.reason),
    catalog.EffectBuffered: lambda said: _Line("Waits for the service", "wait", said.reason),
    catalog.EffectFailed: lambda said: _Line(f"It could not go out ({said.kind}): {said.reason}", "bad", said.remedy),
    catalog.EffectUnknown: lambda said: _Line("Nobody knows whether it went out", "bad", said.reason),
    catalog.EffectCompensated: lambda said: _Line(
        "It was undone", "good", link=f"/outbox/effect?key={quote(said.by, safe='')}"
    ),
    catalog.EffectWithdrawn: lambda said: _Line("It does not go out", "wait", said.reason),
    catalog.BudgetReserved: lambda said: _Line(f"{usd(said.amount_micros)} held for {said.purpose}"),
    catalog.BudgetSettled: lambda said: _Line(f"{usd(said.cost_micros)} spent: {said.outcome}"),
    catalog.ModelAnswered: _answered,
    catalog.ModelFailed: lambda said: _Line(f"{said.model} failed the {said.agent}: {said.kind}", "bad", said.reason),
    catalog.InputRepeated: lambda said: _Line("The same message came in again; it was not taken twice", "", said.name),
    catalog.InputQuarantined: lambda said: _Line(
        f"{said.name} was quarantined", "bad", said.reason, link="/quarantine"
    ),
    catalog.QuarantineResolved: lambda said: _Line(f"Quarantined input {said.outcome}", "good", said.note),
    catalog.ConnectorSwitched: lambda said: _Line(f"{said.connector.capitalize()} was switched to {said.mode}", "good"),
    catalog.OutgoingStopped: lambda said: _Line("The owner stopped outgoing effects", "bad", said.reason),
    catalog.OutgoingReleased: lambda _said: _Line("The owner released outgoing effects", "good"),
    catalog.PolicyAdopted: lambda said: _Line(f"Policy {said.origin} is in force", "good"),
    catalog.PolicyRefused: lambda said: _Line(f"Policy {said.origin} refused: line {said.line}", "bad", said.reason),
    catalog.PersonForgotten: lambda said: _Line(
        f"Forgotten on request: {said.counts.get('events', 0)} events emptied, {len(said.blobs)} contents removed",
        "wait",
    ),
    catalog.ForgettingFinished: lambda _said: _Line("Nothing of them is left in files, indexes and free pages", "good"),
    catalog.MemoryAdded: lambda said: _Line(f"Learned: {said.title}", "", said.source),
    catalog.MemoryClosed: lambda said: _Line("No longer believed", "", said.reason),
}
