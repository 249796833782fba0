"""Addresses, message ids and one-line texts, made safe to put into a header or to read out of one."""

import re

from email_validator import EmailNotValidError, validate_email

from aios.text import clean

MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,400}>")
"""A message id as RFC 5322 writes it, without the rarely seen comments and quotes."""

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def checked_address(address: str) -> str:
    """The address in its normal form, its domain in ASCII; `ValueError` where it is none."""
    try:
        # RFC 5321 and 6531; whether the domain takes mail is the server's answer, not ours.
        found = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError(f"{one_line(address)[:80]!r} is not an address: {error}") from None
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def one_line(text: str) -> str:
    """The text without line ends, control characters or direction overrides, spaces collapsed."""
    return " ".join(_BREAKS.sub(" ", clean(text)).split())


def filled_line(text: str) -> str:
    """The same, where something is left of it; `ValueError` where nothing is."""
    if not (line := one_line(text)):
        raise ValueError("it is empty")
    return line
