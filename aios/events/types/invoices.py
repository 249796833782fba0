"""What becomes of invoices: those that came in are recorded and paid, our own are drafted, issued, and reminded of."""

from typing import Annotated, Literal

from pydantic import Field

from aios.events.payload import Payload


class InvoiceRecorded(Payload):
    """What an invoice that came in says, as far as later ones are held against it. Said again, it replaces the former.

    `number_key` and `supplier_key` are what is compared. Sums are minor units of `currency`.
    """

    type = "invoice.recorded"
    personal = frozenset({"supplier", "supplier_key", "vat_id", "ibans"})
    impersonal = frozenset({"number", "number_key", "contact_id", "issued", "due", "currency", "blob"})
    number: str
    number_key: str
    supplier: str
    supplier_key: str
    vat_id: str
    contact_id: str
    issued: str
    due: str
    currency: str
    payable: int
    gross: int
    credit: bool
    ibans: tuple[str, ...]
    blob: str


class InvoicePaid(Payload):
    """The invoice is paid as far as we can do it: a transfer is with the bank, or the owner says so."""

    type = "invoice.paid"
    personal = frozenset({"iban"})
    impersonal = frozenset({"on", "currency"})
    by: Literal["transfer", "owner"]
    on: str
    iban: str
    minor: int
    currency: str


class InvoiceIssued(Payload):
    """An invoice of our own has its number, `name` being how it is written, and its files, which never change."""

    type = "invoice.issued"
    personal = frozenset({"customer"})
    impersonal = frozenset({"key", "series", "name", "contact_id", "issued", "due", "currency", "ubl", "cii", "pdf"})
    key: str
    series: str
    number: Annotated[int, Field(ge=1)]
    name: str
    customer: str
    contact_id: str
    issued: str
    due: str
    currency: str
    net: int
    gross: int
    payable: int
    credit: bool
    ubl: str
    cii: str
    pdf: str


class InvoiceDrafted(Payload):
    """Somebody is to get an invoice of ours, or a credit note (`credits` is then the key of the invoice it takes back).

    The draft itself is under `blob`. `about` says what it is for, such as a deliverable or a subscription's month.
    """

    type = "invoice.drafted"
    personal = frozenset({"name", "about", "customer"})
    impersonal = frozenset({"blob", "media_type", "credits"})
    name: str
    customer: str
    about: str
    blob: str
    media_type: str
    channel: Literal["file", "api", "rollback"] = "file"
    credits: str = ""


class ReminderDue(Payload):
    """An invoice of ours (`invoice` is its key, `number` how it is written) is overdue so long that `level` fits.

    The levels are the steps of the policy, from 1 on. `on` is the day on which that was found.
    """

    type = "reminder.due"
    impersonal = frozenset({"invoice", "number", "on"})
    invoice: str
    number: str
    level: Annotated[int, Field(ge=1)]
    on: str
