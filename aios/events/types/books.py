"""What is entered in the books, and what becomes of invoices."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aios.events.payload import Payload


class Posting(BaseModel):
    """So many minor units from one account (`credit`) to another (`debit`): balanced, whatever else is wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    debit: Annotated[str, Field(min_length=1, max_length=20)]
    credit: Annotated[str, Field(min_length=1, max_length=20)]
    minor: Annotated[int, Field(gt=0)]


class BookingEntered(Payload):
    """An entry of the books, which stays as it is: what was wrong is set right by a further one (`corrects`).

    `key` says what it is the entry of, and is used once; `number` is the next one of `series`. `document` is the number
    of the invoice or other paper behind it.
    """

    type = "booking.entered"
    personal = frozenset({"text"})
    impersonal = frozenset(
        {"key", "series", "day", "currency", "document", "corrects", "postings.debit", "postings.credit"}
    )
    key: str
    series: str
    number: Annotated[int, Field(ge=1)]
    day: str
    currency: str
    text: str
    document: str
    postings: Annotated[tuple[Posting, ...], Field(min_length=1)]
    corrects: str = ""
