"""`Facts`: claims about contacts and the business become facts, each with its sources; what contradicts is asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Connection

from aios.clock import to_text
from aios.decisions.decisions import FACT, Decision, Decisions, Verdict
from aios.errors import Conflict, InvalidInput
from aios.events.catalog import MemorySupported
from aios.events.event import NewEvent
from aios.events.tables import events
from aios.identity.contact import canonical, families, view
from aios.ids import digest
from aios.memory.claim import Claim, Fact, Learned
from aios.memory.contradiction import ASK_FOR, contradiction
from aios.memory.fact import Doubtful, claims_of, fact_of, is_told_of_others, overlapping, stretch_of, told_of
from aios.memory.item import Item, all_items, believed, get_item, read_items
from aios.memory.memory import Memory
from aios.memory.predicates import PREDICATES, Predicate, predicate_of, value_of
from aios.memory.questions import asked_as
from aios.memory.tables import memory_items
from aios.memory.timeline import TRUST, Plan, Stretch, plan
from aios.memory.told import Told, tell
from aios.memory.versions import SUPERSEDED, correct, first_of, retract

BUSINESS = "business"
MERGED = "its contact became one with another: weighed anew beside what is believed of both"
PARTED = "its contact and another are not one any more"
"""Why a fact is closed before it, or the one it was made from, is weighed anew."""

MOST_SOURCES = 50
"""Further sources of a fact are not noted: it is sure enough."""


@dataclass(frozen=True)
class _About:
    """The subject of a claim: every id it goes by, how it is called, and its facts of the predicate, also closed."""

    predicate: Predicate
    ids: Sequence[str]
    name: str
    facts: Sequence[Item]

    @property
    def open(self) -> list[Stretch]:
        """What is believed."""
        return [stretch_of(item) for item in self.facts if not item.closed_at]

    def says(self, claim: Claim) -> bool:
        """Whether the claim's own event has said this before, whatever became of it."""
        return bool(claim.event_id) and any(
            item.attributes["value"] == claim.value
            and any(source["event_id"] == claim.event_id for source in item.attributes["sources"])
            for item in self.facts
        )


