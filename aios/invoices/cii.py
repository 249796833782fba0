"""UN/CEFACT CII: Factur-X, ZUGFeRD (1.0 and its candidate, 2.x) and XRechnung as an invoice (EN 16931-3-3)."""

from datetime import date

from aios.invoices.cii_party import address, other, party
from aios.invoices.invoice import (
    AllowanceCharge,
    Attachment,
    Invoice,
    Line,
    Note,
    Payment,
    Period,
    Reference,
    Tax,
    Totals,
)
from aios.invoices.reading import Values, content, currency_of, day, decimal, missing, raw_text, required
from aios.invoices.xml import Node

ROOTS = ("CrossIndustryInvoice", "CrossIndustryDocument")
CANDIDATE = "urn:un:unece:uncefact:data:standard:CBFBUY:5"
"""The namespace of ZUGFeRD's release candidate, whose root is called Invoice."""

_DATE = "DateTimeString|DateString"


def read_cii(root: Node) -> tuple[Invoice, Values]:
    """The invoice, and the values' findings."""
    document = root.first("ExchangedDocument|HeaderExchangedDocument")
    trade = root.first("SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction")
    settlement = trade and trade.first("ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement")
    if document is None or trade is None or settlement is None:
        raise missing("BR-13", "its totals (BG-22)")
    agreement = trade.first("ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement") or trade
    delivery = trade.first("ApplicableHeaderTradeDelivery|ApplicableSupplyChainTradeDelivery") or trade
    context = root.first("ExchangedDocumentContext|SpecifiedExchangedDocumentContext") or root
    values = Values(currency_of(settlement.text("InvoiceCurrencyCode")))
    issued = _date(document, "IssueDateTime", "BT-2")
    if issued is None:
        raise missing("BR-03", "its date (BT-2)")
    ship_to = delivery.first("ShipToTradeParty/PostalTradeAddress")
    supporting = [node for node in agreement.all("AdditionalReferencedDocument") if _supports(node)]
    lines = trade.all("IncludedSupplyChainTradeLineItem")
    invoice = Invoice(
        number=required(document.text("ID"), "BR-02", "its number (BT-1)"),
        issued=issued,
        type=required(document.text("TypeCode"), "BR-04", "its type (BT-3)"),
        currency=values.currency,
        seller=party(agreement.first("SellerTradeParty")),
        buyer=party(agreement.first("BuyerTradeParty")),
        totals=_totals(settlement, values),
        lines=tuple(_line(node, values) for node in lines if _charges(node)),
        taxes=_taxes(settlement, values),
        allowances=_document_allowances(settlement, values),
        payments=_payments(settlement),
        payment_reference=settlement.text("PaymentReference"),
        due=_date(settlement, "SpecifiedTradePaymentTerms/DueDateDateTime", "BT-9"),
        terms=settlement.text("SpecifiedTradePaymentTerms/Description"),
        notes=tuple(_note(node) for node in document.all("IncludedNote") if node.text("Content")),
        buyer_reference=agreement.text("BuyerReference"),
        order=_document(agreement, "BuyerOrderReferencedDocument"),
        sales_order=_document(agreement, "SellerOrderReferencedDocument"),
        contract=_document(agreement, "ContractReferencedDocument"),
        project=agreement.text("SpecifiedProcuringProject/ID"),
        preceding=tuple(_preceding(node) for node in settlement.all("InvoiceReferencedDocument")),
        attachments=tuple(_attachment(node) for node in supporting),
        delivered=_date(delivery, "ActualDeliverySupplyChainEvent/OccurrenceDateTime", "BT-72"),
        deliver_to=address(ship_to) if ship_to else None,
        period=_period(settlement.first("BillingSpecifiedPeriod")),
        payee=other(settlement.first("PayeeTradeParty")),
        representative=other(agreement.first("SellerTaxRepresentativeTradeParty")),
        tax_currency=settlement.text("TaxCurrencyCode"),
        tax_point=_date(settlement, "ApplicableTradeTax/TaxPointDate", "BT-7"),
        profile=context.text("GuidelineSpecifiedDocumentContextParameter/ID"),
        business_process=context.text("BusinessProcessSpecifiedDocumentContextParameter/ID"),
    )
    return invoice, values


