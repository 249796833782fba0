"""Whose invoice it is, and what earlier ones say about it: duplicates, and the account to pay to."""

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from aios.agents.injection import injections
from aios.billing.received import ReceivedInvoice
from aios.billing.sameness import Account, Same, account, duplicates, number_key, supplier_key
from aios.connectors.mail.address import checked_address
from aios.events.catalog import InvoiceRecorded, Sender
from aios.invoices.finding import Finding, error, warning
from aios.money import Money
from aios.processes.context import StepContext
from aios.processes.invoice import IncomingFile, InvoiceChecks, InvoiceFields, InvoiceMatch, SameInvoice, found

CALL = "Call the supplier on a number that you knew before; do not use one from this invoice or its mail."
LOOK = "Look at the earlier one before you pay this."


def match(step: StepContext, file: IncomingFile, fields: InvoiceFields, checks: InvoiceChecks) -> InvoiceMatch:
    """Record the invoice, and hold it against those that were recorded before it."""
    said = _recorded(file, fields)
    received = step.kernel.billing.received
    with step.kernel.database.write() as tx:
        contact_id = _contact(step, tx, file, fields, received.same_supplier(tx, said, step.case.id))
        said = said.model_copy(update={"contact_id": contact_id})
        mine = received.record(tx, step.case.id, said)
        step.kernel.cases.name(tx, step.case.id, contact_id=contact_id, title=_title(fields))
        supplier = [each for each in received.same_supplier(tx, said, step.case.id) if each.first < mine.first]
        same = [each for each in received.same_file(tx, said.blob, step.case.id) if each.first < mine.first]
        named = (fields.order, fields.contract)
        order = step.kernel.billing.orders.of_invoice(tx, named, fields.supplier.name, fields.gross, fields.currency)
    again, pays_to = duplicates(said, supplier, same), account(said, supplier)
    findings = [*_about_duplicates(again), *_about_account(pays_to, said), *_about_buyer(step, fields)]
    findings += [warning("AIOS-ORDER", each, "Ask the supplier what it is for.", "BT-13") for each in order.problems]
    findings += _about_commands(file, fields)
    return InvoiceMatch(
        contact_id=contact_id,
        supplier=fields.supplier.name,
        earlier=len(supplier),
        duplicates=tuple(SameInvoice(**vars(each)) for each in again),
        account=pays_to.state,
        accounts_before=pays_to.before,
        flags=_flags(checks, findings),
        findings=found(findings),
        for_order=order.number,
    )


def _recorded(file: IncomingFile, fields: InvoiceFields) -> InvoiceRecorded:
    return InvoiceRecorded(
        number=fields.number,
        number_key=number_key(fields.number),
        supplier=fields.supplier.name,
        supplier_key=supplier_key(fields.supplier.name),
        vat_id=fields.supplier.vat_id,
        contact_id="",
        issued=fields.issued,
        due=fields.due,
        currency=fields.currency,
        payable=fields.payable,
        gross=fields.gross,
        credit=fields.credit,
        ibans=fields.ibans,
        blob=file.blob,
    )


def _contact(
    step: StepContext, tx: Connection, file: IncomingFile, fields: InvoiceFields, supplier: Sequence[ReceivedInvoice]
) -> str:
    """The contact of the supplier: as before, else by the address that the invoice or its mail names."""
    if known := next((each.contact_id for each in supplier if each.contact_id), ""):
        return step.kernel.contacts.canonical(tx, known)
    email = _address(fields.supplier.email) or _address(file.sender.email)
    if email.casefold() == step.kernel.settings.aios_owner_email.casefold():
        email = ""
    name = fields.supplier.name or file.sender.name
    sender = Sender(name=name, email=email, phone=fields.supplier.phone, organisation=fields.supplier.name)
    return step.kernel.contacts.resolve(tx, sender, step.trigger.id)


def _address(email: str) -> str:
    try:
        return checked_address(email) if email else ""
    except ValueError:
        return ""


def _title(fields: InvoiceFields) -> str:
    kind = "credit note" if fields.credit else "invoice"
    who = fields.supplier.name or "Somebody"
    return f"{who}: {kind} {fields.number}, {Money(fields.payable, fields.currency)}"


def _about_duplicates(again: Sequence[Same]) -> list[Finding]:
    found_: list[Finding] = []
    for each in again:
        sentence = f"{each.case_id} may be the same invoice: {each.why} ({each.number})."
        rule, grade = ("AIOS-DUPLICATE", error) if each.exact else ("AIOS-NEAR-DUPLICATE", warning)
        found_.append(grade(rule, sentence, LOOK, "BT-1"))
    return found_


def _about_account(pays_to: Account, said: InvoiceRecorded) -> list[Finding]:
    if pays_to.state == "changed":
        before = ", ".join(pays_to.before)
        sentence = f"The account to pay to is new: {', '.join(said.ibans)}. This supplier used {before} before."
        return [warning("AIOS-ACCOUNT-CHANGED", sentence, CALL, "BT-84")]
    if pays_to.state == "first":
        sentence = "Nothing was paid to this supplier before, so there is no account to compare with."
        return [warning("AIOS-ACCOUNT-FIRST", sentence, "Make sure that you know them.", "BT-84")]
    return []


def _about_buyer(step: StepContext, fields: InvoiceFields) -> list[Finding]:
    own = supplier_key(step.kernel.settings.aios_business_name)
    buyer = supplier_key(fields.buyer.name)
    if not own or not buyer or own in buyer or buyer in own:
        return []
    sentence = f"It is made out to {fields.buyer.name}, not to {step.kernel.settings.aios_business_name}."
    return [warning("AIOS-BUYER", sentence, "Ask for one that is made out to you before you deduct its tax.", "BT-44")]


def _about_commands(file: IncomingFile, fields: InvoiceFields) -> list[Finding]:
    """Words that speak to a machine: nothing here follows them, and an honest invoice has none."""
    texts = (fields.terms, fields.supplier.name, fields.reference, file.subject, file.text)
    orders = injections(*texts, *(line.name for line in fields.lines))
    if not orders:
        return []
    sentence = f"It gives orders to software ({orders[0][:80]}); nothing in it was followed."
    return [warning("AIOS-INJECTION", sentence, CALL)]


_FLAGS = {
    "AIOS-DUPLICATE": "duplicate",
    "AIOS-NEAR-DUPLICATE": "near_duplicate",
    "AIOS-ACCOUNT-CHANGED": "bank_changed",
    "AIOS-ACCOUNT-FIRST": "bank_first",
    "AIOS-BUYER": "wrong_buyer",
    "AIOS-ORDER": "wrong_order",
    "AIOS-INJECTION": "injection",
    "AIOS-PDF-DIFF": "pdf_differs",
    "AIOS-IBAN": "iban_wrong",
}
"""What policy rules call each finding."""


def _flags(checks: InvoiceChecks, findings: Sequence[Finding]) -> tuple[str, ...]:
    rules = [*(each.rule for each in checks.findings), *(each.rule for each in findings)]
    flags = [_FLAGS[rule] for rule in rules if rule in _FLAGS]
    return tuple(dict.fromkeys((*(["invoice_error"] if checks.errors else []), *flags)))
