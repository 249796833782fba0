"""A bank's file as what it says: each statement came in, each booked entry once, however many statements have it."""

import re
from collections import Counter
from dataclasses import astuple

from aios.banking.reader import read_statements
from aios.banking.statement import Entry, Statement, Status
from aios.banking.table import heading
from aios.connectors.files.form import NAMES
from aios.connectors.incoming import MOST_PROBLEMS, Document, Fact
from aios.events.catalog import EntryBooked, EntryPart, StatementReceived
from aios.ids import digest, digest_bytes
from aios.text import clean

ENDINGS = (".sta", ".mt940", ".940", ".swi", ".ofx", ".qfx", ".camt")
SOURCE = "file:statement"
_CAMT = re.compile(rb"B\0?k\0?T\0?o\0?C\0?s\0?t\0?m\0?r\0?(?:A|S|D)")
_NOT_A_LETTER = re.compile(r"[\W_]+")


def is_statement(ending: str, data: bytes) -> bool:
    """Whether a file is a bank's: by its ending, or by how it begins; a list with mail addresses holds leads."""
    match ending:
        case ".xml":
            return _CAMT.search(data[:20_000]) is not None
        case ".txt":
            return data[:4096].find(b":20:") >= 0 and data[:20_000].find(b":60") >= 0
        case ".csv":
            names = {_NOT_A_LETTER.sub("", cell).lower() for cell in heading(data)}
            return bool(names) and not names & {*NAMES["email"], *NAMES["phone"]}
        case _:
            return ending in ENDINGS


def read_statement_file(name: str, data: bytes) -> list[Document]:
    """A document for each statement in the file. `InvalidInput` where it cannot be read."""
    blob = digest_bytes(data)
    seen: Counter[str] = Counter()
    return [_document(name, f"{blob}:{at}", each, data, blob, seen) for at, each in enumerate(read_statements(data))]


def _document(
    name: str, source_id: str, statement: Statement, data: bytes, blob: str, seen: "Counter[str]"
) -> Document:
    stream = f"account/{digest(statement.account)[:32]}"
    booked = [entry for entry in statement.entries if entry.status is Status.BOOKED]
    received = StatementReceived(
        name=name,
        account=clean(statement.account, 100),
        currency=clean(statement.currency, 10),
        source=statement.source,
        number=clean(statement.id, 200),
        opening=statement.opening,
        closing=statement.closing,
        booked=len(booked),
        not_booked=len(statement.entries) - len(booked),
        problems=tuple(clean(each, 500) for each in statement.problems[:MOST_PROBLEMS]),
        blob=blob,
    )
    facts = tuple(Fact(stream, _identity(statement, entry, seen), _entry(statement, entry, blob)) for entry in booked)
    return Document(name, SOURCE, Fact(stream, source_id, received), facts, data, "application/octet-stream")


def _identity(statement: Statement, entry: Entry, seen: "Counter[str]") -> str:
    """What tells an entry from others. Of alike ones in a file, each is told by its number among them.

    It follows from the entry's content: a bank that says the same entry in two formats says two.
    """
    content = [statement.account, entry.amount, entry.currency, str(entry.booked), entry.bank_reference, entry.text]
    same = digest([*content, [astuple(part) for part in entry.parts]])
    seen[same] += 1
    return f"{same}:{seen[same]}"


def _entry(statement: Statement, entry: Entry, blob: str) -> EntryBooked:
    return EntryBooked(
        account=clean(statement.account, 100),
        currency=clean(entry.currency, 10),
        amount=entry.amount,
        booked=entry.booked.isoformat() if entry.booked else "",
        valued=entry.valued.isoformat() if entry.valued else "",
        parts=tuple(
            EntryPart(
                amount=part.amount,
                name=clean(part.name, 300),
                account=clean(part.account, 100),
                reference=clean(part.reference, 300),
                mandate=clean(part.mandate, 300),
                text=clean(part.text, 5000),
            )
            for part in entry.parts
        ),
        bank_reference=clean(entry.bank_reference, 300),
        text=clean(entry.text, 5000),
        reversal=entry.reversal,
        blob=blob,
    )
