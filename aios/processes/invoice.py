"""What the steps of an incoming invoice hand on. Sums are minor units of the invoice's currency."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from aios.events.catalog import Sender
from aios.events.types.books import Posting
from aios.invoices.finding import Finding
from aios.invoices.invoice import Tax


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IncomingFile(_Output):
    """The file with the invoice, and how it came: `sender`, `subject` and `text` are those of its mail, if any."""

    name: str
    blob: str
    media_type: str
    channel: str
    sender: Sender
    subject: str
    text: str
    received_on: str


class PartyFields(_Output):
    """A seller or buyer, as far as the invoice names it."""

    name: str = ""
    vat_id: str = ""
    address: str = ""
    email: str = ""
    phone: str = ""


class LineFields(_Output):
    """What is charged for."""

    name: str
    quantity: str = ""
    unit: str = ""
    net: int


class PayTo(_Output):
    """A way to pay: `means` is a UNTDID 4461 code."""

    means: str = ""
    iban: str = ""
    bic: str = ""
    name: str = ""


class TaxFields(_Output):
    """The tax of one category and rate in percent."""

    category: str
    rate: str
    basis: int
    amount: int


class InvoiceFields(_Output):
    """What the invoice says. `source` is its format, `text` where it carries no data: then `confidence` is low.

    `said` are the words that each value was taken from, where there were only words.
    """

    source: str
    number: str
    issued: str
    due: str
    currency: str
    credit: bool
    supplier: PartyFields
    buyer: PartyFields
    net: int | None
    tax: int | None
    gross: int
    payable: int
    prepaid: int = 0
    rounding: int = 0
    taxes: tuple[TaxFields, ...] = ()
    lines: tuple[LineFields, ...] = ()
    line_count: int = 0
    pay_to: tuple[PayTo, ...] = ()
    reference: str = ""
    order: str = ""
    contract: str = ""
    terms: str = ""
    confidence: float
    said: dict[str, str] = {}

    @property
    def ibans(self) -> tuple[str, ...]:
        """The accounts that may be paid to, each once."""
        return tuple(dict.fromkeys(each.iban for each in self.pay_to if each.iban))


class FindingOut(_Output):
    """What a rule says of the invoice: an `error` refuses it, a `warning` is for a person to look at."""

    rule: str
    severity: str
    sentence: str
    remedy: str
    term: str = ""


class InvoiceChecks(_Output):
    """What was found, by each rule; none where all is well. `official` says whether the Schematron was run."""

    findings: tuple[FindingOut, ...]
    errors: int
    warnings: int
    official: bool


class SameInvoice(_Output):
    """An earlier invoice that this one may be once more."""

    case_id: str
    number: str
    why: str
    exact: bool


class InvoiceMatch(_Output):
    """Whose invoice it is, whether it came before, and whether the account to pay to is the one we know.

    `account` is `known`, `first` (there is nothing to compare with), `changed` or `none`. `for_order` is the order or
    contract that it is for, of those that we know.
    """

    contact_id: str
    supplier: str
    earlier: int
    duplicates: tuple[SameInvoice, ...]
    account: str
    accounts_before: tuple[str, ...]
    flags: tuple[str, ...]
    findings: tuple[FindingOut, ...]
    for_order: str = ""


@dataclass(frozen=True)
class Examined:
    """Everything that the steps up to its matching know of an invoice that came in."""

    file: IncomingFile
    fields: InvoiceFields
    checks: InvoiceChecks
    match: InvoiceMatch


class InvoiceBooking(_Output):
    """The entry in the books. `corrected` is the key of the one before, where the fields have changed since."""

    key: str
    number: str
    day: str
    account: str
    currency: str
    postings: tuple[Posting, ...]
    text: str
    corrected: str = ""


class InvoicePayment(_Output):
    """How it was paid: `transfer` (a file for the bank), `owner` (by other ways), `bank` (a statement shows it, and
    `minor` is nothing of ours), or `nothing` was owed.
    """

    how: str
    effect_key: str
    mode: str
    file: str
    on: str
    iban: str
    minor: int
    currency: str
    entry: str


def found(findings: tuple[Finding, ...] | list[Finding]) -> tuple[FindingOut, ...]:
    """Findings as an artifact keeps them; the same words once."""
    said = {(each.rule, each.sentence): each for each in findings}
    return tuple(
        FindingOut(
            rule=each.rule, severity=str(each.severity), sentence=each.sentence, remedy=each.remedy, term=each.term
        )
        for each in said.values()
    )


def taxes_of(taxes: tuple[Tax, ...]) -> tuple[TaxFields, ...]:
    """The breakdown of taxes as an artifact keeps it."""
    return tuple(
        TaxFields(category=str(each.category), rate=each.rate, basis=each.basis, amount=each.amount) for each in taxes
    )
