"""UBL 2.1: an Invoice or CreditNote document as an invoice (EN 16931-3-2)."""

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
from aios.invoices.party import Address, Contact, Identifier, Party
from aios.invoices.reading import Values, content, currency_of, day, decimal, missing, raw_text, required
from aios.invoices.xml import Node

NAMESPACES = (
    "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
)
_SUBJECT_END = "#"


def read_ubl(root: Node) -> tuple[Invoice, Values]:
    """The invoice, and the values' findings."""
    values = Values(currency_of(root.text("DocumentCurrencyCode")))
    issued = day(root.text("IssueDate"), "BT-2")
    if issued is None:
        raise missing("BR-03", "its date (BT-2)")
    delivery = root.first("Delivery")
    deliver_to = delivery and delivery.first("DeliveryLocation/Address")
    invoice = Invoice(
        number=required(root.text("ID"), "BR-02", "its number (BT-1)"),
        issued=issued,
        type=required(root.text("InvoiceTypeCode|CreditNoteTypeCode"), "BR-04", "its type (BT-3)"),
        currency=values.currency,
        seller=_party(root.first("AccountingSupplierParty/Party")),
        buyer=_party(root.first("AccountingCustomerParty/Party")),
        totals=_totals(root, values),
        lines=tuple(_line(node, values) for node in root.all("InvoiceLine|CreditNoteLine")),
        taxes=_taxes(root, values),
        allowances=tuple(_allowance(node, values) for node in root.all("AllowanceCharge")),
        payments=_payments(root),
        payment_reference=root.text("PaymentMeans/PaymentID"),
        due=day(root.text("DueDate") or root.text("PaymentMeans/PaymentDueDate"), "BT-9"),
        terms=root.text("PaymentTerms/Note"),
        notes=tuple(_note(node.text()) for node in root.all("Note") if node.text()),
        buyer_reference=root.text("BuyerReference"),
        order=root.text("OrderReference/ID"),
        sales_order=root.text("OrderReference/SalesOrderID"),
        contract=root.text("ContractDocumentReference/ID"),
        project=root.text("ProjectReference/ID") or _project(root),
        preceding=tuple(_preceding(node) for node in root.all("BillingReference/InvoiceDocumentReference")),
        attachments=tuple(_attachment(node) for node in root.all("AdditionalDocumentReference") if _supports(node)),
        delivered=day(delivery.text("ActualDeliveryDate"), "BT-72") if delivery else None,
        deliver_to=_address(deliver_to) if deliver_to else None,
        period=_period(root.first("InvoicePeriod")),
        payee=_other(root.first("PayeeParty")),
        representative=_other(root.first("TaxRepresentativeParty")),
        tax_currency=root.text("TaxCurrencyCode"),
        tax_point=day(root.text("TaxPointDate"), "BT-7"),
        profile=root.text("CustomizationID"),
        business_process=root.text("ProfileID"),
    )
    return invoice, values


def _totals(root: Node, values: Values) -> Totals:
    node = root.first("LegalMonetaryTotal")
    if node is None:
        raise missing("BR-13", "its totals (BG-22)")
    tax: int | None = None
    accounting: int | None = None
    tax_currency = root.text("TaxCurrencyCode")
    for total in root.all("TaxTotal/TaxAmount"):
        unit = total.attribute("currencyID")
        if tax_currency and unit == tax_currency != values.currency:
            accounting = values.amount(total.text(), "BT-111", tax_currency)
        elif tax is None:
            tax = values.amount(total.text(), "BT-110")
    return Totals(
        net=values.sum(node.text("TaxExclusiveAmount"), "BT-109", "BR-13"),
        gross=values.sum(node.text("TaxInclusiveAmount"), "BT-112", "BR-14"),
        payable=values.sum(node.text("PayableAmount"), "BT-115", "BR-15"),
        tax=tax,
        lines=values.amount(node.text("LineExtensionAmount"), "BT-106"),
        allowances=values.amount(node.text("AllowanceTotalAmount"), "BT-107"),
        charges=values.amount(node.text("ChargeTotalAmount"), "BT-108"),
        prepaid=values.amount(node.text("PrepaidAmount"), "BT-113"),
        rounding=values.amount(node.text("PayableRoundingAmount"), "BT-114"),
        tax_accounting=accounting,
    )


