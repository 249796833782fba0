"""Standing pieces of a context: who the contact is to us, and which rules could bind what is written to them."""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.amounts import amounts_in
from aios.cases.tables import cases
from aios.events.catalog import CaseClosed, CaseContinued, CaseOpened
from aios.events.log import EventLog
from aios.identity.tables import contacts
from aios.memory.context import Piece, estimate_tokens
from aios.memory.history import Written
from aios.policies.rules import binds
from aios.policies.schema import PolicySet, Rule

MOST_CASES = 10
"""How many of the contact's earlier cases are named, the newest first."""


def entity_piece(
    log: EventLog, connection: Connection, family: Sequence[str], written: Sequence[Written], *, exclude_case: str,
    before: int,
) -> Piece | None:  # fmt: skip
    """The contact as known before a log position: organisation, language, earlier cases, prices named to them.

    None where there were no earlier cases: then the message says all there is.
    """
    known = _cases(log, connection, family, exclude_case, before)
    if not known:
        return None
    root = connection.execute(
        sa.select(contacts).where(contacts.c.id.in_(family), contacts.c.merged_into == "")
    ).first()
    named = sorted({str(sum_) for one in written if one.direction == "out" for sum_ in amounts_in(one.text)})
    organisation = root and connection.scalar(sa.select(contacts.c.name).where(contacts.c.id == root.organisation_id))
    lines = [
        f"Organisation: {organisation}." if organisation else "",
        f"Language: {root.language}." if root and root.language else "",
        f"Earlier cases: {'; '.join(known)}.",
        f"Prices we have named to them: {', '.join(named)}." if named else "",
    ]
    title, text = "Who they are to us", "\n".join(line for line in lines if line)
    return _piece("entity", title, text, f"contact:{family[0]}", family[0], "The contact has written before.")


def policy_pieces(policy: PolicySet, digest: str, *, process: str, effect: str) -> list[Piece]:
    """The rules that could bind the effect, in words, in the order in which they are asked."""
    return [
        _piece(
            "policy",
            f"Rule {rule.name}",
            _in_words(rule),
            f"policies:{digest[:12]}",
            f"rule:{rule.name}",
            f"It could decide about {effect}.",
        )
        for rule in policy.rules
        if binds(rule, process=process, effect=effect)
    ]


def _in_words(rule: Rule) -> str:
    then = {"allow": "May happen by itself", "ask": "The owner is asked", "deny": "It does not happen"}[rule.then]
    given = rule.when.model_dump(mode="json", exclude_none=True, exclude={"process", "effect"})
    when = "; ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in given.items())
    return f"{then}{f' where {when}' if when else ''}.{f' {rule.because}' if rule.because else ''}"


def _value(value: object) -> str:
    return re.sub(r"[\[\]{}'\"]", "", str(value))


def _cases(
    log: EventLog, connection: Connection, family: Sequence[str], exclude_case: str, before: int
) -> list[str]:  # fmt: skip
    query = sa.select(cases.c.id, cases.c.title).where(cases.c.contact_id.in_(family), cases.c.id != exclude_case)
    rows = connection.execute(query.order_by(cases.c.opened_at.desc(), cases.c.id.desc()).limit(MOST_CASES)).all()
    found: list[str] = []
    for row in rows:
        types = (CaseOpened.type, CaseClosed.type, CaseContinued.type)
        events = [one for one in log.read(connection, case_id=row.id, types=types) if one.position < before]
        if events:
            last = events[-1].payload
            state = last.outcome if isinstance(last, CaseClosed) else "open"
            found.append(f"{row.id} ({state}): {row.title[:80]}")
    return found


def _piece(kind: str, title: str, text: str, source: str, item_id: str, reason: str) -> Piece:
    tokens = estimate_tokens(title) + estimate_tokens(text)
    given = {"kind": kind, "title": title, "text": text, "source": source, "item_id": item_id, "reason": reason}
    return Piece.model_validate({**given, "tokens": tokens})
