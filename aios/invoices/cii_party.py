"""The parties of a CII document."""

from aios.invoices.party import Address, Contact, Identifier, Party
from aios.invoices.xml import Node


def party(node: Node | None) -> Party:
    """A seller, buyer, payee or representative; one without a name where the document has none."""
    if node is None:
        return Party("")
    legal, where, contact = (
        node.first("SpecifiedLegalOrganization"),
        node.first("PostalTradeAddress"),
        node.first("DefinedTradeContact"),
    )
    return Party(
        name=node.text("Name"),
        trading_name=legal.text("TradingBusinessName") if legal else "",
        ids=tuple(found for each in node.all("ID|GlobalID") if (found := _identifier(each))),
        legal_id=_identifier(legal.first("ID")) if legal else None,
        vat_id=_tax_number(node, "VA").replace(" ", ""),
        tax_id=_tax_number(node, "FC"),
        legal_form=node.text("Description"),
        endpoint=_identifier(node.first("URIUniversalCommunication/URIID")),
        address=address(where) if where else Address(),
        contact=_contact(contact) if contact else Contact(),
    )


def other(node: Node | None) -> Party | None:
    """A party that need not be there."""
    return party(node) if node else None


def address(node: Node) -> Address:
    """A postal address."""
    return Address(
        street=node.text("LineOne"),
        addition=node.text("LineTwo"),
        third=node.text("LineThree"),
        city=node.text("CityName"),
        postcode=node.text("PostcodeCode"),
        region=node.text("CountrySubDivisionName"),
        country=node.text("CountryID"),
    )


def _contact(node: Node) -> Contact:
    return Contact(
        node.text("PersonName") or node.text("DepartmentName"),
        node.text("TelephoneUniversalCommunication/CompleteNumber"),
        node.text("EmailURIUniversalCommunication/URIID") or node.text("EmailURIUniversalCommunication/CompleteNumber"),
    )


def _tax_number(node: Node, scheme: str) -> str:
    numbers = node.all("SpecifiedTaxRegistration/ID")
    return next((each.text() for each in numbers if each.attribute("schemeID") == scheme), "")


def _identifier(node: Node | None) -> Identifier | None:
    if node is None or not node.text():
        return None
    return Identifier(node.text(), node.attribute("schemeID"))
