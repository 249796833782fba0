"""`check`: find everything a draft states that neither our pieces nor the lead's own words bear out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from aios.agents.agent import MOST_READ
from aios.agents.drafter.contract import Claim, Draft
from aios.agents.grounding.addresses import same_phone
from aios.agents.grounding.disguise import disguised
from aios.agents.grounding.figure import Figure
from aios.agents.grounding.figures import figures
from aios.agents.grounding.prices import speaks_per
from aios.agents.grounding.promises import Promise, promises
from aios.agents.grounding.reading import Reading, read
from aios.agents.grounding.sources import Sources, source
from aios.agents.matching import topics
from aios.agents.offers import business_pieces
from aios.events.catalog import IncomingMessage
from aios.memory.context import ContextSnapshot


@dataclass(frozen=True)
class Ungrounded:
    """Something the draft states without ground: what kind, how it is written, and why it is not allowed."""

    kind: str
    text: str
    reason: str


@dataclass(frozen=True)
class Ground:
    """What a draft is held against: our texts, and the lead's. The lead's `address` may be repeated."""

    business: Sources
    lead: Sources
    address: str = ""
    pieces: dict[str, str] = field(default_factory=dict[str, str])


def ground_of(context: ContextSnapshot, messages: Sequence[IncomingMessage], own: tuple[str, ...] = ()) -> Ground:
    """The ground under a reply to the messages: documents and notes are ours, everything else is theirs."""
    pieces = {piece.item_id: f"{piece.title}\n{piece.text}" for piece in business_pieces(context)}
    history = [piece.text for piece in context.pieces if piece.kind in ("history", "entity")]
    theirs = [text for message in messages for text in _written(message)]
    address = messages[-1].sender.email if messages else ""
    return Ground(Sources.of([*pieces.values(), *own]), Sources.of([*theirs, *history]), address.lower(), pieces)


def check(draft: Draft, ground: Ground, subject_of_lead: str = "") -> tuple[Ungrounded, ...]:
    """What in the draft has no ground, each thing once; empty where all of it has.

    Prices and percentages must be ours. Other figures may be the lead's, unless the sentence makes them our promise.
    Links, addresses and phone numbers must be ours, or the sender's own. Words that bind us must be in our pieces.
    """
    texts = [draft.body, *draft.questions]
    if not _only_answers(draft.subject, subject_of_lead):
        texts.append(draft.subject)
    found = [problem for text in texts for problem in check_text(text, ground)]
    found += _uncited(draft, ground)
    found += [problem for claim in draft.claims for problem in _wrong_claim(claim, ground)]
    return tuple(dict.fromkeys(found))


def check_text(text: str, ground: Ground) -> list[Ungrounded]:
    """What in one text has no ground."""
    reading = read(text)
    found = [
        Ungrounded(figure.kind, reading.quote(figure.start, figure.end), reason)
        for figure in figures(reading.text)
        if (reason := _why_not(figure, reading, ground))
    ]
    for promise in promises(reading.text):
        if not promise.denied and not ground.business.promised(promise.family, topics(_context(reading.text, promise))):
            quote = reading.quote(promise.start, promise.end)
            found.append(Ungrounded("promise", quote, f"No piece promises this ({promise.family})."))
    return found + [Ungrounded("disguise", word, "The word is disguised.") for word in disguised(text)]


def _why_not(figure: Figure, reading: Reading, ground: Ground) -> str:
    """Why the figure has no ground; empty where it has."""
    ours = ground.business.same(figure)
    if figure.kind == "amount":
        if _repeats_lead(figure, reading, ground) or (not ours and _near(figure, ground)):
            return ""
        return _price_problem(figure, ground) if ours else _lead_only(figure, reading, ground)
    if figure.kind in ("link", "email", "phone"):
        return "" if ours or _known_address(figure, reading, ground) else "It is neither ours nor the sender's own."
    if ours:
        return ""
    return _lead_only(figure, reading, ground)


def _near(figure: Figure, ground: Ground) -> bool:
    """Whether a range of ours begins or ends with the amount, and the draft says so ("from", "up to")."""
    ((currency, low, high),) = figure.keys
    for other in ground.business.of_kind("amount"):
        ((other_currency, other_low, other_high),) = other.keys
        ends = (("from", other_low), ("up to", other_high))
        if currency == other_currency and low == high and (figure.bound, low) in ends:
            return True
    return False


def _price_problem(figure: Figure, ground: Ground) -> str:
    """What the draft leaves out or adds to a price of ours: its "from", its "per month"."""
    ours = ground.business.same(figure)
    if not ours:
        return ""
    bounds = {other.bound for other, _ in ours}
    if figure.bound in ("", "up to") and figure.bound not in bounds:
        return f'Our piece says "{min(bounds)}" before it.' if bounds != {""} else f'No piece says "{figure.bound}".'
    units = {other.per for other, _ in ours}
    plain = ((other, text.text) for other, text in ours if not other.per)
    if figure.per in units or (
        figure.per and any(speaks_per(_about(text, other), figure.per) for other, text in plain)
    ):
        return ""
    return f"Our piece says it per {min(units)}." if not figure.per else f"No piece says it per {figure.per}."


def _about(text: str, figure: Figure) -> str:
    """What a piece says about a price of its own: its sentence, and what stands over it."""
    over = (
        line for line in text[: figure.start].split("\n") if re.match(r"\s*[|#]|.*\b(?:prices|preise)\b", line, re.I)
    )
    return "\n".join((*over, _sentence(text, figure)))


def _known_address(figure: Figure, reading: Reading, ground: Ground) -> bool:
    """Whether it leads to us; the sender's own may be repeated, where the sentence does not make it ours."""
    return _leads_to_us(figure, ground) or (
        _is_theirs(figure, ground) and not _OURS.search(_sentence(reading.text, figure))
    )


