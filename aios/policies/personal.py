"""Personal data in a text: the addresses and numbers that the policy hides from models."""

import re
from collections.abc import Callable
from typing import Literal

from aios.policies.schema import Redaction

Personal = Literal["email", "phone"]

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.UNICODE)
_PHONE = re.compile(r"(?<![\w.,:/-])(?:\+|00|0|\(0)[\d() /.-]{5,18}\d(?![\w:]|[.,]\d)")
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}|\d{1,2}/\d{1,2}/\d{2,4}")


def replace_personal(text: str, wanted: Redaction, replacement: Callable[[Personal, str], str]) -> str:
    """The text with `replacement(kind, original)` in place of each address and number that is to be hidden."""
    if wanted.emails:
        text = _EMAIL.sub(lambda match: replacement("email", match.group()), text)
    if wanted.phones:
        text = _PHONE.sub(
            lambda match: replacement("phone", match.group()) if _is_phone(match.group()) else match.group(), text
        )
    return text


def _is_phone(written: str) -> bool:
    return sum(letter.isdigit() for letter in written) >= 7 and not _DATE.fullmatch(written)
