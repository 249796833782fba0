"""The EPC QR code (EPC069-12) by which a banking app fills in a SEPA transfer."""

from aios.invoices.invoice import Invoice
from aios.invoices.numbers import valid
from aios.money import to_decimal

MOST = 99_999_999_999
"""What a SEPA transfer may move, in cents."""


def giro_code(invoice: Invoice) -> str:
    """The code's text; empty where there is nothing to transfer in euros, or no valid IBAN."""
    payment = next((each for each in invoice.payments if each.means in ("30", "58") and valid("iban", each.iban)), None)
    payable = invoice.totals.payable
    if payment is None or invoice.credit or invoice.currency != "EUR" or not 0 < payable <= MOST:
        return ""
    name = (payment.account_name or (invoice.payee or invoice.seller).name)[:70]
    bic = payment.bic if valid("bic", payment.bic) else ""
    use = (invoice.payment_reference or invoice.number)[:140]
    amount = f"EUR{to_decimal(payable, 'EUR'):.2f}"
    return "\n".join(("BCD", "002", "1", "SCT", bic, name, payment.iban, amount, "", "", use))
