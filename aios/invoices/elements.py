"""XML as nested tuples, written without what is empty: an element without text and without children is left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aios.invoices.xml import lxml
from aios.money import to_decimal


@dataclass(frozen=True)
class Element:
    """A qualified name such as `cbc:ID`, its attributes, and its text or children."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    text: str
    children: "tuple[Element, ...]"


def element(name: str, content: "str | Iterable[Element | None]" = "", /, **attributes: str) -> Element | None:
    """The element; `None` where it would say nothing."""
    kept = tuple((key, value) for key, value in attributes.items() if value)
    if isinstance(content, str):
        return Element(name, kept, content, ()) if content else None
    children = tuple(child for child in content if child is not None)
    return Element(name, kept, "", children) if children else None


def money(name: str, minor: int | None, currency: str, /, **attributes: str) -> Element | None:
    """An amount with the decimals of its currency."""
    return None if minor is None else element(name, plain(minor, currency), **attributes)


def plain(minor: int, currency: str) -> str:
    """The amount as XML Schema writes decimals."""
    return f"{to_decimal(minor, currency):f}"


def percent(rate: str) -> str:
    """A rate, plain."""
    return f"{Decimal(rate):f}" if rate else ""


def document(root: Element, spaces: Mapping[str, str]) -> bytes:
    """The XML of the root; `spaces` maps prefixes to namespaces, the empty one is the default."""
    etree = lxml()
    made = _made(root, {prefix or None: space for prefix, space in spaces.items()}, etree, None)
    return bytes(etree.tostring(made, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _made(node: Element, spaces: Mapping[str | None, str], etree: Any, parent: Any) -> Any:
    prefix, _, local = node.name.rpartition(":")
    tag = f"{{{spaces[prefix or None]}}}{local}"
    made = etree.Element(tag, nsmap=spaces) if parent is None else etree.SubElement(parent, tag)
    for key, value in node.attributes:
        made.set(key, value)
    if node.text:
        made.text = node.text
    for child in node.children:
        _made(child, spaces, etree, made)
    return made