def _totals(settlement: Node, values: Values) -> Totals:
    node = settlement.first("SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation")
    if node is None:
        raise missing("BR-13", "its totals (BG-22)")
    tax: int | None = None
    accounting: int | None = None
    tax_currency = settlement.text("TaxCurrencyCode")
    for total in node.all("TaxTotalAmount"):
        if tax_currency and total.attribute("currencyID") == tax_currency != values.currency:
            accounting = values.amount(total.text(), "BT-111", tax_currency)
        elif tax is None:
            tax = values.amount(total.text(), "BT-110")
    gross = values.sum(node.text("GrandTotalAmount"), "BT-112", "BR-14")
    payable = values.amount(node.text("DuePayableAmount"), "BT-115")
    if payable is None and settlement.name == "ApplicableHeaderTradeSettlement":
        raise missing("BR-15", "BT-115")
    prepaid = values.amount(node.text("TotalPrepaidAmount"), "BT-113")
    return Totals(
        net=values.sum(node.text("TaxBasisTotalAmount"), "BT-109", "BR-13"),
        gross=gross,
        payable=gross - (prepaid or 0) if payable is None else payable,
        tax=tax,
        lines=values.amount(node.text("LineTotalAmount"), "BT-106"),
        allowances=values.amount(node.text("AllowanceTotalAmount"), "BT-107"),
        charges=values.amount(node.text("ChargeTotalAmount"), "BT-108"),
        prepaid=prepaid,
        rounding=values.amount(node.text("RoundingAmount"), "BT-114"),
        tax_accounting=accounting,
    )


def _taxes(settlement: Node, values: Values) -> tuple[Tax, ...]:
    found: list[Tax] = []
    for node in settlement.all("ApplicableTradeTax"):
        category = values.category(node.text("CategoryCode"), "BT-118")
        if category is not None:
            found.append(
                Tax(
                    category,
                    _rate(node),
                    values.sum(node.text("BasisAmount"), "BT-116", "BR-45"),
                    values.sum(node.text("CalculatedAmount"), "BT-117", "BR-46"),
                    node.text("ExemptionReason"),
                    node.text("ExemptionReasonCode"),
                )
            )
    return tuple(found)


def _charges(line: Node) -> bool:
    """EXTENDED has lines that only group or inform; those carry no sum of their own."""
    return line.text("AssociatedDocumentLineDocument/LineStatusReasonCode") not in ("GROUP", "INFORMATION")


def _line(node: Node, values: Values) -> Line:
    agreement = node.first("SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement") or node
    delivery = node.first("SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery") or node
    settlement = node.first("SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement") or node
    tax = settlement.first("ApplicableTradeTax")
    quantity = delivery.first("BilledQuantity")
    gross = agreement.first("GrossPriceProductTradePrice")
    total = settlement.text(
        "SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation/LineTotalAmount"
    )
    allowances = settlement.all("SpecifiedTradeAllowanceCharge")
    product = node.first("SpecifiedTradeProduct") or node
    return Line(
        id=node.text("AssociatedDocumentLineDocument/LineID"),
        name=product.text("Name"),
        quantity=decimal(quantity.text() if quantity else "", "BT-129"),
        price=decimal(agreement.text("NetPriceProductTradePrice/ChargeAmount"), "BT-146"),
        net=values.amount(total, "BT-131") or 0,
        category=values.category(tax.text("CategoryCode") if tax else "", "BT-151"),
        rate=_rate(tax) if tax else "",
        unit=quantity.attribute("unitCode") if quantity else "",
        price_quantity=decimal(agreement.text("NetPriceProductTradePrice/BasisQuantity"), "BT-149") or "1",
        gross_price=decimal(gross.text("ChargeAmount") if gross else "", "BT-148"),
        price_discount=decimal(gross.text("AppliedTradeAllowanceCharge/ActualAmount") if gross else "", "BT-147"),
        description=product.text("Description"),
        note=node.text("AssociatedDocumentLineDocument/IncludedNote/Content"),
        allowances=tuple(_allowance(each, values) for each in allowances),
        period=_period(settlement.first("BillingSpecifiedPeriod")),
        seller_item=product.text("SellerAssignedID"),
        buyer_item=product.text("BuyerAssignedID"),
        order_line=agreement.text("BuyerOrderReferencedDocument/LineID"),
    )


