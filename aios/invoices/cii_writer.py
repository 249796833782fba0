"""An invoice as a UN/CEFACT CII document (EN 16931-3-3), the XML of Factur-X and ZUGFeRD."""

from base64 import b64encode
from datetime import date

from aios.invoices.elements import Element, document, element, money, percent
from aios.invoices.invoice import AllowanceCharge, Attachment, Invoice, Line, Payment, Period, Reference, Tax
from aios.invoices.party import Address, Contact, Identifier, Party
from aios.invoices.ubl_writer import PROFILE

_BASE = "urn:un:unece:uncefact:data:standard"
_SPACES = {
    "rsm": f"{_BASE}:CrossIndustryInvoice:100",
    "ram": f"{_BASE}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_BASE}:UnqualifiedDataType:100",
    "qdt": f"{_BASE}:QualifiedDataType:100",
}


def write_cii(invoice: Invoice) -> bytes:
    """The CII document."""
    lines = [_line(line, invoice.currency) for line in invoice.lines]
    delivery = _delivery(invoice) or Element("ram:ApplicableHeaderTradeDelivery", (), "", ())
    trade = element("rsm:SupplyChainTradeTransaction", [*lines, _agreement(invoice), delivery, _settlement(invoice)])
    root = element("rsm:CrossIndustryInvoice", [_context(invoice), _document(invoice), trade])
    assert root is not None
    return document(root, _SPACES)


def _context(invoice: Invoice) -> Element | None:
    business = element("ram:ID", invoice.business_process)
    guideline = element("ram:ID", invoice.profile or PROFILE)
    return element(
        "rsm:ExchangedDocumentContext",
        [
            element("ram:BusinessProcessSpecifiedDocumentContextParameter", [business]),
            element("ram:GuidelineSpecifiedDocumentContextParameter", [guideline]),
        ],
    )


def _document(invoice: Invoice) -> Element | None:
    notes = (
        element("ram:IncludedNote", [element("ram:Content", note.text), element("ram:SubjectCode", note.subject)])
        for note in invoice.notes
    )
    head = [element("ram:ID", invoice.number), element("ram:TypeCode", invoice.type)]
    return element("rsm:ExchangedDocument", [*head, _date("ram:IssueDateTime", invoice.issued), *notes])


def _agreement(invoice: Invoice) -> Element | None:
    project = [element("ram:ID", invoice.project), element("ram:Name", "Project reference" if invoice.project else "")]
    return element(
        "ram:ApplicableHeaderTradeAgreement",
        [
            element("ram:BuyerReference", invoice.buyer_reference),
            _party("ram:SellerTradeParty", invoice.seller),
            _party("ram:BuyerTradeParty", invoice.buyer),
            _party("ram:SellerTaxRepresentativeTradeParty", invoice.representative),
            _referenced("ram:SellerOrderReferencedDocument", invoice.sales_order),
            _referenced("ram:BuyerOrderReferencedDocument", invoice.order),
            _referenced("ram:ContractReferencedDocument", invoice.contract),
            *(_attachment(each) for each in invoice.attachments),
            element("ram:SpecifiedProcuringProject", project),
        ],
    )


def _referenced(name: str, number: str) -> Element | None:
    return element(name, [element("ram:IssuerAssignedID", number)])


def _attachment(each: Attachment) -> Element | None:
    data = b64encode(each.content).decode()
    return element(
        "ram:AdditionalReferencedDocument",
        [
            element("ram:IssuerAssignedID", each.id),
            element("ram:URIID", each.url),
            element("ram:TypeCode", "916"),
            element("ram:Name", each.description),
            element("ram:AttachmentBinaryObject", data, mimeCode=each.media_type, filename=each.name),
        ],
    )


def _party(name: str, party: Party | None) -> Element | None:
    if party is None:
        return None
    legal = [
        _identifier("ram:ID", party.legal_id),
        element("ram:TradingBusinessName", party.trading_name),
    ]
    return element(
        name,
        [
            *(_identifier("ram:GlobalID" if each.scheme else "ram:ID", each) for each in _local_first(party.ids)),
            element("ram:Name", party.name),
            element("ram:Description", party.legal_form),
            element("ram:SpecifiedLegalOrganization", legal),
            _contact(party.contact),
            _address("ram:PostalTradeAddress", party.address),
            element("ram:URIUniversalCommunication", [_identifier("ram:URIID", party.endpoint)]),
            element("ram:SpecifiedTaxRegistration", [element("ram:ID", party.tax_id, schemeID="FC")]),
            element("ram:SpecifiedTaxRegistration", [element("ram:ID", party.vat_id, schemeID="VA")]),
        ],
    )


