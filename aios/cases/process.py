"""What the kernel must know of a process to open a case of it; its steps live in `assets/`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProcessInfo:
    """A process by name: `version` is kept by each case, `prefix` starts its case ids, `trigger` opens a case.

    `steps` are the names of its steps in order, `besides` what a rollback of a case does besides undoing its effects.
    """

    name: str
    version: str
    prefix: str
    trigger: str
    steps: tuple[str, ...]
    besides: str = ""


LEAD_INTAKE = ProcessInfo(
    name="lead_intake",
    version="1",
    prefix="lead",
    trigger="lead.received",
    steps=(
        *("lead", "lead_context", "lead_qualification", "lead_facts"),
        *("lead_appointment", "lead_reply_draft", "lead_reply"),
    ),
)

INCOMING_INVOICE = ProcessInfo(
    name="incoming_invoice",
    version="1",
    prefix="invoice",
    trigger="invoice.received",
    steps=("invoice", "invoice_fields", "invoice_checks", "invoice_match", "invoice_booking", "invoice_payment"),
)

OUTGOING_INVOICE = ProcessInfo(
    name="outgoing_invoice",
    version="1",
    prefix="bill",
    trigger="invoice.drafted",
    steps=("bill_draft", "bill_checks", "bill_issued", "bill_sent"),
    besides="An invoice that was issued is taken back by a credit note; you are asked about it before it is issued.",
)

REMINDER = ProcessInfo(
    name="reminder",
    version="1",
    prefix="reminder",
    trigger="reminder.due",
    steps=("reminder", "reminder_sent"),
)

PAYMENT_RECOVERY = ProcessInfo(
    name="payment_recovery",
    version="1",
    prefix="payment",
    trigger="payment.failed",
    steps=("payment_failure", "payment_notice", "payment_retry", "access_pause", "payment_outcome"),
)

ADDRESS_BOOK = ProcessInfo(
    name="address_book",
    version="1",
    prefix="card",
    trigger="contact.corrected",
    steps=("card_change", "card_written"),
)

RECONCILIATION = ProcessInfo(
    name="reconciliation",
    version="1",
    prefix="statement",
    trigger="statement.received",
    steps=("statement", "statement_payouts", "statement_matches", "statement_accounted"),
)

WEBHOOK_NOTICE = ProcessInfo(
    name="webhook_notice",
    version="1",
    prefix="notice",
    trigger="notice.due",
    steps=("notice", "notice_delivered"),
)

PROCESSES = {
    info.name: info
    for info in (
        LEAD_INTAKE,
        INCOMING_INVOICE,
        OUTGOING_INVOICE,
        REMINDER,
        PAYMENT_RECOVERY,
        ADDRESS_BOOK,
        RECONCILIATION,
        WEBHOOK_NOTICE,
    )
}
"""Every process by its name."""


def prefix_of(case_id: str) -> str:
    """What a case id says of its process: the `prefix` of that process."""
    return case_id.rsplit("-", 1)[0]
