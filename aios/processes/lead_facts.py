"""Learning from a lead: what the sender says of themselves, as claims; never what they quote, or say of others."""

import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict

from aios.agents.injection import injections
from aios.agents.passages import sentences
from aios.agents.qualifier.contract import Qualification
from aios.errors import InvalidInput
from aios.identity.addresses import company_domain, normal_phone
from aios.memory.claim import Claim, Learned
from aios.memory.context import ContextSnapshot
from aios.memory.predicates import predicate_of, value_of
from aios.money import Money
from aios.processes.context import StepContext
from aios.processes.lead import Lead

_COMPANY = re.compile(
    r"[\w&.,'’ -]{1,80}?\b(?:GmbH(?: & Co\. ?KG)?|AG|UG|KG|OHG|e\.K\.|e\.V\.|Ltd\.?|Limited|LLC|Inc\.?|PLC"
    r"|B\.V\.|S\.A\.|SARL"
    r"|S\.r\.l\.|AB|A/S|Oy)(?!\w)"
)
_ROLE = re.compile(
    r"(?:(?:chief|managing|head|senior|junior|lead|deputy|general|co-?|leiter(?:in)?|geschäftsf\w+|inhaber\w*|prokurist\w*"
    r"|founder|gründer\w*|owner|director|direktor\w*|manager\w*|engineer|assistant|assistenz|partner|ceo|cto|cfo|coo)\b"
    r"[\w&,/ -]{0,60})",
    re.IGNORECASE,
)
_WEBSITE = re.compile(r"(?:https?://)?(?:www\.)?(?<![@\w.])(?:[\w-]{1,63}\.)+[a-z]{2,24}(?:/\S*)?", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+|\b0)[\d ()/.-]{6,24}\d")
_FIELDS = {
    "role": re.compile(r"role|position|job ?title|funktion", re.IGNORECASE),
    "website": re.compile(r"web ?site|homepage|url", re.IGNORECASE),
    "location": re.compile(r"city|location|town|ort|stadt", re.IGNORECASE),
}
_CALL = re.compile(r"\b(?:phone|tel|call|mobile|reach me|telefon\w*|anruf\w*|erreich\w*|mobil|handy)", re.IGNORECASE)
_PARTS = re.compile(r"\s*(?:[|·•,;]|\s[-–—]\s)\s*")
LONGEST_LINE, LONGEST_QUOTE, MOST_LINES = 120, 300, 15

_Said = tuple[str, str, float, str]
"""A predicate and a value, how surely it is meant, and in which words."""


