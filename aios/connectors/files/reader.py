"""A file that was dropped or given: messages, documents (statements, calendars, invoices, drafts), or a problem."""

import json
from pathlib import PurePath
from typing import Any, cast

from aios.connectors.files import appointments, draft, invoice, statement
from aios.connectors.files.form import read_form
from aios.connectors.files.table import read_table
from aios.connectors.incoming import MEGABYTE, Document, Incoming, Problem
from aios.connectors.mail.address import one_line
from aios.connectors.mail.parse import MAX_MAIL, parse_mail
from aios.errors import InvalidInput
from aios.ids import digest_bytes

MAX_JSON = 5 * MEGABYTE
MAX_ENTRIES = 2_000
MEDIA_TYPES = {
    ".eml": "message/rfc822",
    ".json": "application/json",
    ".csv": "text/csv",
    ".ics": "text/calendar",
    ".xml": "application/xml",
    ".pdf": "application/pdf",
    **dict.fromkeys(draft.ENDINGS, "application/yaml"),
}
KNOWN = ", ".join((*MEDIA_TYPES, *statement.ENDINGS))


def read_file(name: str, data: bytes) -> list[Incoming | Document | Problem]:
    """What is in the file. Never raises for its content: what cannot be read comes back as a `Problem`."""
    full = one_line(PurePath(name).name)
    label, ending = full[:200] or "unnamed", PurePath(full).suffix.lower()
    try:
        return _read_safely(label, ending, data)
    except InvalidInput as error:
        kept = data if len(data) <= MAX_MAIL else b""
        media_type = MEDIA_TYPES.get(ending, "application/octet-stream")
        return [Problem(label, error.message, error.remedy, kept, media_type, len(data))]


def _read_safely(name: str, ending: str, data: bytes) -> list[Incoming | Document | Problem]:
    try:
        return _read(name, ending, data)
    except InvalidInput:
        raise
    except Exception as error:
        # A reader's own fault on one file must not reach the files beside it.
        raise InvalidInput(f"The file is too broken to read ({type(error).__name__}).", "Look at it raw.") from error


def _read(name: str, ending: str, data: bytes) -> list[Incoming | Document | Problem]:
    if not data.strip():
        raise InvalidInput("The file is empty.", "It may not have been written to its end; drop it again.")
    if ending == ".eml":
        return [parse_mail(data)]
    if draft.is_draft(name, data):
        return [draft.read_draft_file(name, data)]
    if ending == ".json":
        return [*_read_json(name, data)]
    if documents := _read_documents(name, ending, data):
        return [*documents]
    if ending == ".csv":
        return [*read_table(name, data)]
    raise InvalidInput(f"Files ending in {ending or 'nothing'} are not read.", f"Known are {KNOWN}.")


def _read_documents(name: str, ending: str, data: bytes) -> list[Document]:
    """The documents in the file; empty where it is of no kind that holds any."""
    if statement.is_statement(ending, data):
        return statement.read_statement_file(name, data)
    if ending in appointments.ENDINGS:
        return appointments.read_calendar_file(name, data)
    if ending in invoice.ENDINGS:
        return invoice.read_invoice_file(name, data)
    return []


def _read_json(name: str, data: bytes) -> list[Incoming | Problem]:
    if len(data) > MAX_JSON:
        raise InvalidInput(f"The form has {len(data) // MEGABYTE} MB.", f"{MAX_JSON // MEGABYTE} MB is the limit.")
    try:
        value: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        reason = "it nests too deep" if isinstance(error, RecursionError) else str(error)
        raise InvalidInput(f"The file is no valid JSON: {one_line(reason)[:200]}.", "Mend it, drop it again.") from None
    if isinstance(value, dict):
        message = read_form(cast(dict[str, Any], value), "form")
        return [Incoming("file:json", digest_bytes(data), message, raw=data, media_type="application/json")]
    if isinstance(value, list) and value:
        return _read_list(name, cast(list[Any], value), digest_bytes(data))
    raise InvalidInput("The JSON is neither a form nor a list of forms.", 'Write it as {"email": …, "message": …}.')


def _read_list(name: str, entries: list[Any], source_id: str) -> list[Incoming | Problem]:
    if len(entries) > MAX_ENTRIES:
        raise InvalidInput(f"The list has more than {MAX_ENTRIES} entries.", "Split it and drop the parts.")
    return [_read_entry(name, entry, f"{source_id}:{at}", at) for at, entry in enumerate(entries, start=1)]


def _read_entry(name: str, entry: Any, source_id: str, at: int) -> Incoming | Problem:
    raw = json.dumps(entry, ensure_ascii=True).encode()
    try:
        if not isinstance(entry, dict):
            raise InvalidInput("The entry is not a form.", 'Write it as {"email": …, "message": …}.')
        message = read_form(cast(dict[str, Any], entry), "form")
    except InvalidInput as error:
        return Problem(f"{name}, entry {at}.json", error.message, error.remedy, raw, "application/json", len(raw))
    return Incoming("file:json", source_id, message, raw=raw, media_type="application/json")
