"""The drafter without a model: a short reply made of fixed phrases and of sentences quoted from our documents."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from aios.agents.agent import RulesAnswer
from aios.agents.drafter.contract import Claim, Draft, DrafterInput
from aios.agents.drafter.facts import Fact, declined, further_facts, offer_facts, public, unanswered
from aios.agents.drafter.manner import Manner
from aios.agents.drafter.phrases import ENGLISH, GERMAN, GERMAN_DU, Phrases
from aios.agents.drafter.wording import budget_text, is_below, is_informal, name_for_greeting
from aios.agents.grounding.check import Ground, check_text, ground_of
from aios.agents.offers import Offer, best_offers, piece_language, short_name
from aios.agents.qualifier.contract import Budget
from aios.agents.router.rules import said
from aios.amounts import find_amounts
from aios.memory.context import Piece

_SHORTER = re.compile(r"short|brief|concise|kürzer|kurz\b|knapper|too long|zu lang", re.I)
_NO_PRICE = re.compile(
    r"(?:no|without|remove|drop|leave out|don't (?:name|mention)) (?:the |any )?price|(?:ohne|kein\w*) preis", re.I
)
_IN_ENGLISH = re.compile(r"in english|auf englisch", re.I)
_IN_GERMAN = re.compile(r"in german|auf deutsch", re.I)
_SAY_DU = re.compile(r"\bdu\b|duzen|informal|per du", re.I)
_SAY_SIE = re.compile(r"\bsie\b|siezen|formal(?!ly in)|per sie", re.I)
_UNDERSTOOD = (_SHORTER, _NO_PRICE, _IN_ENGLISH, _IN_GERMAN, _SAY_DU, _SAY_SIE)


@dataclass(frozen=True)
class _Reply:
    """The parts of a reply before they are put together."""

    phrases: Phrases
    name: str
    offer: Offer | None
    facts: list[Fact]
    others: list[Fact]
    no: Fact | None
    budget: str
    open_question: bool
    questions: list[str]
    offered: list[str]


def draft(given: DrafterInput) -> RulesAnswer[Draft]:
    """A reply that states only what our documents say, and asks for at most three missing facts.

    It is in the owner's manner; `used` are the preferences without which it would be another.
    """
    made = _draft(given)
    manner = Manner.of(given.context)
    return replace(made, used=tuple(piece.item_id for piece in manner.pieces if _tells(given, piece, made)))


def _tells(given: DrafterInput, piece: Piece, made: RulesAnswer[Draft]) -> bool:
    """Whether the draft would be another without the piece."""
    others = tuple(other for other in given.context.pieces if other != piece)
    without = _draft(given.model_copy(update={"context": given.context.model_copy(update={"pieces": others})}))
    return without.output != made.output


def _draft(given: DrafterInput) -> RulesAnswer[Draft]:
    manner, ground = Manner.of(given.context), ground_of(given.context, (*given.earlier, given.message))
    wishes = _wishes(given, manner)
    phrases = manner.phrases(_phrases(given, wishes), ground)
    reply = _reply(given, phrases, wishes)
    reply = replace(
        reply,
        facts=manner.facts(reply.facts, phrases.language, ground),
        others=manner.facts(reply.others, phrases.language, ground),
        questions=[question for question in reply.questions if question],
    )
    body, cited = _body(reply, given, manner, ground)
    claims = tuple(Claim(text=item.text, item_ids=(item.item_id,)) for item in cited)
    confidence = (
        0.3
        if reply.offer is None
        else 0.55
        if given.qualification.fit == "strong" and not reply.open_question
        else 0.45
    )
    output = Draft(
        subject=_subject(given, phrases),
        body=body,
        claims=claims,
        questions=tuple(reply.questions),
        confidence=confidence,
    )
    return RulesAnswer(output, _notes(given, phrases))


def _wishes(given: DrafterInput, manner: Manner) -> str:
    """What the owner wants of this draft; what is said about it goes before what is wanted always."""
    said = " ".join(given.feedback)
    standing = manner.wishes
    if _SAY_DU.search(said) or _SAY_SIE.search(said):
        standing.pop("form", None)
    return " ".join((said, *standing.values()))


def _phrases(given: DrafterInput, wishes: str) -> Phrases:
    german = given.language == "de"
    if _IN_ENGLISH.search(wishes) or _IN_GERMAN.search(wishes):
        german = bool(_IN_GERMAN.search(wishes))
    if not german:
        return ENGLISH
    informal = is_informal(given.message.text)
    if _SAY_DU.search(wishes) or _SAY_SIE.search(wishes):
        informal = not _SAY_SIE.search(wishes)
    return GERMAN_DU if informal else GERMAN


def _reply(given: DrafterInput, phrases: Phrases, wishes: str) -> _Reply:
    asked = "\n".join([*(said(message) for message in given.earlier), said(given.message)])
    context = public(given.context)
    offers = best_offers(asked, context, phrases.language)
    offer = offers[0] if offers and given.qualification.fit in ("strong", "possible") else None
    brief = bool(_SHORTER.search(wishes))
    facts = _offer_facts(offer, given, phrases, brief)
    no = declined(asked, context, phrases.language) if offer is None or not offer.named else None
    most = 0 if brief or given.language != phrases.language else 2
    others = further_facts(asked, offers if offer else (), context, phrases.language, facts, most)
    if _NO_PRICE.search(wishes):
        facts, others = ([item for item in part if not _priced(item)] for part in (facts, others))
    budget = given.qualification.budget
    priced = any(_priced(item) for item in facts)
    missing = given.qualification.missing
    questions = [phrases.questions[what] for what in missing if what != "budget" or not priced][: 2 if brief else 3]
    sells = [] if offer else [short_name(found.name) for found in offers][:4]
    return _Reply(
        phrases=phrases,
        name=_name(given, phrases),
        offer=offer,
        facts=facts,
        others=others,
        no=no,
        budget=_budget_line(budget, offer, phrases) if budget else "",
        open_question=unanswered(said(given.message), [*facts, *others]),
        questions=questions,
        offered=sells,
    )


def _offer_facts(offer: Offer | None, given: DrafterInput, phrases: Phrases, brief: bool) -> list[Fact]:
    if offer is None:
        return []
    spoken = next(piece_language(piece) for piece in given.context.pieces if piece.item_id == offer.item_id)
    return offer_facts(offer, phrases.language, spoken, phrases, brief=brief)


def _body(reply: _Reply, given: DrafterInput, manner: Manner, ground: Ground) -> tuple[str, list[Fact]]:
    """The text, and the facts in it; a sentence of our own making that would not be grounded is left out."""
    phrases = reply.phrases
    greeting = phrases.hello.format(name=reply.name) if reply.name else phrases.hello_nobody
    opening = [phrases.thanks_again if given.earlier else phrases.thanks]
    if phrases.name == "en" and given.language not in ("en", "de"):
        opening.append(phrases.english_fine)
    opening += _pointer(reply)
    paragraphs = [greeting, " ".join(opening), " ".join(item.text for item in reply.facts)]
    paragraphs += (
        ["\n".join(f"- {item.text}" for item in reply.others)]
        if len(reply.others) > 1
        else [item.text for item in reply.others]
    )
    paragraphs.append(" ".join(_about_them(reply, given)))
    if reply.questions:
        head = phrases.ask_one if len(reply.questions) == 1 else phrases.ask_more
        paragraphs.append("\n".join([head, *(f"- {question}" for question in reply.questions)]))
    paragraphs = [_said(paragraph, reply, manner, ground) for paragraph in paragraphs]
    paragraphs.append(" ".join(manner.added(phrases.language, ground)))
    paragraphs.append("\n".join(part for part in (phrases.farewell, given.owner_name, given.business_name) if part))
    cited = [*reply.facts, *reply.others, *([reply.no] if reply.no else [])]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph), cited


def _said(paragraph: str, reply: _Reply, manner: Manner, ground: Ground) -> str:
    """A paragraph in the owner's words; facts have theirs already, and change together with their claims."""
    language = reply.phrases.language
    lines = (manner.without_dropped(line, language) for line in paragraph.split("\n"))
    bare = {item.text for item in (*reply.facts, *reply.others, *([reply.no] if reply.no else []))}
    return "\n".join(
        line if any(text in line for text in bare) else manner.words(line, language, ground) for line in lines
    )


