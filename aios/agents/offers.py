"""Offers: which parts of our documents answer what somebody wants, and what they say about price and time."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from aios.agents.grounding.durations import durations
from aios.agents.grounding.figure import Figure
from aios.agents.grounding.prices import prices
from aios.agents.grounding.reading import read
from aios.agents.language import language_of
from aios.agents.matching import topics
from aios.amounts import find_amounts
from aios.memory.context import SPEAKING, ContextSnapshot, Piece

REMEMBERED = 4000
"""Statements whose figures are remembered: the same ones are read for each of many cases."""

_MARKS = re.compile(r"^\s*(?:[-*+•>]\s+|\d{1,2}[.)]\s+)+|[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_LINK = re.compile(r"\[([^\]]+)\]\((?:[^)]+)\)")
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\b[A-Za-z]\.)(?<!\d\.)(?<!ca\.)(?<!inkl\.)(?<!zzgl\.)(?<!bzw\.)(?<!incl\.)(?<!excl\.)\s+(?=[A-ZÄÖÜ„\"(])"
)
_TITLE_SPLIT = re.compile(r"\s*(?:›|>|»|/|\||—|–| - |: )\s*")
_NO_OFFER = re.compile(
    r"\?\s*$|term|polic|agb\b|bedingung|faq|payment|zahlung|about|über uns|conta[ck]t|kontakt|imprint|impressum"
    r"|discount|rabatt"
    r"|cancel|storn|refund|overview|übersicht|availab|next free|urgent|changes? after|tax\b|steuer|calls?$"
    r"|working hours|do not",
    re.I,
)


@dataclass(frozen=True)
class Statement:
    """A sentence or line of a document, without its mark-up, and the piece it is from."""

    text: str
    item_id: str

    @property
    def prices(self) -> tuple[Figure, ...]:
        """The amounts it names."""
        return _prices_in(self.text)

    @property
    def durations(self) -> tuple[Figure, ...]:
        """The durations it names."""
        return _durations_in(self.text)


@lru_cache(maxsize=REMEMBERED)
def _prices_in(text: str) -> tuple[Figure, ...]:
    return tuple(prices(read(text).text))


@lru_cache(maxsize=REMEMBERED)
def _durations_in(text: str) -> tuple[Figure, ...]:
    return tuple(durations(read(text).text))


@dataclass(frozen=True)
class Offer:
    """Something we offer: its name, what is said about it, and how well it fits what was asked.

    `score` has no unit; 0 means that nothing fits. `shared` are the topics in common.
    """

    name: str
    item_id: str
    statements: tuple[Statement, ...]
    score: float = 0.0
    shared: frozenset[str] = frozenset()
    named: bool = False

    @property
    def sells(self) -> bool:
        """Whether it is something with a price, and not a rule, an answer or an overview."""
        return self.price is not None and not _NO_OFFER.search(self.name)

    @property
    def price(self) -> Statement | None:
        """The first statement with a price."""
        return next((statement for statement in self.statements if statement.prices), None)

    @property
    def lead_time(self) -> Statement | None:
        """The first statement that says how long it takes, or from when it could start."""
        timed = [statement for statement in self.statements if statement.durations]
        return next((statement for statement in timed if _ABOUT_TIME.search(statement.text)), None)

    @property
    def description(self) -> Statement | None:
        """The first statement without a figure."""
        plain = (
            s for s in self.statements if len(s.text) > 25 and not re.search(r"\d", s.text) and not s.text.endswith(":")
        )
        return next(plain, None)


_ABOUT_TIME = re.compile(
    r"lead time|delivery|deliver|takes?\b|within|turnaround|duration|ready|finished|live\b|in place|start"
    r"|from kick|usually"
    r"|lieferzeit|dauer|dauert|innerhalb|vorlauf|fertig|umsetzung|bearbeitungszeit|in der regel|beginn|zeitrahmen"
    r"|timeline|time:",
    re.I,
)


def business_pieces(context: ContextSnapshot) -> tuple[Piece, ...]:
    """The pieces that speak for the business: its documents and notes, not what was written in mails."""
    return tuple(piece for piece in context.pieces if piece.kind in SPEAKING)


def match_offers(wanted: str, context: ContextSnapshot) -> tuple[Offer, ...]:
    """The offers that share a topic with what is wanted, the best first."""
    asked = topics(wanted)
    rated = (
        _rate(offer, asked, rank) for rank, piece in enumerate(business_pieces(context)) for offer in offers_in(piece)
    )
    return tuple(sorted((offer for offer in rated if offer.score > 0), key=lambda offer: -offer.score))


def best_offers(wanted: str, context: ContextSnapshot, language: str) -> tuple[Offer, ...]:
    """What we sell that fits, the best first, each once; told in the reply's language where we have it so."""
    languages = {piece.item_id: piece_language(piece) for piece in context.pieces}
    found = [offer for offer in match_offers(wanted, context) if offer.sells and (offer.named or len(offer.shared) > 2)]
    found.sort(key=lambda offer: -offer.score - 1.5 * (languages[offer.item_id] == language) - bool(offer.description))
    named: dict[str, Offer] = {}
    for offer in found:
        named.setdefault(short_name(offer.name), offer)
    return tuple(named.values())


