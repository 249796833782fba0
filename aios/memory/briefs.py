"""Briefs: what happened in a contact's closed cases, a line each, in their own words, with the events it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from aios.amounts import amounts_in
from aios.events.catalog import CaseClosed
from aios.events.log import EventLog
from aios.memory.gist import gist
from aios.memory.history import Written, written_in

MOST_CHARACTERS = 900
"""Of a summary; about 260 tokens, half of what a context keeps for what is known of a contact."""


@dataclass(frozen=True)
class ClosedCase:
    """A case that is over, as its row says it."""

    id: str
    title: str
    outcome: str
    updated_at: str


@dataclass(frozen=True)
class Brief:
    """One case in a line, and the events that it rests on, oldest first."""

    case_id: str
    at: str
    line: str
    events: tuple[str, ...]


def brief_of(log: EventLog, connection: Connection, case: ClosedCase) -> Brief:
    """What happened in a case: what they wrote, what we answered, how it ended."""
    written = list(written_in(log, connection, case.id, log.head(connection) + 1))
    ended = log.read(connection, case_id=case.id, types=(CaseClosed.type,), newest_first=True, limit=1)
    at = written[0].at if written else case.updated_at
    said = " ".join(part for part in (_theirs(written), _ours(written)) if part)
    line = f"- {at[:10]} {case.id}, {case.outcome}: {case.title[:80]}. {said}".rstrip()
    return Brief(case.id, at, line, tuple(one.event_id for one in written) + tuple(event.id for event in ended))


def summed_up(briefs: Sequence[Brief]) -> str:
    """The briefs as one text, the newest first; where they are too many, the oldest are only counted."""
    newest = sorted(briefs, key=lambda one: (one.at, one.case_id), reverse=True)
    lines = [f"{len(newest)} closed {'case' if len(newest) == 1 else 'cases'}, the newest first."]
    free = MOST_CHARACTERS - len(lines[0])
    for number, one in enumerate(newest):
        free -= len(one.line) + 1
        if free < 0 and number:
            left = newest[number:]
            lines.append(f"And {len(left)} more, since {left[-1].at[:10]}.")
            break
        lines.append(one.line)
    return "\n".join(lines)


def _theirs(written: Sequence[Written]) -> str:
    said = next((gist(one.text) for one in written if one.direction == "in"), "")
    return f'They wrote: "{said}"' if said else ""


def _ours(written: Sequence[Written]) -> str:
    answers = [one for one in written if one.direction == "out"]
    if not answers:
        return ""
    if named := sorted({str(amount) for one in answers for amount in amounts_in(one.text)}):
        return f"We answered, naming {', '.join(named)}."
    return f'We answered: "{gist(answers[-1].text)}"'