def _leads_to_us(figure: Figure, ground: Ground) -> bool:
    ((value,),) = figure.keys
    if figure.kind == "link":
        hosts = {host.partition("/")[0] for host in ground.business.values("link")}
        return value in hosts | {address.rpartition("@")[2] for address in ground.business.values("email")}
    return figure.kind == "phone" and any(same_phone(str(value), own) for own in ground.business.values("phone"))


def _is_theirs(figure: Figure, ground: Ground) -> bool:
    ((value,),) = figure.keys
    if figure.kind == "email":
        return value == ground.address
    if figure.kind == "link":
        return value == ground.address.rpartition("@")[2] and bool(ground.lead.same(figure))
    return any(same_phone(str(value), theirs) for theirs in ground.lead.values("phone"))


_OURS = re.compile(r"(?<!\w)(?:us|our|ours|(?<!let )me|my|uns|unser\w*|mich|mir|mein\w*)(?!\w)", re.I)
_THEIRS = re.compile(
    r"(?<!\w)(?:you|your|yours|sie|ihr(?:e[rnms]?)?|ihnen|du|dein(?:e[rnms]?)?|dir|euer|eure[rnms]?|euch)(?!\w)", re.I
)
_CONFIRMING = re.compile(
    r"(?<!\w)(?:pric\w*|costs?|fees?|offer\w*|quote\w*|charg\w+|rates?|can|could|will|'ll|shall|would|works?"
    r"|fits?|fine|ok|okay|sufficient"
    r"|enough|covers?|deal|agree\w*|accept\w*|confirm\w*|happy|glad|deliver\w*|possible|problem|discount\w*"
    r"|total\w*|invoice\w*|pay|for just|only"
    r"|guarantee\w*|gets?|receiv\w+|gives?|grant\w*|saves?|off|bekomm\w*|erhalt\w*|erhält\w*|spar\w*|ready|finish\w*|start|complete\w*|manage|preis\w*|kost\w*|honorar\w*|angebot\w*|biet\w*"
    r"|pass\w*|reich\w*|genüg\w*|ausreich\w*"
    r"|einverstanden|möglich|machbar|schaff\w*|bestätig\w*|liefer\w*|werden|wird|gerne?|problem|akzeptier\w*"
    r"|zusag\w*|rabatt\w*|können|kann|für nur"
    r"|fertig\w*|beginn\w*|start\w*|halten|einhalt\w*|wir|we|our|unser\w*|us|uns)(?!\w)",
    re.I,
)


