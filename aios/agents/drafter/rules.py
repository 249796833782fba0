"""The drafter without a model: a short reply from phrases and from sentences of our documents, quoted as they stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from aios.agents.agent import RulesAnswer
from aios.agents.drafter.check import check_draft
from aios.agents.drafter.contract import Claim, Draft, DrafterInput
from aios.agents.drafter.phrases import PHRASES, Phrases
from aios.agents.language import language_of
from aios.agents.matching import topics
from aios.agents.offers import Offer, Statement, business_pieces, match_offers, piece_name, statements_in
from aios.memory.context import ContextSnapshot, Piece

MOST_QUESTIONS = 3
MOST_ANSWERS = 2
"""Sentences quoted in answer to what they asked beside price and time."""

_QUESTION = re.compile(r"[^.!?\n]{8,300}\?")
_NAME = re.compile(r"[^\W\d_][^\d@:/\\<>\n]{1,58}[^\W\d_]\.?")


@dataclass(frozen=True)
class Plan:
    """What the reply says: the sentences it quotes about the offer, its answers to questions, and what it asks."""

    offer: Offer | None
    quotes: tuple[Statement, ...]
    answers: tuple[Statement, ...]
    questions: tuple[str, ...]


def draft(given: DrafterInput) -> RulesAnswer[Draft]:
    """The fullest reply in which everything has its ground; at the least, thanks and questions."""
    language = given.language if given.language in PHRASES else "en"
    full = _plan(given, language)
    for plan in (full, replace(full, answers=()), Plan(None, (), (), full.questions)):
        written = _write(given, PHRASES[language], plan)
        if not check_draft(given, written):
            break
    return RulesAnswer(written, tuple(_notes(given, plan)))


def _notes(given: DrafterInput, plan: Plan) -> Iterator[str]:
    if given.language not in PHRASES:
        yield f"They write in another language ({given.language}); the rules answer in English."
    if given.feedback:
        yield "The rules cannot follow feedback in words; edit the draft, or set up a model."
    if plan.offer is None:
        yield "No offer of ours was found to fit; the reply only asks."


def _plan(given: DrafterInput, language: str) -> Plan:
    asked = "\n".join(f"{message.subject}\n{message.text}" for message in (*given.earlier, given.message))
    context = _in_language(given.context, language)
    offer = _best_offer(given, f"{asked}\n{given.qualification.need}", context)
    quotes = _quotes(offer) if offer else ()
    answers = tuple(_answers(given.message.text, context, {quote.text for quote in quotes}))
    missing = [fact for fact in given.qualification.missing if fact in PHRASES[language].ask]
    questions = tuple(PHRASES[language].ask[fact] for fact in missing[:MOST_QUESTIONS])
    return Plan(offer, quotes, answers, questions)


def _best_offer(given: DrafterInput, asked: str, context: ContextSnapshot) -> Offer | None:
    """The offer with a price that fits best; a section of prose before a row of a table, which reads worse."""
    priced = [offer for offer in match_offers(asked, context) if offer.price is not None and offer.named]
    sections = {piece.item_id: piece_name(piece) for piece in business_pieces(context)}
    prose = [offer for offer in priced if sections.get(offer.item_id) == offer.name]
    return next(iter(prose or priced), None)


def _quotes(offer: Offer) -> tuple[Statement, ...]:
    found = (offer.price, offer.lead_time)
    return tuple(dict.fromkeys(statement for statement in found if statement is not None))


def _answers(text: str, context: ContextSnapshot, said: set[str]) -> Iterator[Statement]:
    """For each further question, the sentence of our documents that speaks most of the same things."""
    given = set(said)
    for question in _QUESTION.findall(text)[:10]:
        about = topics(question)
        candidates = [
            (len(about & topics(statement.text)), -len(statement.text), statement)
            for piece in business_pieces(context)
            for statement in statements_in(piece)
            if statement.text not in given and statement.text[-1] in ".:!" and len(statement.text) < 300
        ]
        shared, _, best = max(candidates, key=lambda item: item[:2], default=(0, 0, None))
        if best is not None and shared >= 2 and len(given) < len(said) + MOST_ANSWERS:
            given.add(best.text)
            yield best


def _write(given: DrafterInput, phrases: Phrases, plan: Plan) -> Draft:
    name = given.message.sender.name.strip()
    greeting = phrases.greeting.format(name=name) if _NAME.fullmatch(name) else phrases.greeting_without_name
    thanks = phrases.thanks_again if given.earlier else phrases.thanks
    paragraphs = [greeting, thanks, *_substance(phrases, plan), *_asking(phrases, plan), phrases.closing]
    signature = "\n".join(part for part in (given.owner_name, given.business_name) if part)
    return Draft(
        subject=_subject(given.message.subject, phrases),
        body="\n\n".join(paragraphs) + f"\n{signature}",
        claims=tuple(Claim(text=quote.text, item_ids=(quote.item_id,)) for quote in (*plan.quotes, *plan.answers)),
        questions=plan.questions,
        confidence=_confidence(given, plan),
    )


def _substance(phrases: Phrases, plan: Plan) -> Iterator[str]:
    if plan.offer is None:
        yield phrases.no_offer
        return
    name = re.sub(r"\s*\([^)]*\)$", "", plan.offer.name)
    yield " ".join([phrases.offer.format(offer=name), *(_sentence(quote.text) for quote in plan.quotes)])
    if plan.answers:
        yield "\n".join([phrases.also, *(f"- {answer.text}" for answer in plan.answers)])


def _asking(phrases: Phrases, plan: Plan) -> Iterator[str]:
    if not plan.questions:
        yield phrases.no_question
        return
    lead = phrases.question if len(plan.questions) == 1 else phrases.questions
    yield "\n".join([lead, *(f"- {question}" for question in plan.questions)])


def _subject(subject: str, phrases: Phrases) -> str:
    plain = re.sub(r"^(?:\s*(?:re|aw|antw|sv|wg|fwd?)\s*:)+\s*", "", subject, flags=re.I).strip()
    return f"Re: {plain}"[:300] if plain else phrases.subject


def _sentence(text: str) -> str:
    return text if text[-1] in ".!?" else f"{text}."


def _confidence(given: DrafterInput, plan: Plan) -> float:
    if plan.offer is None:
        return 0.3
    return 0.55 if given.qualification.fit == "strong" and not given.feedback else 0.45


def _in_language(context: ContextSnapshot, language: str) -> ContextSnapshot:
    """The context without documents in another language, where there are some in this one."""
    fitting = [piece for piece in context.pieces if piece.kind == "history" or _written_in(piece) == language]
    usable = any(piece.kind != "history" for piece in fitting)
    return context.model_copy(update={"pieces": tuple(fitting)}) if usable else context


def _written_in(piece: Piece) -> str:
    return language_of(piece.text)[0]
