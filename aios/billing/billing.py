"""`Billing`: what the owner says about invoices: that one may be booked, or is paid."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy.engine import Connection

from aios.billing.disputes import Disputes
from aios.billing.dunning import Dunning
from aios.billing.issued import Issued
from aios.billing.orders import Orders
from aios.billing.received import Received, payment_key
from aios.books.books import Books
from aios.cases.cases import Cases
from aios.clock import to_text
from aios.connectors.contract import differences
from aios.connectors.mail.message import MailRequest
from aios.decisions.decisions import Decision, Verdict
from aios.effects import ledger
from aios.effects.gate import Gate
from aios.effects.ledger import Effect
from aios.errors import Conflict, InvalidInput
from aios.events.catalog import InvoicePaid, InvoiceUnpaid
from aios.events.event import NewEvent
from aios.events.log import EventLog

PAYMENT = "invoice_payment"
"""The step that pays, or learns that it was paid."""

ISSUE = "bill_issued"
"""The step that issues an invoice of ours, and asks first."""


class Billing:
    """The owner's side of invoices; `received` is the register of those that came in, `issued` that of our own.

    `dunning` reminds of those of ours that are overdue.
    """

    def __init__(self, log: EventLog, cases: Cases, gate: Gate, books: Books) -> None:
        self.log = log
        self.cases = cases
        self.gate = gate
        self.books = books
        self.received = Received(log)
        self.issued = Issued(log, books)
        self.dunning = Dunning(log, cases, gate)
        self.disputes = Disputes(log, self.dunning.thought_over)
        self.orders = Orders(log)

    def check_edits(self, tx: Connection, asked: Decision, edits: dict[str, Any]) -> None:
        """Of an invoice that came in only the account may be another one, of expenses or of what we own.

        Of one of ours, the words that it is sent with and to whom. `InvalidInput` otherwise.
        """
        if asked.step == ISSUE:
            _check_mail(edits)
            return
        if set(edits) != {"account"} or asked.step == PAYMENT:
            raise InvalidInput("Only the account can be edited.", "Reject what is wrong, or correct it in the books.")
        account = self.books.chart.require(str(edits["account"]))
        if account.kind not in ("expense", "asset"):
            raise InvalidInput(f"{account.name} is no account of expenses.", "See `aios ledger chart`.")

    def after(self, tx: Connection, decision: Decision, verdict: Verdict, actor: str) -> None:
        """Go on from the step that asked; a no ends the case."""
        case_id = decision.case_id or ""
        if verdict == "reject":
            self.gate.cancel(tx, case_id, "rejected by the owner")
            self.cases.close(tx, case_id, "rejected", decision.note, actor=actor)
            return
        if decision.step == PAYMENT:
            self._paid(tx, case_id, to_text(self.log.clock.now())[:10], actor)
        self.cases.continue_(tx, case_id, decision.step, "the owner said yes", actor=actor)

    def mark_paid(self, case_id: str, on: str, *, actor: str) -> None:
        """The owner has paid the invoice by other ways; what was proposed to pay it does not go out.

        `Conflict` where it is paid already, or a transfer is under way or done.
        """
        with self.log.database.write() as tx:
            if self.received.get(tx, case_id).paid_on:
                raise Conflict(f"The invoice of {case_id} is paid already.", "See its case.")
            effect = ledger.find(tx, payment_key(case_id))
            if effect and (effect.done or effect.state in ledger.UNDER_WAY):
                raise Conflict(f"A transfer for {case_id} is {effect.state}.", "Do not pay it a second time.")
            self.gate.cancel(tx, case_id, "the owner has paid it")
            self._paid(tx, case_id, on, actor)
            self.cases.continue_(tx, case_id, PAYMENT, "the owner has paid it", actor=actor)

    def paid_by_bank(self, tx: Connection, case_id: str) -> None:
        """A statement shows that money went for the invoice: what was proposed to pay it is thought over."""
        if self.cases.get(tx, case_id).status != "closed":
            reason = "a statement shows a payment"
            self.gate.cancel(tx, case_id, reason)
            self.cases.continue_(tx, case_id, PAYMENT, reason)

    def paid_no_longer(self, tx: Connection, case_id: str, reason: str, actor: str = "system") -> None:
        """The invoice is owed again: the question how it is paid comes back."""
        case = self.cases.get(tx, case_id)
        if (case.status, case.outcome) == ("closed", "paid"):
            self.cases.continue_(tx, case_id, PAYMENT, reason, actor=actor)

    def unpaid(self, tx: Connection, case_id: str, reason: str) -> None:
        """What was paid by a transfer, or by the owner, was not after all: it is owed again, also in the books."""
        if self.received.get(tx, case_id).paid_by not in ("transfer", "owner"):
            return
        key = self.received.entry_key(tx, case_id)
        on = to_text(self.log.clock.now())[:10]
        said = InvoiceUnpaid(on=on, reason=reason[:500])
        self.log.append(tx, NewEvent(f"case/{case_id}", said, case_id))
        if (entry := self.books.find(tx, key)) and not entry.corrected_by:
            self.books.take_back(tx, key, f"Taken back: {entry.text}"[:200])

    def undone(self, tx: Connection, effect: Effect) -> None:
        """An effect was undone: where it was a transfer, the invoice is not paid."""
        if effect.key == payment_key(effect.case_id):
            self.unpaid(tx, effect.case_id, "its transfer was taken back")

    def _paid(self, tx: Connection, case_id: str, on: str, actor: str) -> None:
        invoice = self.received.get(tx, case_id)
        account = invoice.ibans[0] if len(invoice.ibans) == 1 else ""
        minor = self.received.owed(tx, invoice)
        paid = InvoicePaid(by="owner", on=on, iban=account, minor=minor, currency=invoice.currency)
        self.received.pay(tx, case_id, paid, actor)


def _check_mail(edits: dict[str, Any]) -> None:
    if closed := sorted(set(edits) - {"to", "subject", "text"}):
        raise InvalidInput(f"{', '.join(closed)} cannot be edited.", "Open are: to, subject, text.")
    given = {name: value for name, value in edits.items() if value != []}
    try:
        MailRequest.model_validate({"to": ["a@b.example"], "subject": "", "text": "-"} | given)
    except ValidationError as error:
        raise InvalidInput(f"No mail can say this: {differences(error)[0]}.", "Correct it and answer again.") from None
