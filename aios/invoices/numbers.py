"""The numbers of banks and tax offices in an invoice: a wrong check digit is a warning before money moves."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from aios.invoices.finding import Finding, error, warning
from aios.invoices.invoice import Invoice

ASK = "Ask the seller by a way that you know before you pay."


def check_numbers(invoice: Invoice) -> Iterator[Finding]:
    """IBAN, BIC, VAT ids and the currency."""
    for payment in invoice.payments:
        looks = payment.iban[:2].isalpha() and payment.iban[2:4].isdigit()
        if looks and not valid("iban", payment.iban):
            yield warning("AIOS-IBAN", f"The IBAN {payment.iban} has a wrong check digit or length.", ASK, "BT-84")
        if payment.bic and not valid("bic", payment.bic):
            yield warning("AIOS-BIC", f"{payment.bic} is no BIC.", ASK, "BT-86")
    for term, party in (("BT-31", invoice.seller), ("BT-48", invoice.buyer)):
        if party.vat_id and not valid_vat(party.vat_id):
            sentence = f"The VAT id {party.vat_id} of {party.name} is not valid."
            yield warning("AIOS-VAT-ID", sentence, "Check it with the tax office before you deduct tax.", term)
    if not valid_currency(invoice.currency):
        yield error("BR-CL-04", f"{invoice.currency} is no currency of ISO 4217.", term="BT-5")


def valid(kind: str, number: str) -> bool:
    """Whether python-stdnum's module of that name takes the number."""
    module: Any = import_module(f"stdnum.{kind}")
    try:
        return bool(module.is_valid(number))
    except (ValueError, IndexError):
        return False


def valid_vat(number: str) -> bool:
    """Whether it is a VAT id by its country's rules; a country without known rules passes."""
    from stdnum.eu import vat

    country = number[:2].upper()
    if country in ("GB", "CH", "NO", "XI"):
        return True
    if country not in ("EL", "XI", *(code.upper() for code in vat.MEMBER_STATES)):
        return True
    return bool(vat.is_valid(number))


def valid_currency(code: str) -> bool:
    """Whether ISO 4217 lists the code."""
    return code in CURRENCIES


CURRENCIES = frozenset(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP "
    "LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN "
    "PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD "
    "XDR XOF XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWL".split()
)
"""ISO 4217, as the code list of EN 16931 has it."""