def _taxes(root: Node, values: Values) -> tuple[Tax, ...]:
    found: list[Tax] = []
    for node in root.all("TaxTotal/TaxSubtotal"):
        category = values.category(node.text("TaxCategory/ID"), "BT-118")
        if category is not None:
            found.append(
                Tax(
                    category,
                    decimal(node.text("TaxCategory/Percent"), "BT-119"),
                    values.sum(node.text("TaxableAmount"), "BT-116", "BR-45"),
                    values.sum(node.text("TaxAmount"), "BT-117", "BR-46"),
                    node.text("TaxCategory/TaxExemptionReason"),
                    node.text("TaxCategory/TaxExemptionReasonCode"),
                )
            )
    return tuple(found)


def _line(node: Node, values: Values) -> Line:
    quantity = node.first("InvoicedQuantity|CreditedQuantity")
    reduction = node.first("Price/AllowanceCharge")
    return Line(
        id=node.text("ID"),
        name=node.text("Item/Name"),
        quantity=decimal(quantity.text() if quantity else "", "BT-129"),
        price=decimal(node.text("Price/PriceAmount"), "BT-146"),
        net=values.sum(node.text("LineExtensionAmount"), "BT-131", "BR-24"),
        category=values.category(node.text("Item/ClassifiedTaxCategory/ID"), "BT-151"),
        rate=decimal(node.text("Item/ClassifiedTaxCategory/Percent"), "BT-152"),
        unit=quantity.attribute("unitCode") if quantity else "",
        price_quantity=decimal(node.text("Price/BaseQuantity"), "BT-149") or "1",
        gross_price=decimal(reduction.text("BaseAmount") if reduction else "", "BT-148"),
        price_discount=decimal(reduction.text("Amount") if reduction else "", "BT-147"),
        description=node.text("Item/Description"),
        note=node.text("Note"),
        allowances=tuple(_allowance(each, values) for each in node.all("AllowanceCharge")),
        period=_period(node.first("InvoicePeriod")),
        seller_item=node.text("Item/SellersItemIdentification/ID"),
        buyer_item=node.text("Item/BuyersItemIdentification/ID"),
        order_line=node.text("OrderLineReference/LineID"),
    )


def _allowance(node: Node, values: Values) -> AllowanceCharge:
    return AllowanceCharge(
        charge=node.text("ChargeIndicator").lower() in ("true", "1"),
        amount=values.sum(node.text("Amount"), "BT-92 or BT-99", "BR-31"),
        base=values.amount(node.text("BaseAmount"), "BT-93 or BT-100"),
        percent=decimal(node.text("MultiplierFactorNumeric"), "BT-94 or BT-101"),
        reason=node.text("AllowanceChargeReason"),
        reason_code=node.text("AllowanceChargeReasonCode"),
        category=values.category(node.text("TaxCategory/ID"), "BT-95 or BT-102"),
        rate=decimal(node.text("TaxCategory/Percent"), "BT-96 or BT-103"),
    )


def _payments(root: Node) -> tuple[Payment, ...]:
    return tuple(
        Payment(
            means=node.text("PaymentMeansCode"),
            text=means.attribute("name") if (means := node.first("PaymentMeansCode")) else "",
            iban=node.text("PayeeFinancialAccount/ID").replace(" ", ""),
            account_name=node.text("PayeeFinancialAccount/Name"),
            bic=node.text("PayeeFinancialAccount/FinancialInstitutionBranch/ID"),
            mandate=node.text("PaymentMandate/ID"),
            creditor_id=_creditor(root),
            debited_iban=node.text("PaymentMandate/PayerFinancialAccount/ID").replace(" ", ""),
            card=node.text("CardAccount/PrimaryAccountNumberID"),
        )
        for node in root.all("PaymentMeans")
    )


