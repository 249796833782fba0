"""An invoice as a UBL 2.1 document (EN 16931-3-2)."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import date

from aios.invoices.elements import Element, document, element, money, percent
from aios.invoices.invoice import AllowanceCharge, Attachment, Invoice, Line, Note, Payment, Period, Tax
from aios.invoices.party import Address, Contact, Identifier, Party
from aios.invoices.ubl import NAMESPACES

PROFILE = "urn:cen.eu:en16931:2017"
_SPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


def write_ubl(invoice: Invoice) -> bytes:
    """The UBL document: a CreditNote for types that credit, else an Invoice."""
    root = element("CreditNote" if invoice.credit else "Invoice", _document(invoice))
    assert root is not None
    return document(root, {"": NAMESPACES[1 if invoice.credit else 0], **_SPACES})


def _document(invoice: Invoice) -> Iterator[Element | None]:
    yield element("cbc:CustomizationID", invoice.profile or PROFILE)
    yield element("cbc:ProfileID", invoice.business_process)
    yield element("cbc:ID", invoice.number)
    yield element("cbc:IssueDate", invoice.issued.isoformat())
    if invoice.credit:
        yield element("cbc:TaxPointDate", _day(invoice.tax_point))
        yield element("cbc:CreditNoteTypeCode", invoice.type)
    else:
        yield element("cbc:DueDate", _day(invoice.due))
        yield element("cbc:InvoiceTypeCode", invoice.type)
    for note in invoice.notes:
        yield element("cbc:Note", _note(note))
    if not invoice.credit:
        yield element("cbc:TaxPointDate", _day(invoice.tax_point))
    yield element("cbc:DocumentCurrencyCode", invoice.currency)
    yield element("cbc:TaxCurrencyCode", invoice.tax_currency)
    yield element("cbc:BuyerReference", invoice.buyer_reference)
    yield _period(invoice.period)
    yield from _references(invoice)
    yield element("cac:AccountingSupplierParty", [_party("cac:Party", invoice.seller, _creditor(invoice))])
    yield element("cac:AccountingCustomerParty", [_party("cac:Party", invoice.buyer)])
    yield _payee(invoice.payee)
    yield _party("cac:TaxRepresentativeParty", invoice.representative) if invoice.representative else None
    yield _delivery(invoice)
    for payment in invoice.payments:
        yield _payment(invoice, payment)
    yield element("cac:PaymentTerms", [element("cbc:Note", invoice.terms)])
    for each in invoice.allowances:
        yield _allowance(each, invoice.currency)
    yield _tax_total(invoice)
    if invoice.totals.tax_accounting is not None:
        unit = invoice.tax_currency
        yield element("cac:TaxTotal", [money("cbc:TaxAmount", invoice.totals.tax_accounting, unit, currencyID=unit)])
    yield _totals(invoice)
    for line in invoice.lines:
        yield _line(invoice, line)


def _references(invoice: Invoice) -> Iterator[Element | None]:
    order = invoice.order or ("NA" if invoice.sales_order else "")
    yield element("cac:OrderReference", [element("cbc:ID", order), element("cbc:SalesOrderID", invoice.sales_order)])
    for earlier in invoice.preceding:
        parts = [element("cbc:ID", earlier.number), element("cbc:IssueDate", _day(earlier.issued))]
        yield element("cac:BillingReference", [element("cac:InvoiceDocumentReference", parts)])
    contract = element("cac:ContractDocumentReference", [element("cbc:ID", invoice.contract)])
    supporting = [_attachment(each) for each in invoice.attachments]
    if invoice.credit:  # the schema of a credit note has another order, and no project
        parts = [element("cbc:ID", invoice.project), element("cbc:DocumentTypeCode", "50")]
        project = element("cac:AdditionalDocumentReference", parts) if invoice.project else None
        yield from (contract, *supporting, project)
    else:
        yield from (contract, *supporting, element("cac:ProjectReference", [element("cbc:ID", invoice.project)]))


def _attachment(each: Attachment) -> Element | None:
    data = b64encode(each.content).decode()
    parts = [
        element("cbc:EmbeddedDocumentBinaryObject", data, mimeCode=each.media_type, filename=each.name),
        element("cac:ExternalReference", [element("cbc:URI", each.url)]),
    ]
    described = [element("cbc:ID", each.id), element("cbc:DocumentDescription", each.description)]
    return element("cac:AdditionalDocumentReference", [*described, element("cac:Attachment", parts)])


def _creditor(invoice: Invoice) -> str:
    return next((payment.creditor_id for payment in invoice.payments if payment.creditor_id), "")


def _party(name: str, party: Party, creditor: str = "") -> Element | None:
    return element(
        name,
        [
            _identifier("cbc:EndpointID", party.endpoint),
            *(element("cac:PartyIdentification", [_identifier("cbc:ID", each)]) for each in party.ids),
            element("cac:PartyIdentification", [element("cbc:ID", creditor, schemeID="SEPA")]),
            element("cac:PartyName", [element("cbc:Name", party.trading_name or _only_name(name, party))]),
            _address("cac:PostalAddress", party.address),
            _tax_scheme(party.vat_id, "VAT"),
            _tax_scheme(party.tax_id, "FC"),
            _legal(party) if name == "cac:Party" else None,
            _contact(party.contact),
        ],
    )


def _only_name(name: str, party: Party) -> str:
    return "" if name == "cac:Party" else party.name


def _payee(payee: Party | None) -> Element | None:
    if payee is None:
        return None
    legal = element("cac:PartyLegalEntity", [_identifier("cbc:CompanyID", payee.legal_id)])
    ids = (element("cac:PartyIdentification", [_identifier("cbc:ID", each)]) for each in payee.ids[:1])
    return element("cac:PayeeParty", [*ids, element("cac:PartyName", [element("cbc:Name", payee.name)]), legal])


def _legal(party: Party) -> Element | None:
    return element(
        "cac:PartyLegalEntity",
        [
            element("cbc:RegistrationName", party.name),
            _identifier("cbc:CompanyID", party.legal_id),
            element("cbc:CompanyLegalForm", party.legal_form),
        ],
    )


def _identifier(name: str, given: Identifier | None) -> Element | None:
    return element(name, given.value, schemeID=given.scheme) if given else None


def _tax_scheme(number: str, scheme: str) -> Element | None:
    if not number:
        return None
    return element("cac:PartyTaxScheme", [element("cbc:CompanyID", number), _scheme(scheme)])


def _scheme(name: str = "VAT") -> Element | None:
    return element("cac:TaxScheme", [element("cbc:ID", name)])


def _address(name: str, address: Address) -> Element | None:
    return element(
        name,
        [
            element("cbc:StreetName", address.street),
            element("cbc:AdditionalStreetName", address.addition),
            element("cbc:CityName", address.city),
            element("cbc:PostalZone", address.postcode),
            element("cbc:CountrySubentity", address.region),
            element("cac:AddressLine", [element("cbc:Line", address.third)]),
            element("cac:Country", [element("cbc:IdentificationCode", address.country)]),
        ],
    )


def _contact(contact: Contact) -> Element | None:
    return element(
        "cac:Contact",
        [
            element("cbc:Name", contact.name),
            element("cbc:Telephone", contact.phone),
            element("cbc:ElectronicMail", contact.email),
        ],
    )


def _delivery(invoice: Invoice) -> Element | None:
    place = _address("cac:Address", invoice.deliver_to) if invoice.deliver_to else None
    date_ = element("cbc:ActualDeliveryDate", _day(invoice.delivered))
    return element("cac:Delivery", [date_, element("cac:DeliveryLocation", [place])])


def _payment(invoice: Invoice, payment: Payment) -> Element | None:
    branch = element("cac:FinancialInstitutionBranch", [element("cbc:ID", payment.bic)])
    account = [element("cbc:ID", payment.iban), element("cbc:Name", payment.account_name), branch]
    debited = element("cac:PayerFinancialAccount", [element("cbc:ID", payment.debited_iban)])
    card = [element("cbc:PrimaryAccountNumberID", payment.card), element("cbc:NetworkID", "NA" if payment.card else "")]
    return element(
        "cac:PaymentMeans",
        [
            element("cbc:PaymentMeansCode", payment.means, name=payment.text),
            element("cbc:PaymentDueDate", _day(invoice.due) if invoice.credit else ""),
            element("cbc:PaymentID", invoice.payment_reference),
            element("cac:CardAccount", card),
            element("cac:PayeeFinancialAccount", account),
            element("cac:PaymentMandate", [element("cbc:ID", payment.mandate), debited]),
        ],
    )


def _allowance(each: AllowanceCharge, unit: str) -> Element | None:
    return element(
        "cac:AllowanceCharge",
        [
            element("cbc:ChargeIndicator", "true" if each.charge else "false"),
            element("cbc:AllowanceChargeReasonCode", each.reason_code),
            element("cbc:AllowanceChargeReason", each.reason),
            element("cbc:MultiplierFactorNumeric", each.percent),
            money("cbc:Amount", each.amount, unit, currencyID=unit),
            money("cbc:BaseAmount", each.base, unit, currencyID=unit),
            _category("cac:TaxCategory", each.category, each.rate),
        ],
    )


def _category(name: str, category: str | None, rate: str, reason: str = "", code: str = "") -> Element | None:
    if not category:
        return None
    return element(
        name,
        [
            element("cbc:ID", str(category)),
            element("cbc:Percent", percent(rate)),
            element("cbc:TaxExemptionReasonCode", code),
            element("cbc:TaxExemptionReason", reason),
            _scheme(),
        ],
    )


def _tax_total(invoice: Invoice) -> Element | None:
    unit = invoice.currency
    total = money("cbc:TaxAmount", invoice.totals.tax, unit, currencyID=unit)
    return element("cac:TaxTotal", [total, *(_tax(each, unit) for each in invoice.taxes)])


def _tax(tax: Tax, unit: str) -> Element | None:
    return element(
        "cac:TaxSubtotal",
        [
            money("cbc:TaxableAmount", tax.basis, unit, currencyID=unit),
            money("cbc:TaxAmount", tax.amount, unit, currencyID=unit),
            _category("cac:TaxCategory", tax.category, tax.rate, tax.reason, tax.reason_code),
        ],
    )


def _totals(invoice: Invoice) -> Element | None:
    totals, unit = invoice.totals, invoice.currency
    named = {
        "LineExtensionAmount": totals.lines,
        "TaxExclusiveAmount": totals.net,
        "TaxInclusiveAmount": totals.gross,
        "AllowanceTotalAmount": totals.allowances,
        "ChargeTotalAmount": totals.charges,
        "PrepaidAmount": totals.prepaid,
        "PayableRoundingAmount": totals.rounding,
        "PayableAmount": totals.payable,
    }
    amounts = (money(f"cbc:{name}", minor, unit, currencyID=unit) for name, minor in named.items())
    return element("cac:LegalMonetaryTotal", amounts)


def _line(invoice: Invoice, line: Line) -> Element | None:
    unit = invoice.currency
    name, quantity = ("CreditNoteLine", "CreditedQuantity") if invoice.credit else ("InvoiceLine", "InvoicedQuantity")
    return element(
        f"cac:{name}",
        [
            element("cbc:ID", line.id),
            element("cbc:Note", line.note),
            element(f"cbc:{quantity}", line.quantity, unitCode=line.unit),
            money("cbc:LineExtensionAmount", line.net, unit, currencyID=unit),
            _period(line.period),
            element("cac:OrderLineReference", [element("cbc:LineID", line.order_line)]),
            *(_allowance(each, unit) for each in line.allowances),
            _item(line),
            _price(line, unit),
        ],
    )


def _item(line: Line) -> Element | None:
    return element(
        "cac:Item",
        [
            element("cbc:Description", line.description),
            element("cbc:Name", line.name),
            element("cac:BuyersItemIdentification", [element("cbc:ID", line.buyer_item)]),
            element("cac:SellersItemIdentification", [element("cbc:ID", line.seller_item)]),
            _category("cac:ClassifiedTaxCategory", line.category, line.rate),
        ],
    )


def _price(line: Line, unit: str) -> Element | None:
    reduction = [
        element("cbc:ChargeIndicator", "false"),
        element("cbc:Amount", line.price_discount or "0", currencyID=unit),
        element("cbc:BaseAmount", line.gross_price, currencyID=unit),
    ]
    per = "" if line.price_quantity == "1" else line.price_quantity
    return element(
        "cac:Price",
        [
            element("cbc:PriceAmount", line.price, currencyID=unit),
            element("cbc:BaseQuantity", per, unitCode=line.unit),
            element("cac:AllowanceCharge", reduction) if line.gross_price else None,
        ],
    )


def _note(note: Note) -> str:
    return f"#{note.subject}#{note.text}" if note.subject else note.text


def _period(period: Period | None) -> Element | None:
    if period is None:
        return None
    days = [element("cbc:StartDate", _day(period.start)), element("cbc:EndDate", _day(period.end))]
    return element("cac:InvoicePeriod", days)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