def _document_allowances(settlement: Node, values: Values) -> tuple[AllowanceCharge, ...]:
    """With them the logistics charges that ZUGFeRD 1.0 and EXTENDED keep apart."""
    logistics = (
        AllowanceCharge(
            charge=True,
            amount=values.sum(node.text("AppliedAmount"), "BT-99", "BR-36"),
            reason=node.text("Description"),
            category=values.category(node.text("AppliedTradeTax/CategoryCode"), "BT-102"),
            rate=_rate(tax) if (tax := node.first("AppliedTradeTax")) else "",
        )
        for node in settlement.all("SpecifiedLogisticsServiceCharge")
    )
    return (*(_allowance(node, values) for node in settlement.all("SpecifiedTradeAllowanceCharge")), *logistics)


def _allowance(node: Node, values: Values) -> AllowanceCharge:
    tax = node.first("CategoryTradeTax")
    return AllowanceCharge(
        charge=node.text("ChargeIndicator/Indicator").lower() in ("true", "1")
        or node.text("ChargeIndicator").lower() in ("true", "1"),
        amount=values.sum(node.text("ActualAmount"), "BT-92 or BT-99", "BR-31"),
        base=values.amount(node.text("BasisAmount"), "BT-93 or BT-100"),
        percent=decimal(node.text("CalculationPercent"), "BT-94 or BT-101"),
        reason=node.text("Reason"),
        reason_code=node.text("ReasonCode"),
        category=values.category(tax.text("CategoryCode"), "BT-95 or BT-102") if tax else None,
        rate=_rate(tax) if tax else "",
    )


def _payments(settlement: Node) -> tuple[Payment, ...]:
    mandate = settlement.text("SpecifiedTradePaymentTerms/DirectDebitMandateID")
    return tuple(
        Payment(
            means=node.text("TypeCode"),
            text=node.text("Information"),
            iban=_account(node.first("PayeePartyCreditorFinancialAccount")),
            account_name=node.text("PayeePartyCreditorFinancialAccount/AccountName"),
            bic=node.text("PayeeSpecifiedCreditorFinancialInstitution/BICID"),
            mandate=mandate,
            creditor_id=settlement.text("CreditorReferenceID"),
            debited_iban=_account(node.first("PayerPartyDebtorFinancialAccount")),
            card=node.text("ApplicableTradeSettlementFinancialCard/ID"),
        )
        for node in settlement.all("SpecifiedTradeSettlementPaymentMeans")
    )


def _account(node: Node | None) -> str:
    return (node.text("IBANID") or node.text("ProprietaryID")).replace(" ", "") if node else ""


def _rate(tax: Node) -> str:
    return decimal(tax.text("RateApplicablePercent|ApplicablePercent"), "BT-119")


def _date(node: Node, path: str, term: str) -> date | None:
    found = node.first(path)
    return day(found.text(_DATE) or found.text(), term) if found else None


def _period(node: Node | None) -> Period | None:
    if node is None:
        return None
    period = Period(_date(node, "StartDateTime", "BT-73"), _date(node, "EndDateTime", "BT-74"))
    return period if period != Period() else None


def _note(node: Node) -> Note:
    return Note(node.text("Content"), node.text("SubjectCode"))


def _document(agreement: Node, name: str) -> str:
    return agreement.text(f"{name}/IssuerAssignedID") or agreement.text(f"{name}/ID")


def _preceding(node: Node) -> Reference:
    number = node.text("IssuerAssignedID") or node.text("ID")
    return Reference(number, _date(node, "FormattedIssueDateTime|IssueDateTime", "BT-26"))


def _supports(node: Node) -> bool:
    return node.text("TypeCode") not in ("50", "130")


def _attachment(node: Node) -> Attachment:
    binary = node.first("AttachmentBinaryObject")
    return Attachment(
        id=node.text("IssuerAssignedID") or node.text("ID"),
        description=node.text("Name"),
        name=binary.attribute("filename") if binary else "",
        media_type=binary.attribute("mimeCode") if binary else "",
        content=content(raw_text(binary), "BT-125") if binary else b"",
        url=node.text("URIID"),
    )