def _local_first(ids: tuple[Identifier, ...]) -> list[Identifier]:
    return sorted(ids, key=lambda each: bool(each.scheme))


def _identifier(name: str, given: Identifier | None) -> Element | None:
    return element(name, given.value, schemeID=given.scheme) if given else None


def _contact(contact: Contact) -> Element | None:
    phone = element("ram:CompleteNumber", contact.phone)
    email = element("ram:URIID", contact.email)
    return element(
        "ram:DefinedTradeContact",
        [
            element("ram:PersonName", contact.name),
            element("ram:TelephoneUniversalCommunication", [phone]),
            element("ram:EmailURIUniversalCommunication", [email]),
        ],
    )


def _address(name: str, address: Address) -> Element | None:
    return element(
        name,
        [
            element("ram:PostcodeCode", address.postcode),
            element("ram:LineOne", address.street),
            element("ram:LineTwo", address.addition),
            element("ram:LineThree", address.third),
            element("ram:CityName", address.city),
            element("ram:CountryID", address.country),
            element("ram:CountrySubDivisionName", address.region),
        ],
    )


def _delivery(invoice: Invoice) -> Element | None:
    place = _address("ram:PostalTradeAddress", invoice.deliver_to) if invoice.deliver_to else None
    event = _date("ram:OccurrenceDateTime", invoice.delivered)
    return element(
        "ram:ApplicableHeaderTradeDelivery",
        [
            element("ram:ShipToTradeParty", [place]),
            element("ram:ActualDeliverySupplyChainEvent", [event]),
        ],
    )


def _settlement(invoice: Invoice) -> Element | None:
    payment = invoice.payments[0] if invoice.payments else Payment("")
    return element(
        "ram:ApplicableHeaderTradeSettlement",
        [
            element("ram:CreditorReferenceID", payment.creditor_id),
            element("ram:PaymentReference", invoice.payment_reference),
            element("ram:TaxCurrencyCode", invoice.tax_currency),
            element("ram:InvoiceCurrencyCode", invoice.currency),
            _party("ram:PayeeTradeParty", invoice.payee),
            *(_payment(each) for each in invoice.payments),
            *(_tax(each, invoice) for each in invoice.taxes),
            _period(invoice.period),
            *(_allowance(each, invoice.currency) for each in invoice.allowances),
            _terms(invoice, payment),
            _totals(invoice),
            *(_preceding(each) for each in invoice.preceding),
        ],
    )


def _terms(invoice: Invoice, payment: Payment) -> Element | None:
    return element(
        "ram:SpecifiedTradePaymentTerms",
        [
            element("ram:Description", invoice.terms),
            _date("ram:DueDateDateTime", invoice.due),
            element("ram:DirectDebitMandateID", payment.mandate),
        ],
    )


def _payment(payment: Payment) -> Element | None:
    creditor = [element("ram:IBANID", payment.iban), element("ram:AccountName", payment.account_name)]
    card, bic = element("ram:ID", payment.card), element("ram:BICID", payment.bic)
    return element(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        [
            element("ram:TypeCode", payment.means),
            element("ram:Information", payment.text),
            element("ram:ApplicableTradeSettlementFinancialCard", [card]),
            element("ram:PayerPartyDebtorFinancialAccount", [element("ram:IBANID", payment.debited_iban)]),
            element("ram:PayeePartyCreditorFinancialAccount", creditor),
            element("ram:PayeeSpecifiedCreditorFinancialInstitution", [bic]),
        ],
    )


def _tax(tax: Tax, invoice: Invoice) -> Element | None:
    return element(
        "ram:ApplicableTradeTax",
        [
            money("ram:CalculatedAmount", tax.amount, invoice.currency),
            element("ram:TypeCode", "VAT"),
            element("ram:ExemptionReason", tax.reason),
            money("ram:BasisAmount", tax.basis, invoice.currency),
            element("ram:CategoryCode", tax.category),
            element("ram:ExemptionReasonCode", tax.reason_code),
            _tax_point(invoice.tax_point),
            element("ram:RateApplicablePercent", percent(tax.rate)),
        ],
    )


def _tax_point(day: date | None) -> Element | None:
    return element("ram:TaxPointDate", [element("udt:DateString", f"{day:%Y%m%d}", format="102")]) if day else None


def _category(name: str, category: str | None, rate: str) -> Element | None:
    if not category:
        return None
    parts = [element("ram:TypeCode", "VAT"), element("ram:CategoryCode", str(category))]
    return element(name, [*parts, element("ram:RateApplicablePercent", percent(rate))])