def _pointer(reply: _Reply) -> list[str]:
    phrases = reply.phrases
    if reply.offer is not None:
        wording = phrases.fits if reply.offer.named else phrases.may_fit
        return [wording.format(offer=short_name(reply.offer.name))]
    if reply.no is not None:
        return [phrases.outside.format(statement=reply.no.text)]
    offered = [phrases.we_offer.format(offers=", ".join(reply.offered))] if reply.offered else []
    return [phrases.unclear, *offered]


def _about_them(reply: _Reply, given: DrafterInput) -> list[str]:
    lines = [reply.budget] if reply.budget else []
    if reply.open_question:
        lines.append(reply.phrases.look_myself)
    ground = ground_of(given.context, (*given.earlier, given.message))
    return [line for line in lines if not check_text(line, ground)]


def _budget_line(budget: Budget, offer: Offer | None, phrases: Phrases) -> str:
    below = offer is not None and offer.price is not None and is_below(budget, offer.price.prices[0])
    wording = phrases.below_price if below else phrases.their_budget
    return wording.format(amount=budget_text(budget, phrases.language))


def _name(given: DrafterInput, phrases: Phrases) -> str:
    name = name_for_greeting(given.message.sender.name, informal=phrases.name != "de")
    return "" if check_text(name, ground_of(given.context, ())) else name


def _priced(item: Fact) -> bool:
    return bool(find_amounts(item.text))


def _subject(given: DrafterInput, phrases: Phrases) -> str:
    subject = " ".join(given.message.subject.split())
    if not subject:
        return (
            "Ihre Anfrage" if phrases.name == "de" else "Deine Anfrage" if phrases.name == "de-du" else "Your inquiry"
        )
    return subject[:290] if re.match(r"(?:re|aw)\s*:", subject, re.I) else f"Re: {subject[:280]}"


def _notes(given: DrafterInput, phrases: Phrases) -> tuple[str, ...]:
    notes: list[str] = []
    if given.language not in ("en", "de") and phrases.name == "en":
        notes.append(f"The message is in another language ({given.language}); the rules write English and German only.")
    missed = [wish for wish in given.feedback if not any(pattern.search(wish) for pattern in _UNDERSTOOD)]
    notes += [f'The rules could not follow "{wish[:120]}"; please edit the text.' for wish in missed]
    return tuple(notes)


def wish_in(note: str) -> list[tuple[Literal["length", "price", "form"], str]]:
    """The wishes in an owner's note that a preference can say, each with its value."""
    known: tuple[tuple[Literal["length", "price", "form"], str, re.Pattern[str]], ...] = (
        ("length", "short", _SHORTER),
        ("price", "never", _NO_PRICE),
        ("form", "du", _SAY_DU),
        ("form", "sie", _SAY_SIE),
    )
    return [(action, value) for action, value, pattern in known if pattern.search(note)]