class Facts:
    """Facts are items of kind `fact`. Of a single-valued predicate, no two hold for a subject at the same time."""

    def __init__(self, memory: Memory, decisions: Decisions) -> None:
        self.memory = memory
        self.log = memory.log
        self.decisions = decisions
        memory.on_retracted(self.retracted)

    def learn(self, claims: Iterable[Claim], actor: str = "system") -> list[Learned]:
        """Take in what somebody says, all or none; the same from the same event changes nothing."""
        with self.memory.changing() as tx:
            return [self._learn(tx, self._checked(tx, claim), actor) for claim in claims]

    def known(
        self, connection: Connection, subject: str, *, at: str = "", known_at: str = "", predicate: str = ""
    ) -> list[Fact]:
        """What is believed of a contact, by any of its ids, or of the business; `at` a moment, as `known_at` one."""
        now = at or to_text(self.log.clock.now())
        ids = believed(now, subjects=_ids(connection, subject), kinds=[FACT], known_at=known_at)
        items = read_items(connection, all_items().where(memory_items.c.item_id.in_(ids)))
        found = [fact_of(item) for item in items if item.attributes.get("predicate") in PREDICATES]
        found = [fact for fact in found if predicate in ("", fact.predicate)]
        order = list(PREDICATES)
        return sorted(found, key=lambda fact: (order.index(fact.predicate), fact.valid_from, fact.item_id))

    def retracted(self, tx: Connection, item: Item) -> None:
        """A fact is believed no longer: questions about it are void, and what stood against it is weighed anew.

        Without this, the owner would be asked to choose against something that nobody believes.
        """
        if "predicate" in item.attributes:
            self._ask_again(tx, item.subject, str(item.attributes["predicate"]))

    def regrouped(self, tx: Connection, roots: Sequence[str]) -> None:
        """Contacts have become one, or parted: what facts lost to claims about somebody else is given back to them, and
        of those that now exclude each other the one learned later is weighed anew, as a claim of the same contact.
        """
        self.memory.make_words(tx)
        for root in roots:
            ids = _ids(tx, root)
            self._give_back(tx, ids)
            facts = [item for item in _facts(tx, ids) if not item.closed_at]
            for predicate in PREDICATES.values():
                of = [item for item in facts if item.attributes["predicate"] == predicate.name]
                self._weigh_anew(tx, overlapping(of, single=predicate.single))

    def check_edits(self, tx: Connection, asked: Decision, edits: dict[str, Any]) -> None:
        """No edit is taken: what is true instead is told as a fact of its own."""
        if edits:
            raise InvalidInput("This question takes yes (approve) or no (reject).", "Tell a third value as a fact.")

    def after(self, tx: Connection, decision: Decision, verdict: Verdict, actor: str) -> None:
        """What follows from the owner's answer: a yes takes the new value, a no keeps the old one."""
        shown = self.decisions.shown(tx, decision).proposal
        claim, against = Claim.model_validate(shown["claim"]), str(shown["against"])
        old = get_item(tx, against)
        by_owner = claim.model_copy(update={"source": "owner", "trust": "owner", "event_id": decision.id})
        if verdict == "approve":
            if old.closed_at:
                raise Conflict("What this contradicts is believed no longer.", "Reject it, or tell the fact itself.")
            self._learn(tx, claim, actor, decided=by_owner)
        elif not old.closed_at:
            self._support(tx, old, by_owner, actor)

    def _learn(
        self,
        tx: Connection,
        claim: Claim,
        actor: str,
        *,
        decided: Claim | None = None,
        anew: Sequence[Claim] = (),
        whole: str = "",
    ) -> Learned:
        """Weigh a claim; `anew`, by everything that says so, where it was known already: as the fact `whole`, say."""
        about = _about(tx, claim.subject, predicate_of(claim.predicate))
        said = Learned(outcome="known", predicate=claim.predicate, value=claim.value)
        if about.says(claim) and not decided and not anew:
            return said
        trust = decided.trust if decided else claim.trust
        stretch = Stretch(claim.value, claim.valid_from, claim.valid_to, trust)
        made = plan(about.open, stretch, single=about.predicate.single, decided=decided is not None)
        before = made.item or made.cut
        said = said.model_copy(update={"before": before.value if before and before.value != claim.value else ""})
        match made.outcome:
            case "keep":
                return said.model_copy(update={"outcome": "kept"})
            case "ask":
                return self._ask(tx, about, claim, said, before)
            case _:
                sources = [*(anew or [claim]), *([decided] if decided else [])]
                done = self._believe(tx, about, claim, sources, made, actor, whole)
                self._ask_again(tx, claim.subject, claim.predicate)
                return said.model_copy(update=done)

    def _give_back(self, tx: Connection, ids: Sequence[str]) -> None:
        """Take facts in again as they were before somebody who is not the same any more was weighed against them.

        What the owner has retracted meanwhile stays retracted.
        """
        facts = _facts(tx, ids)
        lost = [item for item in facts if item.closed_at and is_told_of_others(item.closed_reason, ids)]
        for item in lost:
            rests = [one for one in facts if one.attributes.get("whole") == item.item_id]
            if rests and all(one.closed_at and not one.closed_reason.startswith(SUPERSEDED) for one in rests):
                continue
            for one in rests:
                if not one.closed_at:
                    retract(tx, self.log, one, PARTED, "system")
            self._learn(tx, claims_of(item)[0], "system", anew=claims_of(item))
        self._ask_again_of(tx, lost)

    def _weigh_anew(self, tx: Connection, doubtful: Sequence[Doubtful]) -> None:
        for one in doubtful:
            retract(tx, self.log, one.item, told_of(one.beside, MERGED), "system")
        for one in doubtful:
            claims = claims_of(one.item)
            self._learn(tx, claims[0], "system", anew=claims, whole=one.item.item_id)
        self._ask_again_of(tx, [one.item for one in doubtful])

    def _ask_again_of(self, tx: Connection, items: Sequence[Item]) -> None:
        for subject, predicate in dict.fromkeys((item.subject, item.attributes["predicate"]) for item in items):
            self._ask_again(tx, subject, predicate)

    def _believe(
        self, tx: Connection, about: _About, claim: Claim, sources: list[Claim], made: Plan, actor: str, whole: str
    ) -> dict[str, str]:
        self._cut(tx, about, made, claim, actor)
        if made.outcome == "add":
            item_id = self._add(tx, about, claim, sources, made, actor, whole)
            return {"outcome": "superseded" if made.cut else "learned", "item_id": item_id}
        item = _item(about, made.item)
        if made.span != (item.valid_from, item.valid_to):
            wider = replace(item, valid_from=made.span[0], valid_to=made.span[1])
            item = get_item(tx, correct(tx, self.log, item, wider, "it was so earlier already", actor))
        for source in sources:
            self._support(tx, item, source, actor)
        return {"outcome": "superseded" if made.cut else "confirmed", "item_id": item.item_id}

    def _add(
        self, tx: Connection, about: _About, claim: Claim, sources: list[Claim], made: Plan, actor: str, whole: str
    ) -> str:
        attributes: dict[str, Any] = {
            "predicate": claim.predicate,
            "value": claim.value,
            "confidence": max(source.confidence for source in sources),
            "trust": max((source.trust for source in sources), key=TRUST.__getitem__),
            "sources": [source.as_source() for source in sources],
            **({"whole": whole} if whole else {}),
        }
        told = Told(
            text=about.predicate.sentence.format(who=about.name, value=claim.value),
            kind=FACT,
            title=f"{about.predicate.label}: {claim.value}",
            subject=claim.subject,
            source=f"case:{claim.case_id}" if claim.case_id else claim.source,
            valid_from=made.span[0],
            valid_to=made.span[1],
            attributes=attributes,
        )
        return tell(tx, self.log, [told], actor)[0]

    def _cut(self, tx: Connection, about: _About, made: Plan, claim: Claim, actor: str) -> None:
        """Give the claim the time that another value has had."""
        if made.cut is None:
            return
        item = _item(about, made.cut)
        reason = (
            f"{about.predicate.label} is {claim.value} from {claim.valid_from[:10] or 'the start'}, says {claim.source}"
        )
        attributes = item.attributes
        if claim.subject != item.subject:
            reason = told_of([claim.subject], f"{about.predicate.label} is another from {claim.valid_from[:10]}")
            attributes = attributes | {"whole": item.item_id}
        if not made.rest:
            retract(tx, self.log, item, reason, actor)
        for number, (begin, end) in enumerate(made.rest):
            part = replace(item, valid_from=begin, valid_to=end, attributes=attributes)
            if number == 0:
                correct(tx, self.log, item, part, reason, actor)
            else:
                about_it = attributes | {"reason": reason}
                fields = {name: getattr(item, name) for name in ("text", "kind", "title", "subject", "source")}
                tell(tx, self.log, [Told(**fields, valid_from=begin, valid_to=end, attributes=about_it)], actor)

    def _support(self, tx: Connection, item: Item, claim: Claim, actor: str) -> None:
        """Note a further source of a fact, once."""
        sources = get_item(tx, item.item_id).attributes["sources"]
        said = [(source["source"], source["event_id"]) for source in sources]
        trusted = TRUST[claim.trust] > max(TRUST[source["trust"]] for source in sources)
        if (claim.source, claim.event_id) in said or (len(sources) >= MOST_SOURCES and not trusted):
            return
        supported = MemorySupported(item_id=item.item_id, source=claim.as_source())
        self.log.append(tx, NewEvent(f"memory/{first_of(item)}", supported, actor=actor))

    def _ask(self, tx: Connection, about: _About, claim: Claim, said: Learned, old: Stretch | None) -> Learned:
        """Ask which is right, unless the owner is asked already, or has kept the old value against this one."""
        item = _item(about, old)
        key = asked_as(claim.subject, claim.predicate) + digest([item.attributes["value"], claim.value])[:16]
        for asked in self.decisions.list(tx, kind=FACT, effect_key=key):
            if asked.status == "rejected":
                return said.model_copy(update={"outcome": "kept", "decision_id": asked.id})
            if asked.status == "open":
                return said.model_copy(update={"outcome": "asked", "decision_id": asked.id})
        question = contradiction(about.name, fact_of(item), claim, key)
        return said.model_copy(update={"outcome": "asked", "decision_id": self.decisions.open(tx, question, ASK_FOR)})

    def _ask_again(self, tx: Connection, subject: str, predicate: str) -> None:
        """Of the open questions about what has now changed: void those, and take their claims in anew."""
        ids = _ids(tx, subject)
        prefixes = [asked_as(id_, predicate) for id_ in ids]
        asked = [one for prefix in prefixes for one in self.decisions.list(tx, kind=FACT, key_prefix=prefix)]
        for question in asked:
            if self.decisions.get(tx, question.id).status != "open":
                continue
            shown = self.decisions.shown(tx, question).proposal
            against = get_item(tx, str(shown["against"]))
            if against.closed_at or against.subject not in ids:
                self.decisions.void(tx, question, "what is believed has changed")
                claim = Claim.model_validate(shown["claim"])
                self._learn(tx, claim, "system", anew=[claim])

    def _checked(self, connection: Connection, claim: Claim) -> Claim:
        """The claim with its subject, value and times in the forms in which they are compared."""
        predicate = predicate_of(claim.predicate)
        begin = _moment(claim.valid_from) or to_text(self.log.clock.now())
        end = _moment(claim.valid_to)
        if end and end <= begin:
            raise InvalidInput("A fact cannot end before it begins.", "Give an end behind the beginning.")
        value = value_of(predicate, claim.value)
        subject = claim.subject if claim.subject == BUSINESS else canonical(connection, claim.subject)
        return claim.model_copy(update={"subject": subject, "value": value, "valid_from": begin, "valid_to": end})


