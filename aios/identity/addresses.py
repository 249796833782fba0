"""Mail addresses, phone numbers and domains in the one form in which they are compared."""

import re

from aios.identity.freemail import FREE_MAIL

_PLAIN_ADDRESS = re.compile(r"[^@\s<>\"]{1,64}@[^@\s<>\"]{1,190}")
_COUNTRY_OF_TLD = {"uk": "GB"}


def normal_email(text: str) -> str:
    """The address in lower case with its domain in Unicode; plus-tags stay; empty where it is no address."""
    from email_validator import EmailNotValidError, validate_email

    given = text.strip()
    try:
        checked = validate_email(given, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        # names of a local network are no public addresses, and lead to a person all the same
        return given.lower() if _PLAIN_ADDRESS.fullmatch(given) else ""
    return checked.normalized.lower()


def normal_phone(text: str, email: str = "") -> str:
    """The number as E.164; the country of a national number is taken from the address's domain; else empty."""
    import phonenumbers

    for region in (None, _country(email)):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ""


def company_domain(email: str) -> str:
    """The domain of a normal address that belongs to an organisation; empty for a free-mail provider."""
    domain = email.rpartition("@")[2]
    return "" if "." not in domain or domain in FREE_MAIL else domain


def parent_domains(domain: str) -> list[str]:
    """The domain and those above it that still have two labels, the nearest first."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def _country(email: str) -> str | None:
    ending = email.rpartition(".")[2]
    return _COUNTRY_OF_TLD.get(ending, ending.upper()) if len(ending) == 2 else None