def short_name(name: str) -> str:
    """An offer's name without what stands in brackets behind it."""
    return re.sub(r"\s*\([^)]*\)\s*$", "", name).strip()


def piece_language(piece: Piece) -> str:
    """The language a piece is written in."""
    return language_of(piece.text)[0]


def offers_in(piece: Piece) -> Iterator[Offer]:
    """The offers a piece describes: itself, or each row of its table."""
    rows = list(_rows(piece))
    yield from rows
    if not rows or len(statements_in(piece)) > len(rows):
        yield Offer(piece_name(piece), piece.item_id, statements_in(piece))


def statements_in(piece: Piece) -> tuple[Statement, ...]:
    """The sentences and list items of a piece outside its tables."""
    lines = (line for line in _unwrapped(piece.text) if not line.lstrip().startswith("|"))
    parts = (part for line in lines for part in _SENTENCE_END.split(plain_line(line)))
    return tuple(Statement(part, piece.item_id) for part in parts if part.strip())


def piece_name(piece: Piece) -> str:
    """What a piece is called: the last heading of its title."""
    parts = [part for part in _TITLE_SPLIT.split(piece.title) if part]
    return parts[-1] if parts else piece.title


def plain_line(line: str) -> str:
    """The line without list marks, emphasis and link targets."""
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", line).replace("#", "")).split())


def home_currency(context: ContextSnapshot) -> str:
    """The currency our prices are in; EUR where there are none."""
    seen = Counter(amount.currency for piece in business_pieces(context) for amount in find_amounts(piece.text))
    return seen.most_common(1)[0][0] if seen else "EUR"


def _rate(offer: Offer, asked: frozenset[str], rank: int) -> Offer:
    in_name = topics(offer.name) & asked
    in_text = frozenset[str]().union(*(topics(statement.text) for statement in offer.statements)) & asked
    score = 3.0 * len(in_name) + min(len(in_text), 5)
    if not score:
        return offer
    score += 2.0 * offer.sells - 0.1 * min(rank, 10)
    return Offer(offer.name, offer.item_id, offer.statements, max(score, 0.1), in_name | in_text, bool(in_name))


def _rows(piece: Piece) -> Iterator[Offer]:
    """Each row of a table as an offer of its own, its cells as statements named by their columns."""
    table = [_cells(line) for line in piece.text.split("\n") if line.lstrip().startswith("|")]
    if len(table) < 3 or not all(re.fullmatch(r":?-+:?", cell) for cell in table[1]):
        return
    header = table[0]
    for row in table[2:]:
        named = [(column, cell) for column, cell in zip(header[1:], row[1:], strict=False) if cell and cell != "-"]
        cells = [f"{column}: {_with_currency(cell, column)}" for column, cell in named]
        yield Offer(row[0], piece.item_id, tuple(Statement(cell, piece.item_id) for cell in cells))


def _with_currency(cell: str, column: str) -> str:
    marks = find_amounts(f"1 {mark.group()}") if (mark := re.search(r"€|\$|£|\b[A-Z]{3}\b", column)) else ()
    return f"{cell} {marks[0].currency}" if marks and re.search(r"\d$", cell) and not find_amounts(cell) else cell


def _cells(line: str) -> list[str]:
    return [plain_line(cell) for cell in line.strip().strip("|").split("|")]


def _unwrapped(text: str) -> Iterable[str]:
    """Lines, with those that only go on after a wrap joined to the one before."""
    joined: list[str] = []
    for line in text.split("\n"):
        starts = not line.strip() or re.match(r"\s*(?:[-*+•|>#]|\d{1,2}[.)]\s)", line)
        if joined and joined[-1].strip() and not starts and not joined[-1].lstrip().startswith("|"):
            joined[-1] = f"{joined[-1].rstrip()} {line.strip()}"
        else:
            joined.append(line)
    return joined