def _facts(connection: Connection, ids: Sequence[str]) -> list[Item]:
    """Every fact about any of the ids, also closed ones, in the order in which they were learned."""
    mine = all_items().where(memory_items.c.subject.in_(ids), memory_items.c.kind == FACT)
    mine = mine.outerjoin(events, events.c.id == memory_items.c.added_by).order_by(None).order_by(events.c.position)
    return [item for item in read_items(connection, mine) if item.attributes.get("predicate") in PREDICATES]


def _about(connection: Connection, subject: str, predicate: Predicate) -> _About:
    ids = _ids(connection, subject)
    items = [item for item in _facts(connection, ids) if item.attributes["predicate"] == predicate.name]
    name = "The business" if subject == BUSINESS else view(connection, [canonical(connection, subject)])[0].name
    return _About(predicate, ids, name, items)


def _ids(connection: Connection, subject: str) -> Sequence[str]:
    if subject == BUSINESS:
        return [subject]
    root = canonical(connection, subject)
    return families(connection, [root])[root]


def _item(about: _About, stretch: Stretch | None) -> Item:
    return next(item for item in about.facts if stretch is not None and item.item_id == stretch.item_id)


def _moment(text: str) -> str:
    """A moment as the database keeps it; a day is its beginning. UTC where no zone is given."""
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
        return to_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise InvalidInput(f"{text!r} is no day or time.", "Write 2026-05-03, or 2026-05-03T14:00.") from None
