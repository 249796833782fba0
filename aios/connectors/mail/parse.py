"""Raw mail to an `Incoming` message: whoever wrote it, however broken it is, in bounded time."""

import re
from datetime import UTC
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from aios.clock import to_text
from aios.connectors.incoming import MEGABYTE, Incoming
from aios.connectors.mail.address import MESSAGE_ID, checked_address, one_line
from aios.connectors.mail.body import Content, read_content
from aios.connectors.mail.charset import header_text
from aios.connectors.mail.flags import Headers, kind_flags
from aios.connectors.mail.quotes import split
from aios.errors import InvalidInput
from aios.events.catalog import LeadReceived, Sender
from aios.ids import digest_bytes
from aios.text import clean

MAX_MAIL = 30 * MEGABYTE
MAX_MULTIPARTS = 50
MAX_BOUNDARIES = 10_000
MAX_HEADERS = MEGABYTE
MAX_HEADER = 20_000
MAX_REFERENCES = 50
_ADDRESS = re.compile(r"[^\s<>\"'(),:;\[\]]{1,64}@[^\s<>\"'(),:;\[\]@]{1,255}")
NO_ANSWER = re.compile(
    r"^(no-?_?reply|do-?not-?reply|noreply.*|notifications?|wordpress|forms?|mailer)@", re.IGNORECASE
)


def parse_mail(raw: bytes) -> Incoming:
    """The message in a mail; `InvalidInput` says why where there is none to be had.

    Attachments are kept as they came, within limits; nothing is unpacked, fetched or run.
    """
    if len(raw) > MAX_MAIL:
        raise InvalidInput(f"The mail has {len(raw) // MEGABYTE} MB.", "Ask for a smaller one, or a link to the files.")
    if reason := _overgrown(raw):
        raise InvalidInput(reason, "It was made to hurt, or went wrong on its way; discard it.")
    try:
        return _parse(raw)
    except InvalidInput:
        raise
    except Exception as error:
        # Python's parser has faults of its own on broken mails; none may reach the mails beside this one.
        raise InvalidInput(f"The mail is too broken to read ({type(error).__name__}).", "Look at it raw.") from error


def _overgrown(raw: bytes) -> str:
    """Why reading the mail would take too long; empty where it would not."""
    if len(re.findall(rb"(?i)content-type:\s*multipart/", raw)) > MAX_MULTIPARTS:
        return f"The mail nests more than {MAX_MULTIPARTS} parts."
    if raw.count(b"\n--") > MAX_BOUNDARIES and b"multipart/" in raw[:MAX_HEADERS].lower():
        return f"The mail has more than {MAX_BOUNDARIES} parts."
    if len(raw) > MAX_HEADERS and not re.search(rb"\r?\n\r?\n", raw[:MAX_HEADERS]):
        return f"The mail's header has more than {MAX_HEADERS // MEGABYTE} MB."
    return ""


def _parse(raw: bytes) -> Incoming:
    mail = message_from_bytes(raw)
    headers = _headers(mail)
    sender, reply_to_differs = _sender(headers)
    subject = one_line(_text(headers, "subject"))[:500]
    content = read_content(mail)
    kinds = kind_flags(headers, mail.get_content_type(), sender.email, subject)
    if not sender.email and "bounce" not in kinds:
        raise InvalidInput("The mail names no sender.", "Discard it, or look at it raw for who wrote it.")
    message = _message(headers, sender, subject, content, (*kinds, *content.flags, *["reply_to"] * reply_to_differs))
    source_id = message.message_id or f"sha256:{digest_bytes(raw)}"
    return Incoming("mail", source_id, message, content.attachments, raw, "message/rfc822")


def _message(headers: Headers, sender: Sender, subject: str, content: Content, flags: tuple[str, ...]) -> LeadReceived:
    parts = split(clean(content.text))
    own, before = _ids(headers, "message-id", bare=True), _ids(headers, "in-reply-to")
    references = tuple(dict.fromkeys((*_ids(headers, "references"), *before, *content.returned_ids)))
    return LeadReceived(
        channel="mail",
        sender=sender,
        subject=subject,
        text=parts.text,
        quoted=parts.quoted,
        signature=parts.signature,
        sent_at=_sent_at(headers),
        message_id=own[0] if own else "",
        in_reply_to=before[0] if before else "",
        references=references[-MAX_REFERENCES:],
        to=tuple(each.email for each in _people(headers, "to") + _people(headers, "cc"))[:50],
        flags=flags,
    )


def _headers(mail: Message) -> Headers:
    found: dict[str, list[str]] = {}
    for name, value in mail.raw_items():
        found.setdefault(name.strip().lower(), []).append(str(value)[:MAX_HEADER])
    return found


def _text(headers: Headers, name: str) -> str:
    return header_text(next(iter(headers.get(name, ())), ""))


def _sender(headers: Headers) -> tuple[Sender, bool]:
    """Who an answer goes to: Reply-To where From is a machine that passes the message on, else From."""
    writers = _people(headers, "from") or _people(headers, "sender")
    answer_to = _people(headers, "reply-to")
    if writers and answer_to and answer_to[0].email != writers[0].email and "list-id" not in headers:
        relayed = bool(NO_ANSWER.match(writers[0].email))
        name = answer_to[0].name or ("" if relayed else writers[0].name)
        return Sender(name=name, email=answer_to[0].email), True
    return (writers or answer_to or [Sender(name=one_line(_text(headers, "from"))[:200])])[0], False


def _people(headers: Headers, name: str) -> list[Sender]:
    """The people of a header. Addresses are taken before names are decoded, so that a name cannot fake an address."""
    people: list[Sender] = []
    for value in headers.get(name, ()):
        for label, address in getaddresses([" ".join(value.split())]):
            if email := _address(address) or _address(label):
                shown = one_line(header_text(label))[:200]
                people.append(Sender(name="" if shown == address else shown, email=email))
        if not people and (found := _ADDRESS.search(header_text(value))) and (email := _address(found.group())):
            people.append(Sender(email=email))
    return people


def _address(text: str) -> str:
    try:
        return checked_address(header_text(text).strip(" \t\"'<>"))
    except ValueError:
        return ""


def _ids(headers: Headers, name: str, *, bare: bool = False) -> tuple[str, ...]:
    """Message ids in a header; `bare` also takes one that misses its angle brackets."""
    text = " ".join(headers.get(name, ()))
    found = MESSAGE_ID.findall(text)
    if not found and bare and MESSAGE_ID.fullmatch(f"<{text.strip()}>"):
        return (f"<{text.strip()}>",)
    return tuple(dict.fromkeys(found))


def _sent_at(headers: Headers) -> str:
    try:
        moment = parsedate_to_datetime(_text(headers, "date"))
        return to_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, TypeError, OverflowError, IndexError):
        return ""
