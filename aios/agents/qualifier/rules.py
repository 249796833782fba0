"""The qualifier without a model: budget, time, need and offers found by their words, and points for each."""

import re
from datetime import date

from aios.agents.agent import RulesAnswer
from aios.agents.grounding.reading import read
from aios.agents.matching import topics
from aios.agents.offers import Offer, best_offers, business_pieces, home_currency
from aios.agents.passages import sentences
from aios.agents.qualifier.budget import find_budget
from aios.agents.qualifier.contract import Budget, Fact, Fit, Qualification, QualifierInput, ScoreReason
from aios.agents.qualifier.timing import Timing, find_timing
from aios.agents.router.rules import said
from aios.agents.router.vocabulary import INTEREST, PITCH, SPAM
from aios.agents.signals import look_for, weight

_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|day|evening|afternoon)|hallo|guten|sehr geehrte|liebe|moin|servus"
    r"|bonjour|hola)\b.{0,40}$",
    re.I,
)
_SCOPE = re.compile(
    r"(?<!\d)\d{1,7}\s+(?:\w+\s+)?(?:pages?|products?|employees|people|persons?|participants|users|languages|tables|systems?|sources|shops?"
    r"|stores|pupils|members|orders|customers|clients|bikes|rooms|articles?|locations?|sites|hours|sqm|m2|files|sheets|documents"
    r"|leuten?|seiten|produkten?|mitarbeitern?|personen|teilnehmern?|nutzern?|sprachen|artikeln?|standorten?|filialen|stunden"
    r"|mitgliedern?|kunden|membres|adhérents)|includ(?:e|es|ing)\b|consist|features?|requirements?|enthalten|inklusive"
    r"|bestehend|umfang|anforderung|funktion",
    re.I,
)


def qualify(given: QualifierInput) -> RulesAnswer[Qualification]:
    """How good the lead is, judged by what the messages say; what they do not say is missing, not guessed."""
    text = "\n".join([*(said(message) for message in given.earlier), said(given.message)])
    fields = {name: value for message in (*given.earlier, given.message) for name, value in message.fields.items()}
    offers = best_offers(text, given.context, given.language)
    budget = find_budget(text, fields, home_currency(given.context))
    timing = find_timing(text, date.fromisoformat(given.received_on[:10]))
    need = _need(given.message.subject, text)
    fit = _fit(offers, text, given)
    missing = _missing(given, text, budget, timing)
    reasons = _reasons(given, text, fit, budget, timing, missing)
    output = Qualification(
        fit=fit,
        urgency=timing.urgency,
        deadline=timing.deadline.isoformat() if timing.deadline else "",
        budget=budget,
        need=need,
        offer_item_ids=tuple(dict.fromkeys(offer.item_id for offer in offers))[:3],
        missing=missing,
        score=max(0, min(100, sum(reason.points for reason in reasons))),
        reasons=reasons,
        confidence=0.55 if fit == "strong" else 0.45 if fit == "possible" else 0.3,
    )
    return RulesAnswer(output)


def _need(subject: str, text: str) -> str:
    """What they want, in their own words: the sentence that says most about it."""
    worth = [part for part in sentences(text) if len(part) > 12 and not _GREETING.match(part)]
    if not worth:
        return (subject or "They do not say what they need.")[:200]
    best = max(
        enumerate(worth),
        key=lambda item: (weight(look_for(INTEREST, item[1])) + min(len(topics(item[1])), 4), -item[0]),
    )
    return best[1][:240]


def _fit(offers: tuple[Offer, ...], text: str, given: QualifierInput) -> Fit:
    if not offers:
        return "weak" if business_pieces(given.context) else "none"
    if offers[0].named:
        return "strong"
    return "possible" if weight(look_for(INTEREST, text)) >= 2 else "weak"


def _missing(given: QualifierInput, text: str, budget: Budget | None, timing: Timing) -> tuple[Fact, ...]:
    sender = given.message.sender
    missing: dict[Fact, bool] = {
        "need": weight(look_for(INTEREST, text)) < 2 and len(topics(text)) < 4,
        "scope": not _SCOPE.search(read(text).text) and len(text) < 900,
        "timeline": timing.urgency == "unknown",
        "budget": budget is None,
        "contact": not sender.email and not sender.phone,
    }
    return tuple[Fact, ...](fact for fact, absent in missing.items() if absent)[:3]


def _reasons(
    given: QualifierInput, text: str, fit: Fit, budget: Budget | None, timing: Timing, missing: tuple[Fact, ...]
) -> tuple[ScoreReason, ...]:
    points = {"strong": 35, "possible": 20, "weak": 5, "none": 0}[fit]
    reasons = [ScoreReason(points=points, text=f"The fit with our offers is {fit}.")]
    if budget is not None:
        reasons.append(ScoreReason(points=20, text=f'They name a budget: "{budget.quote[:80]}".'))
    if timing.urgency in ("urgent", "soon"):
        reasons.append(ScoreReason(points=15, text=f'They need it {timing.urgency}: "{timing.quote[:80]}".'))
    elif timing.urgency == "normal":
        reasons.append(ScoreReason(points=8, text="They say when they need it; there is time."))
    if interest := look_for(INTEREST, text):
        names = ", ".join(found.signal.name for found in interest[:3])
        reasons.append(ScoreReason(points=min(15, 4 * len(interest)), text=f"The message {names}."))
    if given.message.sender.organisation or given.earlier:
        reasons.append(ScoreReason(points=8, text="It comes from a company, or from somebody who wrote before."))
    if given.message.sender.phone:
        reasons.append(ScoreReason(points=4, text="They leave a phone number."))
    if look_for((*SPAM, *PITCH), text):
        reasons.append(ScoreReason(points=-30, text="Parts of it read like advertising."))
    if missing:
        reasons.append(ScoreReason(points=-3 * len(missing), text=f"They do not say: {', '.join(missing)}."))
    return tuple(reasons)