class LeadFacts(BaseModel):
    """What a lead has taught us of its sender: learned anew, superseding another value, or asked of the owner.

    `confirmed` was believed already, `kept` says that something more to be trusted stands against it, `known` was taken
    in from this very message by an earlier run that was broken off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    contact_id: str
    learned: tuple[Learned, ...] = ()
    superseded: tuple[Learned, ...] = ()
    asked: tuple[Learned, ...] = ()
    confirmed: tuple[Learned, ...] = ()
    kept: tuple[Learned, ...] = ()
    known: tuple[Learned, ...] = ()


def learn_from(step: StepContext, lead: Lead, context: ContextSnapshot, qualification: Qualification) -> LeadFacts:
    """Take in what the lead says of its sender; a second run over the message learns nothing, and says the same."""
    claims = list(_valid(_claims(step, lead, context, qualification)))
    told = _told_before(step)
    made = [
        told.get((one.predicate, one.value), one) if one.outcome == "known" else one
        for one in step.kernel.facts.learn(claims)
    ]
    of = {name: tuple(one for one in made if one.outcome == name) for name in _OUTCOMES}
    return LeadFacts.model_validate({"contact_id": lead.contact_id, **of})


_OUTCOMES = ("learned", "superseded", "asked", "confirmed", "kept", "known")


def _told_before(step: StepContext) -> dict[tuple[str, str], Learned]:
    """What the step has said of each value the last time."""
    with step.kernel.database.read() as connection:
        artifact = step.kernel.artifacts.newest(connection, step.case.id, step.step)
        content = step.kernel.artifacts.content(connection, artifact) if artifact else {"contact_id": ""}
    before = LeadFacts.model_validate(content)
    found = [one for name in _OUTCOMES for one in getattr(before, name)]
    return {(one.predicate, one.value): one for one in found}


def _valid(claims: Iterable[Claim]) -> Iterator[Claim]:
    """The claims that can be facts: of the right form, each value once, and no order to a machine."""
    seen: set[tuple[str, str]] = set()
    for claim in claims:
        try:
            value = value_of(predicate_of(claim.predicate), claim.value)
        except InvalidInput:  # a signature holds much that only looks like a number or a name
            continue
        if (claim.predicate, value) not in seen and not injections(claim.value, claim.quote):
            seen.add((claim.predicate, value))
            yield claim.model_copy(update={"value": value})


def _claims(step: StepContext, lead: Lead, context: ContextSnapshot, qualification: Qualification) -> Iterator[Claim]:
    about = {"subject": lead.contact_id, "event_id": step.trigger.id, "case_id": step.case.id}
    for predicate, value, confidence, quote in (*_from_sender(lead), *_from_signature(lead)):
        yield Claim(
            predicate=predicate, value=value, confidence=confidence, quote=quote[:LONGEST_QUOTE],
            source=_name(lead), trust="contact", valid_from=step.trigger.at, **about,
        )  # fmt: skip
    for predicate, value, confidence, quote in _from_agents(lead, context, qualification):
        yield Claim(
            predicate=predicate, value=value, confidence=confidence, quote=quote[:LONGEST_QUOTE],
            source="lead intake", trust="rules", valid_from=step.trigger.at, **about,
        )  # fmt: skip


def _from_sender(lead: Lead) -> Iterator[_Said]:
    """What the message's own head or form says."""
    sender, fields = lead.message.sender, lead.message.fields
    yield "email", sender.email, 0.95, sender.email
    yield "phone", normal_phone(sender.phone, sender.email), 0.9, sender.phone
    yield "employer", sender.organisation, 0.9, sender.organisation
    for name, value in fields.items():
        for predicate, pattern in _FIELDS.items():
            if pattern.fullmatch(name.strip()):
                yield predicate, value, 0.9, f"{name}: {value}"


def _from_signature(lead: Lead) -> Iterator[_Said]:
    """What stands in the lines under the message; of the text itself, numbers that they ask to be called on."""
    email = lead.message.sender.email
    own = company_domain(email)
    lines = [line.strip() for line in lead.message.signature.split("\n")[:MOST_LINES]]
    for line in lines:
        if not line or len(line) > LONGEST_LINE or line.startswith(">"):
            continue
        for part in (piece.strip() for piece in _PARTS.split(line)):
            if _COMPANY.fullmatch(part):
                yield "employer", part, 0.8, line
            elif _ROLE.fullmatch(part):
                yield "role", part, 0.7, line
        for found in _WEBSITE.findall(line):
            if found.lower().startswith(("http", "www.")) or found.lower() == own:
                yield "website", found, 0.7, line
    spoken = [part for part in sentences(lead.message.text) if _CALL.search(part) and not part.startswith(">")]
    for line in (*lines, *spoken):
        for found in _PHONE.findall(line[:LONGEST_QUOTE]):
            yield "phone", normal_phone(found, email), 0.8, line


def _from_agents(lead: Lead, context: ContextSnapshot, qualification: Qualification) -> Iterator[_Said]:
    """What the router and the qualifier have made of the message."""
    sure = qualification.confidence
    yield "language", lead.routing.language, lead.routing.confidence, ""
    if "injection" in lead.routing.flags:
        return
    yield "need", qualification.need, sure, qualification.need
    yield "deadline", qualification.deadline, sure, ""
    if budget := qualification.budget:
        sums = dict.fromkeys(str(Money(minor, budget.currency)) for minor in (budget.low_minor, budget.high_minor))
        yield "budget", " to ".join(sums), sure, budget.quote
    if qualification.fit in ("strong", "possible"):
        offered = {piece.item_id: piece for piece in context.pieces if piece.kind == "document"}
        for item_id in qualification.offer_item_ids[:1]:
            if item_id in offered:
                yield "interest", offered[item_id].title.rpartition(" › ")[2], sure, qualification.need


def _name(lead: Lead) -> str:
    return lead.message.sender.name or lead.message.sender.email or "the sender"