def _creditor(root: Node) -> str:
    for path in ("PayeeParty/PartyIdentification/ID", "AccountingSupplierParty/Party/PartyIdentification/ID"):
        for node in root.all(path):
            if node.attribute("schemeID") == "SEPA":
                return node.text()
    return ""


def _party(node: Node | None) -> Party:
    if node is None:
        return Party("")
    legal, taxes = node.first("PartyLegalEntity"), _tax_numbers(node)
    address, contact = node.first("PostalAddress"), node.first("Contact")
    name = legal.text("RegistrationName") if legal else ""
    trading = node.text("PartyName/Name")
    return Party(
        name=name or trading,
        trading_name=trading if name else "",
        ids=tuple(found for each in node.all("PartyIdentification/ID") if (found := _identifier(each))),
        legal_id=_identifier(legal.first("CompanyID")) if legal else None,
        vat_id=taxes.get("VAT", ""),
        tax_id=next((value for scheme, value in taxes.items() if scheme != "VAT"), ""),
        legal_form=legal.text("CompanyLegalForm") if legal else "",
        endpoint=_identifier(node.first("EndpointID")),
        address=_address(address) if address else Address(),
        contact=Contact(contact.text("Name"), contact.text("Telephone"), contact.text("ElectronicMail"))
        if contact
        else Contact(),
    )


def _other(node: Node | None) -> Party | None:
    return _party(node) if node else None


def _tax_numbers(node: Node) -> dict[str, str]:
    return {
        each.text("TaxScheme/ID") or "VAT": each.text("CompanyID").replace(" ", "")
        if each.text("TaxScheme/ID") == "VAT"
        else each.text("CompanyID")
        for each in node.all("PartyTaxScheme")
    }


def _identifier(node: Node | None) -> Identifier | None:
    if node is None or not node.text() or node.attribute("schemeID") == "SEPA":
        return None
    return Identifier(node.text(), node.attribute("schemeID"))


def _address(node: Node) -> Address:
    return Address(
        street=node.text("StreetName"),
        addition=node.text("AdditionalStreetName"),
        third=node.text("AddressLine/Line"),
        city=node.text("CityName"),
        postcode=node.text("PostalZone"),
        region=node.text("CountrySubentity"),
        country=node.text("Country/IdentificationCode"),
    )


def _period(node: Node | None) -> Period | None:
    if node is None:
        return None
    period = Period(day(node.text("StartDate"), "BT-73"), day(node.text("EndDate"), "BT-74"))
    return period if period != Period() else None


def _note(text: str) -> Note:
    mark, _, rest = text[1:].partition(_SUBJECT_END)
    if text.startswith(_SUBJECT_END) and len(mark) == 3 and mark.isalpha() and mark.isupper():
        return Note(rest, mark)
    return Note(text)


def _preceding(node: Node) -> Reference:
    return Reference(node.text("ID"), day(node.text("IssueDate"), "BT-26"))


def _supports(node: Node) -> bool:
    return node.text("DocumentTypeCode") not in ("130", "50")


def _project(root: Node) -> str:
    documents = (node for node in root.all("AdditionalDocumentReference") if node.text("DocumentTypeCode") == "50")
    return next((node.text("ID") for node in documents), "")


def _attachment(node: Node) -> Attachment:
    binary = node.first("Attachment/EmbeddedDocumentBinaryObject")
    return Attachment(
        id=node.text("ID"),
        description=node.text("DocumentDescription"),
        name=binary.attribute("filename") if binary else "",
        media_type=binary.attribute("mimeCode") if binary else "",
        content=content(raw_text(binary), "BT-125") if binary else b"",
        url=node.text("Attachment/ExternalReference/URI"),
    )
