"""A company with invoices in both directions, whose figures a person can add up."""

from dataclasses import replace
from datetime import date

from aios.billing.issued import Files, Issued, IssuedInvoice
from aios.books.entry import Draft, posting
from aios.invoices.invoice import Invoice
from aios.invoices.party import Party
from aios.invoices.ubl_writer import write_ubl
from aios.kernel import Kernel
from tests.bills import US, bill


def quick(invoice: Invoice) -> Files:
    """An invoice's data alone, three times: pages take long to draw."""
    ubl = write_ubl(invoice)
    return Files(ubl, ubl, ubl)


def issue(
    kernel: Kernel,
    key: str,
    on: str,
    price: str = "100.00",
    *,
    customer: str = "Werft am Deich",
    due: str | None = None,
    **more: object,
) -> IssuedInvoice:
    """An invoice of our own over one line, with 19 % of tax, due after 14 days."""
    day = date.fromisoformat(on)
    due_on = date.fromisoformat(due) if due else date.fromordinal(day.toordinal() + 14)
    buyer: Party = replace(US, name=customer)
    draft = replace(bill(price=price, due=due_on, **more), buyer=buyer)  # pyright: ignore
    return Issued(kernel.log, kernel.books, quick).issue(draft, key, day)


def enter(kernel: Kernel, key: str, day: str, debit: str, credit: str, minor: int, currency: str = "EUR") -> None:
    """An entry of one posting, by hand."""
    draft = Draft(key, day, "By hand", "", currency, posting(debit, credit, minor))
    with kernel.database.write() as tx:
        kernel.books.book(tx, draft)


def receive(kernel: Kernel, invoice: IssuedInvoice, on: str, minor: int | None = None) -> None:
    """Money for an invoice of our own arrives: all of it, or so much."""
    from aios.events.catalog import PaymentMatched
    from aios.events.event import NewEvent

    sum_ = invoice.payable if minor is None else minor
    key = f"entry-{invoice.key}-{on}"
    said = PaymentMatched(
        key=key, entry=key, direction="receivable", invoice=invoice.key, minor=sum_, currency=invoice.currency,
        on=on, by="rule", rule="number",
    )  # fmt: skip
    roles = kernel.books.chart.roles
    draft = Draft(key, on, "Paid", invoice.name, invoice.currency, posting("1200", roles.receivable, sum_))
    with kernel.database.write() as tx:
        kernel.log.append(tx, NewEvent("invoices", said, None, "test", key))
        kernel.books.book(tx, draft)
