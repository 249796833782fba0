"""Who an invoice is between: parties with their names, numbers, addresses and contacts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Identifier:
    """A number somebody is known by, and the list it comes from (`scheme`, an ISO 6523 or EAS code)."""

    value: str
    scheme: str = ""


@dataclass(frozen=True)
class Address:
    """A postal address (BG-5, BG-8, BG-12, BG-15); `country` is an ISO 3166 code."""

    street: str = ""
    addition: str = ""
    third: str = ""
    city: str = ""
    postcode: str = ""
    region: str = ""
    country: str = ""


@dataclass(frozen=True)
class Contact:
    """A person or department to ask (BG-6, BG-9)."""

    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class Party:
    """A seller (BG-4), buyer (BG-7), payee (BG-10) or tax representative (BG-11)."""

    name: str
    trading_name: str = ""
    ids: tuple[Identifier, ...] = ()
    """BT-29, BT-46, BT-60."""
    legal_id: Identifier | None = None
    """BT-30, BT-47, BT-61."""
    vat_id: str = ""
    """BT-31, BT-48, BT-63."""
    tax_id: str = ""
    """BT-32."""
    legal_form: str = ""
    """BT-33."""
    endpoint: Identifier | None = None
    """BT-34, BT-49."""
    address: Address = Address()
    contact: Contact = Contact()
