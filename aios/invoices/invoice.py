"""An invoice as EN 16931 means it: sums in minor units of its currency, quantities and prices as decimal strings."""

from dataclasses import dataclass
from datetime import date

from aios.invoices.codes import CREDIT_TYPES, VatCategory
from aios.invoices.party import Address, Party


@dataclass(frozen=True)
class Period:
    """From when to when (BG-14, BG-26)."""

    start: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class AllowanceCharge:
    """A reduction or an addition on a document (BG-20, BG-21) or a line (BG-27, BG-28, without tax of its own)."""

    charge: bool
    amount: int
    base: int | None = None
    percent: str = ""
    reason: str = ""
    reason_code: str = ""
    category: VatCategory | None = None
    rate: str = ""


@dataclass(frozen=True)
class Line:
    """What is charged for (BG-25)."""

    id: str
    name: str
    quantity: str
    price: str
    """BT-146, for `price_quantity` units."""
    net: int
    """BT-131."""
    category: VatCategory | None = None
    rate: str = ""
    unit: str = "C62"
    price_quantity: str = "1"
    gross_price: str = ""
    price_discount: str = ""
    description: str = ""
    note: str = ""
    allowances: tuple[AllowanceCharge, ...] = ()
    period: Period | None = None
    seller_item: str = ""
    buyer_item: str = ""
    order_line: str = ""


@dataclass(frozen=True)
class Tax:
    """The tax of one category and rate (BG-23)."""

    category: VatCategory
    rate: str
    basis: int
    amount: int
    reason: str = ""
    reason_code: str = ""


@dataclass(frozen=True)
class Totals:
    """The sums of an invoice (BG-22). `None` is what the profile does not say."""

    net: int
    """BT-109, without tax."""
    gross: int
    """BT-112, with tax."""
    payable: int
    """BT-115."""
    tax: int | None = None
    """BT-110."""
    lines: int | None = None
    """BT-106."""
    allowances: int | None = None
    """BT-107."""
    charges: int | None = None
    """BT-108."""
    prepaid: int | None = None
    """BT-113."""
    rounding: int | None = None
    """BT-114."""
    tax_accounting: int | None = None
    """BT-111, in the tax currency."""


@dataclass(frozen=True)
class Payment:
    """How to pay (BG-16 to BG-19); `means` is a UNTDID 4461 code."""

    means: str
    text: str = ""
    iban: str = ""
    account_name: str = ""
    bic: str = ""
    mandate: str = ""
    creditor_id: str = ""
    debited_iban: str = ""
    card: str = ""


@dataclass(frozen=True)
class Reference:
    """An earlier invoice (BG-3)."""

    number: str
    issued: date | None = None


@dataclass(frozen=True)
class Note:
    """What is said besides (BG-1); `subject` is a UNTDID 4451 code."""

    text: str
    subject: str = ""


@dataclass(frozen=True)
class Attachment:
    """A supporting document (BG-24), in the invoice or at an address."""

    id: str
    description: str = ""
    name: str = ""
    media_type: str = ""
    content: bytes = b""
    url: str = ""


@dataclass(frozen=True)
class Invoice:
    """An invoice or credit note (BT-1 to BT-165)."""

    number: str
    issued: date
    type: str
    """BT-3, a UNTDID 1001 code."""
    currency: str
    seller: Party
    buyer: Party
    totals: Totals
    lines: tuple[Line, ...] = ()
    taxes: tuple[Tax, ...] = ()
    allowances: tuple[AllowanceCharge, ...] = ()
    payments: tuple[Payment, ...] = ()
    payment_reference: str = ""
    """BT-83."""
    due: date | None = None
    """BT-9."""
    terms: str = ""
    """BT-20."""
    notes: tuple[Note, ...] = ()
    buyer_reference: str = ""
    """BT-10."""
    order: str = ""
    """BT-13."""
    sales_order: str = ""
    """BT-14."""
    contract: str = ""
    """BT-12."""
    project: str = ""
    """BT-11."""
    preceding: tuple[Reference, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    delivered: date | None = None
    """BT-72."""
    deliver_to: Address | None = None
    """BG-15."""
    period: Period | None = None
    payee: Party | None = None
    representative: Party | None = None
    tax_currency: str = ""
    """BT-6."""
    tax_point: date | None = None
    """BT-7."""
    profile: str = ""
    """BT-24."""
    business_process: str = ""
    """BT-23."""

    @property
    def credit(self) -> bool:
        """Whether it credits rather than charges."""
        return self.type in CREDIT_TYPES
