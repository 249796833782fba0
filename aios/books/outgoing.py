"""How an invoice of our own is booked: what is owed to us, as revenue and the tax that we owe in turn."""

from decimal import Decimal

from aios.books.chart import Chart, Revenue
from aios.books.entry import posting
from aios.books.incoming import Incoming, TaxPart
from aios.errors import InvalidInput
from aios.events.types.books import Posting


def postings_of(invoice: Incoming, chart: Chart) -> tuple[Posting, ...]:
    """The postings. `InvalidInput` where the chart lacks an account for a rate, or the parts miss the total."""
    if sum(part.basis + part.amount for part in invoice.taxes) != invoice.gross:
        raise InvalidInput("The invoice's parts do not make its total.", "Correct the draft.")
    sign, made = -1 if invoice.credit else 1, list[Posting]()
    for part in invoice.taxes:
        revenue = _revenue(part, chart)
        made += posting(chart.roles.receivable, revenue.account, sign * part.basis)
        if part.amount:
            made += posting(chart.roles.receivable, revenue.tax, sign * part.amount)
    made += posting(chart.roles.receivable, chart.roles.rounding, sign * invoice.rounding)
    return tuple(made)


def _revenue(part: TaxPart, chart: Chart) -> Revenue:
    rate = Decimal(part.rate or 0)
    for each in chart.roles.revenue:
        if (each.category, each.rate) == (part.category, rate) and (each.tax or not part.amount):
            return each
    sentence = f"The chart has no account for revenue of category {part.category} at {part.rate or 0} %."
    raise InvalidInput(sentence, "Add it under roles, revenue in chart.yaml.")
