"""Who we are on our own invoices, as the settings say."""

from aios.errors import Misconfigured
from aios.invoices.invoice import Payment
from aios.invoices.party import Address, Contact, Identifier, Party
from aios.settings import NOBODY, Settings

REMEDY = "Set AIOS_BUSINESS_NAME, AIOS_BUSINESS_COUNTRY (such as DE), street, postcode, city and VAT id in aios.toml."
SEPA = "58"
"""The UNTDID 4461 code of a SEPA credit transfer."""


def seller_of(settings: Settings) -> Party:
    """The seller of our invoices; `Misconfigured` where the settings say too little for an invoice."""
    if not settings.aios_business_country or not (settings.aios_business_name or settings.aios_owner_name):
        raise Misconfigured("An invoice needs the name, address and country of your business.", REMEDY)
    email = "" if settings.aios_owner_email == NOBODY else settings.aios_owner_email
    return Party(
        name=settings.aios_business_name or settings.aios_owner_name,
        vat_id=settings.aios_business_vat_id,
        tax_id=settings.aios_business_tax_id,
        endpoint=Identifier(email, "EM") if email else None,
        address=Address(
            settings.aios_business_street,
            city=settings.aios_business_city,
            postcode=settings.aios_business_postcode,
            country=settings.aios_business_country.upper(),
        ),
        contact=Contact(settings.aios_owner_name, "", email),
    )


def payments_of(settings: Settings) -> tuple[Payment, ...]:
    """How we are paid: by transfer to our account, where one is set."""
    if not settings.aios_bank_iban:
        return ()
    name = settings.aios_bank_name or settings.aios_business_name or settings.aios_owner_name
    return (Payment(SEPA, iban=settings.aios_bank_iban, account_name=name, bic=settings.aios_bank_bic),)
