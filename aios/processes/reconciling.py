"""A bank statement: every entry of it is matched, booked, or asked about, each once."""

from pydantic import BaseModel, ConfigDict

from aios.billing.entries import BankEntry, Use
from aios.billing.payouts import numbers_of_payments, payouts_in
from aios.connectors.payments.payout import PaidOut
from aios.errors import ApprovalRequired
from aios.events.catalog import StatementReceived
from aios.processes.context import StepContext

HOWS = ("invoice", "transfer", "account", "same", "ignored")


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BankStatement(_Output):
    """The statement, and how many of its entries no other one had said before."""

    name: str
    account: str
    currency: str
    number: str
    booked: int
    new: int
    opening: int | None
    closing: int | None
    problems: tuple[str, ...]


class Payout(_Output):
    """A payout of Stripe: the entry that brings it, and the payments, refunds and fees that it is made of."""

    entry: str
    payout: str
    parts: tuple[PaidOut, ...]


class StatementPayouts(_Output):
    """The payouts among the entries; none where no account at Stripe is set."""

    payouts: tuple[Payout, ...]


class StatementMatches(_Output):
    """How many parts of entries were for invoices, transfers of ours, accounts; said before, ignored, and open."""

    invoice: int
    transfer: int
    account: int
    same: int
    ignored: int
    open: int
    uses: tuple[str, ...]
    """Each use by entry and part, in the order in which it was said: `ev_…/0/1 invoice 2026-0001 11900 number`."""


class StatementAccounted(_Output):
    """Every entry is accounted for."""

    entries: int


def said_by(step: StepContext) -> BankStatement:
    """What the statement says of itself."""
    said = step.trigger.payload
    assert isinstance(said, StatementReceived), step.trigger.type
    names = ("name", "account", "currency", "number", "booked", "opening", "closing", "problems")
    return BankStatement(**{name: getattr(said, name) for name in names}, new=len(_entries(step)))


def payouts(step: StepContext) -> StatementPayouts:
    """Ask Stripe what each payout is made of; what it names of our invoices is added by what it told before."""
    kernel = step.kernel
    if not kernel.payment_events.configured:
        return StatementPayouts(payouts=())
    entries = [each for each in _entries(step) if each.left == each.amount]
    with kernel.database.read() as connection:
        found = payouts_in(kernel.log, connection, entries, live=kernel.settings.aios_mode == "live")
        numbers = numbers_of_payments(kernel.log, connection) if found else {}
    stripe = kernel.payment_events.stripe
    return StatementPayouts(
        payouts=tuple(
            Payout(entry=entry, payout=id_, parts=tuple(_named(each, numbers) for each in stripe.paid_out(id_)))
            for entry, id_ in sorted(found.items())
        )
    )


def matched(step: StepContext, given: StatementPayouts) -> StatementMatches:
    """Match what is clear, and ask about the rest, in one transaction."""
    kernel = step.kernel
    paid_out = {each.entry: each.parts for each in given.payouts}
    with kernel.database.write() as tx:
        left = kernel.reconciliation.reconcile(tx, step.case.id, step.trigger.id, paid_out)
        kernel.entry_questions.ask(tx, step.case.id, left, kernel.policies.current(tx).decision_ttl)
        entries = kernel.reconciliation.entries.of_statement(tx, step.trigger.id)
        uses = kernel.reconciliation.entries.uses(tx, [each.id for each in entries])
    standing = [use for use in uses if not use.undone_on]
    counts = {how: sum(use.how == how for use in standing) for how in HOWS}
    return StatementMatches(**counts, open=len(left), uses=tuple(map(_line, standing)))


def accounted(step: StepContext, found: StatementMatches) -> StatementAccounted:
    """Raises `ApprovalRequired` until the owner has said what each entry is."""
    if found.open:
        raise ApprovalRequired(f"The owner says what {found.open} of its entries are.")
    step.close("accounted")
    return StatementAccounted(entries=len(_entries(step)))


def _entries(step: StepContext) -> list[BankEntry]:
    with step.kernel.database.read() as connection:
        return step.kernel.reconciliation.entries.of_statement(connection, step.trigger.id)


def _named(paid_out: PaidOut, numbers: dict[str, str]) -> PaidOut:
    number = numbers.get(paid_out.payment, "")
    return paid_out.model_copy(update={"words": f"{paid_out.words} \n{number}".strip()}) if number else paid_out


def _line(use: Use) -> str:
    return f"{use.key} {use.how} {use.what} {use.minor} {use.rule}"
