"""An event that another program posts: only kinds of incoming messages, never what only aios itself may say."""

import json
import re
from typing import Any

from aios.connectors.incoming import Incoming, Problem
from aios.connectors.mail.address import checked_address, one_line
from aios.errors import InvalidInput
from aios.events.catalog import IncomingMessage, LeadReceived, MessageReceived
from aios.events.log import parse_payload
from aios.text import clean

EVENT_MEDIA_TYPE = "application/vnd.aios.event+json"
ACCEPTED = (LeadReceived.type, MessageReceived.type)
MAX_SOURCE_ID = 400
_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._/-]{0,99}")


def read_event(type_: str, source: str, source_id: str, payload: dict[str, Any]) -> Incoming | Problem:
    """The message in a posted event, or why it is none."""
    name = one_line(f"{source[:80]}: {type_[:80]}")
    said = {"type": type_, "source": source, "source_id": source_id, "payload": payload}
    try:
        raw = json.dumps(said, sort_keys=True).encode()
    except RecursionError:
        return Problem(name, "The payload nests too deep.", "Send it flat.")
    try:
        return Incoming(source, source_id, _message(type_, source, source_id, payload), (), raw, EVENT_MEDIA_TYPE)
    except InvalidInput as error:
        return Problem(name, error.message, error.remedy, raw, EVENT_MEDIA_TYPE, len(raw))


def _message(type_: str, source: str, source_id: str, payload: dict[str, Any]) -> IncomingMessage:
    if type_ not in ACCEPTED:
        raise InvalidInput(f"Events of type {type_!r} cannot be posted.", f"Post one of {', '.join(ACCEPTED)}.")
    if not _SOURCE.fullmatch(source) or not 0 < len(source_id) <= MAX_SOURCE_ID or clean(source_id) != source_id:
        raise InvalidInput("source or source_id is empty, too long or has odd characters.", "Send both as plain text.")
    own = {"attachments": (), "raw_blob": ""}
    message = parse_payload(type_, {"channel": "api", **_cleaned(payload), **own})
    if not isinstance(message, IncomingMessage):
        raise InvalidInput(f"Events of type {type_!r} carry no message.", f"Post one of {', '.join(ACCEPTED)}.")
    if not message.sender.email and not message.sender.phone:
        raise InvalidInput("sender has neither email nor phone.", "Say who sent it.")
    if not message.text.strip() and not message.subject.strip():
        raise InvalidInput("text and subject are empty.", "Say what it is about.")
    return message.model_copy(update={"sender": message.sender.model_copy(update={"email": _email(message)})})


def _email(message: IncomingMessage) -> str:
    try:
        return checked_address(message.sender.email) if message.sender.email else ""
    except ValueError as error:
        raise InvalidInput(f"sender.email: {error}", "Correct the address.") from None


def _cleaned(value: Any) -> Any:
    """The value with every text in it safe to keep."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key), 200): _cleaned(each) for key, each in value.items()}  # pyright: ignore
    if isinstance(value, list):
        return [_cleaned(each) for each in value]  # pyright: ignore
    return value
