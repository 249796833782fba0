"""The books: what stands on each account, and the entries behind it."""

from aios.books.books import require_day
from aios.books.exports import number_of
from aios.workspace.api.calls import Answer, Limit, TheKernel, new_router, problems

router = new_router("ledger")


class BalanceOut(Answer):
    """An account in one currency; sums are minor units, `minor` is debits less credits."""

    account: str
    name: str
    kind: str | None
    currency: str
    debit: int
    credit: int
    minor: int


class BalanceList(Answer):
    """Balances, by account."""

    balances: list[BalanceOut]


class PostingOut(Answer):
    """So many minor units from the account `credit` to the account `debit`."""

    debit: str
    credit: str
    minor: int


class EntryOut(Answer):
    """An entry; `corrects` and `corrected_by` are keys of others."""

    key: str
    number: str
    day: str
    currency: str
    text: str
    document: str
    case_id: str
    corrects: str
    corrected_by: str
    postings: list[PostingOut]


class EntryList(Answer):
    """Entries, in the order in which they were booked."""

    entries: list[EntryOut]


@router.get("/ledger/balances", summary="Show balances", responses=problems(422))
def balances(kernel: TheKernel, until: str = "") -> BalanceList:
    """What stands on each account, at the end of a day or now."""
    with kernel.database.read() as connection:
        found = kernel.books.balances(connection, until=require_day(until) if until else "")
    return BalanceList(balances=[BalanceOut.model_validate(each) for each in found])


@router.get("/ledger/entries", summary="List entries", responses=problems(422))
def entries(
    kernel: TheKernel, account: str = "", case: str = "", after: str = "", until: str = "", limit: Limit = 500
) -> EntryList:
    """The newest entries, narrowed by account, case and days."""
    days = {name: require_day(day) if day else "" for name, day in (("after", after), ("until", until))}
    with kernel.database.read() as connection:
        found = kernel.books.entries(connection, account=account, case_id=case, limit=limit, **days)
    return EntryList(entries=[EntryOut.model_validate({**vars(each), "number": number_of(each)}) for each in found])
