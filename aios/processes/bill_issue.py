"""An invoice of our own issued: the owner sees it with its mail, and only a yes takes a number."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from aios.billing.issued import IssuedInvoice
from aios.connectors.mail.attachment import MailAttachment
from aios.database import blobs
from aios.decisions.decisions import INVOICE, Decision, Question
from aios.decisions.shown import Check, Evidence, Impact, Shown
from aios.errors import ApprovalRequired, Blocked, Paused, PolicyDenied
from aios.faults import reach
from aios.money import Money
from aios.policies.rules import evaluate
from aios.policies.verdict import Subject, Verdict
from aios.processes.bill import BillChecks, BillDraft, BillIssued
from aios.processes.bill_draft import draft_of
from aios.processes.bill_words import filled, subject_of, text_of
from aios.processes.context import StepContext

SAME_SUM_WITHIN = 31
"""Days in which another invoice over the same sum to the same customer is a reason to look twice."""


def issue(step: StepContext, draft: BillDraft, checks: BillChecks) -> BillIssued:
    """The invoice with its number. Raises `ApprovalRequired` until the owner has said yes, where policy asks."""
    with step.kernel.database.read() as connection:
        known = step.kernel.billing.issued.find(connection, step.case.id)
    yes = step.answered(INVOICE)
    if known is None and yes is None:
        _must_be_allowed(step, draft, checks)
    return _issued(step, draft, known or _issue(step, draft), yes)


def mail_of(step: StepContext, draft: BillDraft, checks: BillChecks) -> dict[str, Any]:
    """The mail that the invoice would go out with; what depends on its number has a place kept for it."""
    return {
        "to": [draft.email] if draft.email else [],
        "subject": subject_of(draft, step.kernel.settings),
        "text": text_of(draft, step.kernel.settings),
        "attachments": [each.model_dump() for each in (checks.pages, checks.data)],
    }


def _issue(step: StepContext, draft: BillDraft) -> IssuedInvoice:
    on = step.kernel.clock.now().date()
    invoice = draft_of(step, draft)
    due = None if draft.credit else on + timedelta(days=draft.due_days)
    return step.kernel.billing.issued.issue(
        replace(invoice, due=due),
        step.case.id,
        on,
        contact_id=draft.contact_id,
        require=lambda tx: _must_go_on(step, tx),
    )


def _must_go_on(step: StepContext, tx: Connection) -> None:
    """Between the yes and the number, the case may have been paused, cancelled or rolled back."""
    case = step.kernel.cases.get(tx, step.case.id)
    if case.paused:
        raise Paused(f"Case {case.id} is paused.", f"Resume it: aios cases resume {case.id}")
    if case.rollback or case.status == "closed":
        raise Blocked(f"Case {case.id} is closed or being rolled back; nothing is issued in it.")


def _issued(step: StepContext, draft: BillDraft, invoice: IssuedInvoice, yes: Decision | None) -> BillIssued:
    reach("numbered")
    settings = step.kernel.settings
    with step.kernel.database.read() as connection:
        files = step.kernel.billing.issued.files(connection, invoice)
        edits: dict[str, Any] = blobs.get_json(connection, yes.edits_blob) if yes and yes.edits_blob else {}
    due = date.fromisoformat(invoice.due) if invoice.due else None
    words = {"subject": subject_of(draft, settings), "text": text_of(draft, settings), **edits}
    return BillIssued(
        key=invoice.key,
        name=invoice.name,
        issued=invoice.issued,
        due=invoice.due,
        currency=invoice.currency,
        payable=invoice.payable,
        credit=invoice.credit,
        customer=draft.customer,
        decision_id=yes.id if yes else "",
        to=tuple(edits.get("to", [draft.email] if draft.email else [])),
        subject=filled(words["subject"], invoice.name, due, draft.country),
        text=filled(words["text"], invoice.name, due, draft.country),
        files=attached(invoice, len(files.pdf), len(files.ubl)),
    )


def attached(invoice: IssuedInvoice, pdf: int, ubl: int) -> tuple[MailAttachment, ...]:
    """The files of an invoice as they go out with a mail: the Factur-X PDF, and the UBL; their sizes in bytes."""
    return (
        MailAttachment(name=f"{invoice.name}.pdf", media_type="application/pdf", blob=invoice.pdf, size=pdf),
        MailAttachment(name=f"{invoice.name}.xml", media_type="application/xml", blob=invoice.ubl, size=ubl),
    )


def _must_be_allowed(step: StepContext, draft: BillDraft, checks: BillChecks) -> None:
    policy = step.kernel.policies.current()
    mail = mail_of(step, draft, checks)
    verdict = evaluate(policy, _subject(step, draft, mail))
    if verdict.outcome == "allow":
        step.provenance["rule"] = verdict.rule
        return
    if verdict.outcome == "deny":
        raise PolicyDenied(f"Rule {verdict.rule} forbids to issue it: {verdict.reason}", "Change the rule, then retry.")
    shown = _shown(step, draft, checks, mail, verdict)
    question = Question(INVOICE, shown, step.case.id, step.step, "", step.inputs, verdict.rule)
    with step.kernel.database.write() as tx:
        step.kernel.decisions.open(tx, question, policy.decision_ttl)
    raise ApprovalRequired("The owner says first whether the invoice is right.")


def _subject(step: StepContext, draft: BillDraft, mail: dict[str, Any]) -> Subject:
    return Subject(
        process=step.case.process,
        effect="invoice.issue",
        confidence=1.0,
        text=f"{mail['subject']}\n{mail['text']}",
        amounts=(Money(draft.payable, draft.currency),),
        recipients=tuple(mail["to"]),
        tier="",
        first_contact=False,
        flags=("no_address",) if not mail["to"] else (),
        now=step.kernel.clock.now(),
        case_id=step.case.id,
        key=f"invoice.issue/{step.case.id}",
    )


def _shown(step: StepContext, draft: BillDraft, checks: BillChecks, mail: dict[str, Any], verdict: Verdict) -> Shown:
    kind, sum_ = "credit note" if draft.credit else "invoice", Money(draft.payable, draft.currency)
    sent = "is sent as below" if mail["to"] else "is yours to send, for no mail address is known"
    return Shown(
        title=f"Issue the {kind} to {draft.customer}: {sum_}"[:200],
        summary=f"Approve: it gets the next number, is booked, and {sent}; the number and the day it is due are filled "
        "in. Edit: another mail. Reject: it is not issued, and no number is used.",
        evidence=_evidence(step, draft),
        proposal=mail,
        editable=("to", "subject", "text"),
        warnings=(verdict.reason, *_warnings(step, draft)),
        checks=(
            *(Check(rule=each.rule, grade=each.severity, text=each.sentence, remedy=each.remedy)
              for each in checks.findings),
            Check(rule="EN 16931", grade="ok", text="Sums, taxes and codes are right; the books have its accounts."),
        ),
        confidence=1.0,
        impact=Impact(
            people=len(mail["to"]),
            amount_minor=draft.payable,
            currency=draft.currency,
            reversible="A credit note takes it back (roll the case back); the mail itself cannot be taken back.",
            mode=step.kernel.settings.aios_mode,
        ),
        provenance={"draft": draft.name, "inputs": step.inputs},
    )  # fmt: skip


def _evidence(step: StepContext, draft: BillDraft) -> tuple[Evidence, ...]:
    link, currency = f"/cases/{step.case.id}", draft.currency
    tax = ", ".join(f"{each.rate or 0} % tax {Money(each.amount, currency)}" for each in draft.taxes)
    more = f" and {draft.line_count - len(draft.lines)} more" if draft.line_count > len(draft.lines) else ""
    lines = "; ".join(f"{each.quantity} {each.name} {Money(each.net, currency)}" for each in draft.lines)
    parts = [
        Evidence(
            label="Customer",
            text=f"{draft.customer}, {draft.email or 'no mail address'}",
            source="contact",
            link=f"/contacts/{draft.contact_id}" if draft.contact_id else "",
        ),
        Evidence(label="For", text=(lines + more)[:1500], source="draft", link=link),
        Evidence(
            label="Sums",
            text=f"net {Money(draft.net, currency)}, {tax}, total {Money(draft.gross, currency)}",
            source="draft",
            link=link,
        ),
    ]
    if draft.credit:
        parts.append(Evidence(label="It takes back", text=draft.credits or "no invoice is named", source="draft"))
    else:
        parts.append(Evidence(label="When", text=f"due {draft.due_days} days after it is issued", source="draft"))
    if draft.about:
        parts.append(Evidence(label="About", text=draft.about, source=draft.channel))
    return tuple(parts)


def _warnings(step: StepContext, draft: BillDraft) -> tuple[str, ...]:
    """An invoice over the same sum to the same customer that is not old."""
    since = (step.kernel.clock.now().date() - timedelta(days=SAME_SUM_WITHIN)).isoformat()
    with step.kernel.database.read() as connection:
        issued = step.kernel.billing.issued.newest(connection)
    same = [
        each.name
        for each in issued
        if (each.customer, each.payable, each.credit) == (draft.customer[:200], draft.payable, draft.credit)
        and each.issued >= since
    ]
    return (f"They got an invoice over the same sum not long ago: {', '.join(same[:3])}.",) if same else ()
