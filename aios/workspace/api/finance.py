"""Finance: what is open and how old it is, what will come in, VAT, revenue and result."""

from datetime import date

from aios.books.books import require_day
from aios.finance.month import Month, require_month
from aios.finance.profit import results
from aios.finance.vat import payable
from aios.kernel import Kernel
from aios.processes.booking_review import Reviewed, corrections, review
from aios.workspace.api.calls import Answer, TheKernel, new_router, problems

router = new_router("finance")


class OpenOut(Answer):
    """An invoice that is not settled; sums are minor units. `key` is that of our own, or the case of one that came."""

    direction: str
    key: str
    name: str
    party: str
    contact_id: str
    since: str
    issued: str
    due: str
    currency: str
    payable: int
    paid: int
    open: int
    disputed: bool


class OpenList(Answer):
    """What was open at the end of a day, the earliest due first."""

    on: str
    items: list[OpenOut]


class AgingOut(Answer):
    """What is open of one direction and currency, by how many days it is overdue."""

    direction: str
    currency: str
    step: str
    invoices: int
    open: int


class AgingList(Answer):
    """Every step of each direction and currency."""

    on: str
    lines: list[AgingOut]


class ForecastOut(Answer):
    """What is expected in the week from a Monday on (`later`: from then on), by habits and by terms alone."""

    week: str
    currency: str
    expected: int
    due: int
    invoices: int
    by_habit: int
    later: bool


class ForecastList(Answer):
    """The weeks, in order."""

    on: str
    lines: list[ForecastOut]


class VatOut(Answer):
    """The tax of one kind, category and rate; `output` is owed, `input` deducted."""

    side: str
    kind: str
    category: str
    rate: str
    account: str
    currency: str
    basis: int
    tax: int


class VatSummary(Answer):
    """The VAT of a month; `payable` is by currency, negative where it comes back."""

    month: str
    lines: list[VatOut]
    payable: dict[str, int]


class RevenueOut(Answer):
    """What a customer brought, net."""

    customer: str
    contact_id: str
    currency: str
    invoices: int
    net: int


class RevenueList(Answer):
    """The customers of a month, the most first."""

    month: str
    customers: list[RevenueOut]


class ProfitOut(Answer):
    """What was earned on an account of income, or what one of expenses cost."""

    kind: str
    account: str
    name: str
    currency: str
    minor: int


class ProfitAndLoss(Answer):
    """Income and expenses of a month by account; `result` is by currency."""

    month: str
    lines: list[ProfitOut]
    result: dict[str, int]


class ReviewList(Answer):
    """The invoices that were booked in a month, in the order of their entries."""

    month: str
    invoices: list[Reviewed]


class CorrectionAsked(Answer):
    """The decision that asks whether to correct them."""

    decision_id: str


@router.get("/finance/review", summary="Run the rules again over a month", responses=problems(422))
def review_month(kernel: TheKernel, month: str) -> ReviewList:
    """What chart, hints and policies would book now; nothing is booked."""
    asked = require_month(month)
    with kernel.database.read() as connection:
        found = review(kernel, connection, asked)
    return ReviewList(month=str(asked), invoices=found)


@router.post("/finance/review", summary="Ask to correct what differs", responses=problems(422))
def ask_to_correct(kernel: TheKernel, month: str) -> CorrectionAsked:
    """Open the decision on the corrections of a month; 422 where nothing would be booked otherwise."""
    asked = require_month(month)
    with kernel.database.read() as connection:
        wanted = corrections(kernel, connection, asked)
    return CorrectionAsked(decision_id=kernel.rebooking.ask(str(asked), wanted))


@router.get("/finance/open", summary="List open items", responses=problems(422))
def list_open(kernel: TheKernel, on: str = "") -> OpenList:
    """What is open at the end of a day, or now."""
    day = _day(kernel, on)
    with kernel.database.read() as connection:
        found = kernel.finance.owed(connection, day).items
    return OpenList(on=day.isoformat(), items=[OpenOut.model_validate(each) for each in found])


@router.get("/finance/aging", summary="Show how old open items are", responses=problems(422))
def show_aging(kernel: TheKernel, on: str = "") -> AgingList:
    """What is open, by how many days it is overdue."""
    day = _day(kernel, on)
    with kernel.database.read() as connection:
        found = kernel.finance.owed(connection, day).aging
    return AgingList(on=day.isoformat(), lines=[AgingOut.model_validate(each) for each in found])


@router.get("/finance/forecast", summary="Show what will come in", responses=problems(422))
def show_forecast(kernel: TheKernel, on: str = "") -> ForecastList:
    """What is expected from customers, week by week, from a day on."""
    day = _day(kernel, on)
    with kernel.database.read() as connection:
        found = kernel.finance.owed(connection, day).forecast
    return ForecastList(on=day.isoformat(), lines=[ForecastOut.model_validate(each) for each in found])


@router.get("/finance/vat", summary="Show the VAT of a month", responses=problems(422))
def show_vat(kernel: TheKernel, month: str = "") -> VatSummary:
    """What is owed to the tax office and what is deducted; the running month so far where none is named."""
    asked = _month(kernel, month)
    with kernel.database.read() as connection:
        found = kernel.finance.vat(connection, asked)
    lines = [VatOut.model_validate(each) for each in found]
    return VatSummary(month=str(asked), lines=lines, payable=payable(found))


@router.get("/finance/revenue", summary="List revenue by customer", responses=problems(422))
def list_revenue(kernel: TheKernel, month: str = "") -> RevenueList:
    """What each customer brought in a month."""
    asked = _month(kernel, month)
    with kernel.database.read() as connection:
        found = kernel.finance.revenue(connection, asked)
    return RevenueList(month=str(asked), customers=[RevenueOut.model_validate(each) for each in found])


@router.get("/finance/profit", summary="Show profit and loss of a month", responses=problems(422))
def show_profit(kernel: TheKernel, month: str = "") -> ProfitAndLoss:
    """Income and expenses of a month by account."""
    asked = _month(kernel, month)
    with kernel.database.read() as connection:
        found = kernel.finance.profit(connection, asked)
    lines = [ProfitOut.model_validate(each) for each in found]
    return ProfitAndLoss(month=str(asked), lines=lines, result=results(found))


def _day(kernel: Kernel, text: str) -> date:
    return date.fromisoformat(require_day(text)) if text else kernel.clock.now().date()


def _month(kernel: Kernel, text: str) -> Month:
    return require_month(text) if text else Month.of(kernel.clock.now().date())