def _lead_only(figure: Figure, reading: Reading, ground: Ground) -> str:
    """Why a figure that no piece of ours has may not stand; empty where it is only repeated as the lead's own."""
    if not ground.lead.same(figure):
        return "It is in none of our pieces, and the lead did not say it."
    sentence = _sentence(reading.text, figure)
    if _CONFIRMING.search(sentence):
        return "Only the lead named it; the sentence makes it ours."
    asks = sentence.rstrip().endswith("?") and figure.kind not in ("amount", "percent")
    if figure.kind != "number" and not asks and not _THEIRS.search(sentence):
        return "Only the lead named it; say that it is theirs, or leave it out."
    return ""


def _repeats_lead(figure: Figure, reading: Reading, ground: Ground) -> bool:
    """Whether the sentence gives a figure back to the lead as their own."""
    return bool(ground.lead.same(figure)) and not _lead_only(figure, reading, ground)


_END = re.compile(r"[!?\n]|(?<!\d)\.(?=\s|$)")


def _sentence(text: str, place: Figure | Promise) -> str:
    ends = [match.end() for match in _END.finditer(text)]
    start = max((end for end in ends if end <= place.start), default=0)
    stop = min((end for end in ends if end >= place.end), default=len(text))
    return text[start:stop]


def _context(text: str, promise: Promise) -> str:
    """The promise's sentence without the promise; where that says nothing ("It is free."), what went before it."""
    sentence = _sentence(text, promise)
    rest = sentence.replace(text[promise.start : promise.end], " ")
    return rest if topics(rest) else text[: promise.start]


def _uncited(draft: Draft, ground: Ground) -> list[Ungrounded]:
    """Our prices that no claim cites."""
    cited = {key for claim in draft.claims for figure in source(claim.text).figures for key in figure.keys}
    reading = read(draft.body)
    return [
        Ungrounded("citation", reading.quote(figure.start, figure.end), "No claim cites the piece this price is from.")
        for figure in figures(reading.text)
        if figure.kind == "amount"
        and not figure.keys & cited
        and ground.business.same(figure)
        and not _repeats_lead(figure, reading, ground)
    ]


def _wrong_claim(claim: Claim, ground: Ground) -> list[Ungrounded]:
    unknown = [item_id for item_id in claim.item_ids if item_id not in ground.pieces]
    if unknown:
        return [Ungrounded("citation", claim.text, f"There is no piece {unknown[0]} about our business.")]
    cited = Ground(Sources.of(ground.pieces[item_id] for item_id in claim.item_ids), ground.lead, ground.address)
    return [
        Ungrounded("citation", problem.text, "The piece that the claim cites does not say this.")
        for problem in check_text(claim.text, cited)
    ]


def _only_answers(subject: str, subject_of_lead: str) -> bool:
    """Whether a subject is the lead's own, with or without a mark of reply; a long one may be cut."""
    ours, theirs = _without_reply_mark(subject), _without_reply_mark(subject_of_lead)
    return ours == theirs or (len(ours) > 200 and theirs.startswith(ours))


def _without_reply_mark(subject: str) -> str:
    plain = re.sub(r"^(?:\s*(?:re|aw|antw|fwd?|wg)\s*:)*\s*", "", subject, flags=re.I)
    return " ".join(plain.split()).casefold()


def _written(message: IncomingMessage) -> tuple[str, ...]:
    sender = message.sender
    return (
        message.subject,
        message.text[:MOST_READ],
        message.quoted[:MOST_READ],
        message.signature[:MOST_READ],
        *(f"{name}: {value}" for name, value in message.fields.items()),
        " ".join((sender.name, sender.organisation, sender.phone)),
    )
