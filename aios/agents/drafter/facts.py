"""Facts: the statements of our documents that belong into a reply, each with the piece it is from."""

import re
from dataclasses import dataclass

from aios.agents.drafter.phrases import Phrases
from aios.agents.drafter.wording import amount_text, duration_text, per_text
from aios.agents.language import language_of
from aios.agents.matching import topics
from aios.agents.offers import Offer, Statement, business_pieces, match_offers, piece_name, statements_in
from aios.memory.context import ContextSnapshot, Piece

_INTERNAL = re.compile(
    r"tone of voice|how we write|never promise|how replies|internal|intern(?:es|e)?\b|stil\b|tonalität", re.I
)
_NOT_OURS = re.compile(r"do not do|don't do|not offer|nicht (?:an|tun|machen|im angebot)|was wir nicht", re.I)
_QUESTION = re.compile(r"[^.!?\n]*\?")
_STARTS = re.compile(r"next (?:free )?start|next available|nächster freier|nächste freie|frühester", re.I)
_ASKS_WHEN = re.compile(
    r"\bwhen\b|how soon|start|avail|live|by the|before|until|deadline|asap|wann|beginn|fertig|bis (?:zu|ende|mitte|anfang)|termin",
    re.I,
)


@dataclass(frozen=True)
class Fact:
    """A sentence of the reply and the piece that bears it out."""

    text: str
    item_id: str


def fact(statement: Statement) -> Fact:
    """The statement as a sentence."""
    text = statement.text.strip()
    return Fact(text if text[-1:] in ".!?" else f"{text}.", statement.item_id)


def public(context: ContextSnapshot) -> ContextSnapshot:
    """The context without the pieces that are meant for us alone, and without what was written in mails."""
    kept = tuple(piece for piece in business_pieces(context) if not _INTERNAL.search(piece.title))
    return context.model_copy(update={"pieces": kept})


def best_offers(wanted: str, context: ContextSnapshot, language: str) -> tuple[Offer, ...]:
    """What we sell that fits, the best first, each once; told in the reply's language where we have it so."""
    languages = {piece.item_id: piece_language(piece) for piece in context.pieces}
    found = [offer for offer in match_offers(wanted, context) if offer.sells]
    found.sort(
        key=lambda offer: -(offer.score + 1.5 * (languages[offer.item_id] == language) + 0.5 * bool(offer.description))
    )
    named: dict[str, Offer] = {}
    for offer in found:
        named.setdefault(short_name(offer.name), offer)
    return tuple(named.values())


def short_name(name: str) -> str:
    """An offer's name without what stands in brackets behind it."""
    return re.sub(r"\s*\([^)]*\)\s*$", "", name).strip()


def offer_facts(offer: Offer, language: str, spoken: str, phrases: Phrases, *, brief: bool) -> list[Fact]:
    """What the reply says about the offer: what it is, its price, its lead time."""
    if spoken != language:
        return _said_again(offer, phrases)
    wanted = [None if brief else offer.description, offer.price, offer.lead_time]
    chosen = [statement for statement in wanted if statement is not None]
    return [fact(statement) for statement in dict.fromkeys(chosen)]


def further_facts(
    asked: str, offer: Offer | None, context: ContextSnapshot, language: str, used: list[Fact], most: int
) -> list[Fact]:
    """Further statements that answer what was asked, the most to the point first."""
    questions = " ".join(_QUESTION.findall(asked))
    in_questions, in_text = topics(questions), topics(asked)
    said = {item.text for item in used}
    rated: list[tuple[float, Fact]] = []
    for piece in context.pieces:
        if piece_language(piece) != language or _NOT_OURS.search(piece.title):
            continue
        for statement in statements_in(piece):
            candidate = fact(statement)
            if candidate.text in said or not 25 < len(candidate.text) < 260 or statement.text.endswith((":", "?")):
                continue
            rated.append((_worth(statement, piece, offer, in_questions, in_text, asked), candidate))
    rated.sort(key=lambda item: -item[0])
    return [candidate for worth, candidate in rated if worth >= 3][:most]


def declined(asked: str, context: ContextSnapshot, language: str) -> Fact | None:
    """The statement by which we do not do what is asked, where there is one."""
    wanted = topics(asked)
    for piece in context.pieces:
        if _NOT_OURS.search(piece.title) and piece_language(piece) == language:
            rated = [(len(topics(statement.text) & wanted), statement) for statement in statements_in(piece)]
            best = max(rated, key=lambda item: item[0], default=(0, None))
            if best[1] is not None and best[0] >= 2:
                return fact(best[1])
    return None


def unanswered(asked: str, facts: list[Fact]) -> bool:
    """Whether a question of the lead shares no topic with what the reply says."""
    told = frozenset[str]().union(*(topics(item.text) for item in facts))
    questions = (topics(question) for question in _QUESTION.findall(asked))
    return any(len(question) > 1 and not question & told for question in questions)


def piece_language(piece: Piece) -> str:
    """The language a piece is written in."""
    return language_of(piece.text)[0]


def _worth(
    statement: Statement,
    piece: Piece,
    offer: Offer | None,
    in_questions: frozenset[str],
    in_text: frozenset[str],
    asked: str,
) -> float:
    about = topics(statement.text) | (topics(piece_name(piece)) if piece_name(piece).endswith("?") else frozenset())
    own = offer is not None and piece.item_id == offer.item_id
    named = offer is not None and short_name(offer.name).lower() in statement.text.lower()
    worth = 1.5 * len(about & in_questions) + 1.0 * len(about & in_text) + 0.5 * own
    if _STARTS.search(f"{piece_name(piece)} {statement.text}") and _ASKS_WHEN.search(asked):
        worth += 4.0 * (own or named)
    if offer is not None and not own and not named and statement.prices:
        worth -= 3
    return worth - len(statement.text) / 200


def _said_again(offer: Offer, phrases: Phrases) -> list[Fact]:
    """Price and lead time in the reply's language, where the document is in another; only what can be said exactly."""
    facts: list[Fact] = []
    if offer.price is not None:
        price = offer.price.prices[0]
        per = per_text(price, phrases.language)
        if per is not None:
            amount = amount_text(price, phrases.language)
            text = phrases.costs.format(offer=short_name(offer.name), amount=amount, per=per)
            facts.append(Fact(text, offer.price.item_id))
    if offer.lead_time is not None:
        duration = duration_text(offer.lead_time.durations[0], phrases.language)
        if duration is not None:
            facts.append(Fact(phrases.takes.format(duration=duration), offer.lead_time.item_id))
    return facts
