"""XML from outside: parsed without entities, network or endless size, and asked by the local names of its elements."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from aios.errors import InvalidInput
from aios.text import clean

MOST_BYTES = 30_000_000
"""A larger file is refused: real ones with attachments stay below."""

MOST_ELEMENTS = 1_000_000
SEND_AGAIN = "Ask the sender to send it again."


@dataclass(frozen=True)
class Node:
    """An lxml element, asked by paths of local names such as `Party/Name`; `A|B` takes either name."""

    element: Any

    @property
    def name(self) -> str:
        """The local name."""
        return _local(self.element)

    @property
    def namespace(self) -> str:
        """The namespace of the element."""
        return str(self.element.tag)[1:].partition("}")[0] if str(self.element.tag).startswith("{") else ""

    def all(self, path: str) -> Iterator["Node"]:
        """Every element at the path, in order."""
        step, _, rest = path.partition("/")
        names = step.split("|")
        for child in self.element:
            if isinstance(child.tag, str) and _local(child) in names:
                node = Node(child)
                yield from node.all(rest) if rest else (node,)

    def first(self, path: str) -> "Node | None":
        """The first element at the path."""
        return next(self.all(path), None)

    def text(self, path: str = "") -> str:
        """The text of the first element at the path, without white space around it; empty where there is none."""
        if path:
            return next((node.text() for node in self.all(path)), "")
        return clean(self.element.text or "").strip()

    def attribute(self, name: str) -> str:
        """The attribute's value; empty where there is none."""
        return clean(str(self.element.get(name) or "")).strip()


def parse(data: bytes, what: str = "The invoice") -> Node:
    """The root element; `InvalidInput` says why there is none."""
    etree = lxml()
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"{what} is larger than {MOST_BYTES // 1_000_000} MB.", "Ask for it without attachments.")
    parser: Any = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data.strip(), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise InvalidInput(f"{what} is no well-formed XML: {_reason(error)}.", SEND_AGAIN) from None
    if root.getroottree().docinfo.doctype:
        raise InvalidInput(f"{what} declares a document type, which could carry an attack.", SEND_AGAIN)
    if sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        raise InvalidInput(f"{what} has more than {MOST_ELEMENTS:,} elements.", "Ask the sender to split it.")
    return Node(root)


def lxml() -> Any:
    """lxml's etree, which ships no types."""
    return import_module("lxml.etree")


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _reason(error: Exception) -> str:
    return clean(str(error).rstrip("."), 200).replace("\n", " ")
