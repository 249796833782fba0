"""Facts: the statements of our documents that belong into a reply, each with the piece it is from."""

import re
from dataclasses import dataclass

from aios.agents.drafter.phrases import Phrases
from aios.agents.drafter.wording import amount_text, duration_text, per_text
from aios.agents.grounding.sources import source
from aios.agents.matching import topics
from aios.agents.offers import Offer, Statement, business_pieces, piece_language, piece_name, short_name, statements_in
from aios.memory.context import ContextSnapshot, Piece

_INTERNAL = re.compile(
    r"tone of voice|how we write|never promise|how replies|internal|intern(?:es|e)?\b|stil\b|tonalität", re.I
)
_NOT_OURS = re.compile(r"do not do|don't do|not offer|nicht (?:an|tun|machen|im angebot)|was wir nicht", re.I)
_QUESTION = re.compile(r"(?:^|(?<=[.!?\n]))[^.!?\n]*\?")
_NEEDS = re.compile(r"what we need|we need|was wir brauchen|wir brauchen", re.I)
_ASKS_NEEDS = re.compile(r"(?:do|would) you need|need from us|(?:brauchen|benötigen) sie|brauchst du", re.I)
_LEANS = re.compile(
    r"(?:it|its|this|that|these|those|they|their|there|then|he|she|whether|yes|no|both|also|otherwise|after that"
    r"|you do"
    r"|es|sie|er|das|dies\w*|jene\w*|dort|dann|dazu|darin|danach|ob|ja|nein|beide\w*|auch|sonst)\b",
    re.I,
)
_STARTS = re.compile(r"next (?:free )?start|next available|nächster freier|nächste freie|frühester", re.I)
_ASKS_WHEN = re.compile(
    r"\bwhen\b|how soon|start|avail|live|by the|before|until|deadline|asap|wann|beginn|fertig|bis (?:zu|ende"
    r"|mitte|anfang)|termin",
    re.I,
)


WORTH_SAYING = 2.2
"""About one topic of a question, or two or three of the message, from which a statement is worth quoting."""


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


def offer_facts(offer: Offer, language: str, spoken: str, phrases: Phrases, *, brief: bool) -> list[Fact]:
    """What the reply says about the offer: what it is, its price, its lead time."""
    if spoken != language:
        return _said_again(offer, phrases)
    wanted = [None if brief else offer.description, offer.price, offer.lead_time]
    chosen = [statement for statement in wanted if statement is not None]
    return [fact(statement) for statement in dict.fromkeys(chosen)]


def further_facts(
    asked: str, offers: tuple[Offer, ...], context: ContextSnapshot, language: str, used: list[Fact], most: int
) -> list[Fact]:
    """Further statements that answer what was asked, the most to the point first; none says again what was said.

    `offers` begins with the one that is recommended, if one is; statements about the others are left out.
    """
    question = _Question.of(asked, offers)
    rated: list[tuple[float, Fact]] = []
    for piece in context.pieces:
        if piece_language(piece) != language or _NOT_OURS.search(piece.title):
            continue
        for statement in statements_in(piece):
            if (worth := question.worth(statement, piece)) >= WORTH_SAYING:
                rated.append((worth, fact(statement)))
    chosen: list[Fact] = []
    for _, candidate in sorted(rated, key=lambda item: -item[0]):
        if len(chosen) < most and not any(_alike(candidate.text, said.text) for said in (*used, *chosen)):
            chosen.append(candidate)
    return chosen


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


@dataclass(frozen=True)
class _Question:
    """What a lead asks, as topics: in their questions, and in the whole message."""

    text: str
    in_questions: frozenset[str]
    in_text: frozenset[str]
    offer: Offer | None
    others: tuple[str, ...]

    @classmethod
    def of(cls, asked: str, offers: tuple[Offer, ...]) -> "_Question":
        names = tuple(short_name(offer.name).lower() for offer in offers[1:])
        return cls(
            asked, topics(" ".join(_QUESTION.findall(asked))), topics(asked), offers[0] if offers else None, names
        )

    def worth(self, statement: Statement, piece: Piece) -> float:
        """How much a statement adds to the answer; it must be readable by itself."""
        text, heading, offer = statement.text, piece_name(piece), self.offer
        if not 25 < len(text) < 260 or text.endswith((":", "?")) or _LEANS.match(text):
            return 0
        about = topics(text) | (topics(heading) if heading.endswith("?") else frozenset[str]())
        own = offer is not None and piece.item_id == offer.item_id
        named = offer is not None and short_name(offer.name).lower() in f"{heading} {text}".lower()
        news = about - topics(offer.name) if offer is not None else about
        worth = 1.5 * len(news & self.in_questions) + len(news & self.in_text) + 0.5 * own - len(text) / 200
        if _STARTS.search(f"{heading} {text}"):
            worth = worth + 4 if (own or named) and _ASKS_WHEN.search(self.text) else 0
        if own and _NEEDS.match(text) and _ASKS_NEEDS.search(self.text):
            worth += 4
        if not named and any(name in f"{heading} {text}".lower() for name in self.others):
            return 0
        elsewhere = offer is not None and not own and not named and (statement.prices or not heading.endswith("?"))
        return worth - 3 if elsewhere else worth


def _alike(one: str, other: str) -> bool:
    """Whether two sentences tell the same: the same price, the same link, or mostly the same topics."""
    first, second = (
        {(f.kind, f.keys) for f in source(text).figures if f.kind in ("amount", "link")} for text in (one, other)
    )
    if first and first <= second:
        return True
    mine, theirs = topics(one), topics(other)
    return len(mine & theirs) > 0.6 * min(len(mine), len(theirs))


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