def _allowance(each: AllowanceCharge, unit: str) -> Element | None:
    indicator = element("udt:Indicator", "true" if each.charge else "false")
    return element(
        "ram:SpecifiedTradeAllowanceCharge",
        [
            element("ram:ChargeIndicator", [indicator]),
            element("ram:CalculationPercent", each.percent),
            money("ram:BasisAmount", each.base, unit),
            money("ram:ActualAmount", each.amount, unit),
            element("ram:ReasonCode", each.reason_code),
            element("ram:Reason", each.reason),
            _category("ram:CategoryTradeTax", each.category, each.rate),
        ],
    )


def _totals(invoice: Invoice) -> Element | None:
    totals, unit = invoice.totals, invoice.currency
    return element(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        [
            money("ram:LineTotalAmount", totals.lines, unit),
            money("ram:ChargeTotalAmount", totals.charges, unit),
            money("ram:AllowanceTotalAmount", totals.allowances, unit),
            money("ram:TaxBasisTotalAmount", totals.net, unit),
            money("ram:TaxTotalAmount", totals.tax, unit, currencyID=unit),
            money("ram:TaxTotalAmount", totals.tax_accounting, invoice.tax_currency, currencyID=invoice.tax_currency),
            money("ram:RoundingAmount", totals.rounding, unit),
            money("ram:GrandTotalAmount", totals.gross, unit),
            money("ram:TotalPrepaidAmount", totals.prepaid, unit),
            money("ram:DuePayableAmount", totals.payable, unit),
        ],
    )


def _preceding(each: Reference) -> Element | None:
    number = element("ram:IssuerAssignedID", each.number)
    day = f"{each.issued:%Y%m%d}" if each.issued else ""
    issued = element("ram:FormattedIssueDateTime", [element("qdt:DateTimeString", day, format="102")])
    return element("ram:InvoiceReferencedDocument", [number, issued])


def _line(line: Line, unit: str) -> Element | None:
    note = element("ram:IncludedNote", [element("ram:Content", line.note)])
    quantity = element("ram:BilledQuantity", line.quantity, unitCode=line.unit)
    return element(
        "ram:IncludedSupplyChainTradeLineItem",
        [
            element("ram:AssociatedDocumentLineDocument", [element("ram:LineID", line.id), note]),
            element(
                "ram:SpecifiedTradeProduct",
                [
                    element("ram:SellerAssignedID", line.seller_item),
                    element("ram:BuyerAssignedID", line.buyer_item),
                    element("ram:Name", line.name),
                    element("ram:Description", line.description),
                ],
            ),
            _prices(line),
            element("ram:SpecifiedLineTradeDelivery", [quantity]),
            _line_settlement(line, unit),
        ],
    )


def _line_settlement(line: Line, unit: str) -> Element | None:
    total = money("ram:LineTotalAmount", line.net, unit)
    return element(
        "ram:SpecifiedLineTradeSettlement",
        [
            _category("ram:ApplicableTradeTax", line.category, line.rate),
            _period(line.period),
            *(_allowance(each, unit) for each in line.allowances),
            element("ram:SpecifiedTradeSettlementLineMonetarySummation", [total]),
        ],
    )


def _prices(line: Line) -> Element | None:
    order = element("ram:BuyerOrderReferencedDocument", [element("ram:LineID", line.order_line)])
    per = "" if line.price_quantity == "1" else line.price_quantity
    basis = element("ram:BasisQuantity", per, unitCode=line.unit)
    indicator = element("ram:ChargeIndicator", [element("udt:Indicator", "false")])
    discount = [indicator, element("ram:ActualAmount", line.price_discount)]
    reduction = element("ram:AppliedTradeAllowanceCharge", discount) if line.price_discount else None
    gross = [element("ram:ChargeAmount", line.gross_price), basis, reduction]
    return element(
        "ram:SpecifiedLineTradeAgreement",
        [
            order,
            element("ram:GrossPriceProductTradePrice", gross) if line.gross_price else None,
            element("ram:NetPriceProductTradePrice", [element("ram:ChargeAmount", line.price), basis]),
        ],
    )


def _period(period: Period | None) -> Element | None:
    if period is None:
        return None
    days = [_date("ram:StartDateTime", period.start), _date("ram:EndDateTime", period.end)]
    return element("ram:BillingSpecifiedPeriod", days)


def _date(name: str, day: date | None) -> Element | None:
    return element(name, [element("udt:DateTimeString", f"{day:%Y%m%d}", format="102")]) if day else None
