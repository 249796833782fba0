"""What we have ordered, and what we have contracts for: incoming invoices are held against it."""

from typing import Literal

from aios.events.payload import Payload


class OrderRecorded(Payload):
    """An order, or a contract of which each invoice is to be `minor`. Said again, it replaces the former.

    `number_key` and `supplier_key` are what is compared; `minor` is gross, in minor units of `currency`.
    """

    type = "order.recorded"
    personal = frozenset({"supplier", "supplier_key", "text"})
    impersonal = frozenset({"number", "number_key", "currency"})
    kind: Literal["order", "contract"]
    number: str
    number_key: str
    supplier: str
    supplier_key: str
    currency: str
    minor: int
    text: str
