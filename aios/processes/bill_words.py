"""The words that an invoice or credit note of ours is sent with, in German or English."""

from datetime import date

from aios.invoices.wording import Language, amount, day, language_for
from aios.processes.bill import BillDraft
from aios.settings import Settings

NUMBER, DUE = "{number}", "{due}"
"""Places for what is known only once the invoice is issued."""

SUBJECTS: dict[tuple[Language, bool], str] = {
    ("de", False): "Rechnung {number}",
    ("de", True): "Gutschrift {number}",
    ("en", False): "Invoice {number}",
    ("en", True): "Credit note {number}",
}
TEXTS: dict[tuple[Language, bool], str] = {
    ("de", False): """Guten Tag,

anbei erhalten Sie unsere Rechnung {number} über [sum]. Bitte überweisen Sie den Betrag bis zum {due}.

Mit freundlichen Grüßen
[owner]
""",
    ("de", True): """Guten Tag,

anbei erhalten Sie unsere Gutschrift {number} über [sum] zu unserer Rechnung [credits].

Mit freundlichen Grüßen
[owner]
""",
    ("en", False): """Hello,

please find attached our invoice {number} over [sum]. It is due on {due}.

Kind regards
[owner]
""",
    ("en", True): """Hello,

please find attached our credit note {number} over [sum] for our invoice [credits].

Kind regards
[owner]
""",
}


def subject_of(draft: BillDraft, settings: Settings) -> str:
    """The subject, with a place for the number."""
    words = SUBJECTS[language_for(draft.country), draft.credit]
    business = settings.aios_business_name
    return f"{words}, {business}" if business else words


def text_of(draft: BillDraft, settings: Settings) -> str:
    """The text, with places for the number and the day it is due."""
    language = language_for(draft.country)
    owner = "\n".join(dict.fromkeys(filter(None, (settings.aios_owner_name, settings.aios_business_name))))
    given = {"[sum]": amount(draft.payable, draft.currency, language), "[credits]": draft.credits, "[owner]": owner}
    text = TEXTS[language, draft.credit]
    for place, value in given.items():
        text = text.replace(place, value)
    return text


def filled(text: str, number: str, due: date | None, country: str) -> str:
    """The words with the number and the day in their places."""
    when = day(due, language_for(country)) if due else ""
    return text.replace(NUMBER, number).replace(DUE, when)
