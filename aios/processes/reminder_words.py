"""The words of a reminder, by its tone, in German or English. The same reminder always says the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from aios.invoices.wording import Language, amount, day


@dataclass(frozen=True)
class Words:
    """What a reminder speaks of; sums in minor units of `currency`."""

    language: Language
    tone: str
    number: str
    currency: str
    payable: int
    open: int
    interest: int
    fees: int
    due: date
    issued: str
    days: int
    iban: str
    owner: str


SUBJECTS: dict[tuple[Language, str], str] = {
    ("de", "friendly"): "Zahlungserinnerung zur Rechnung {number}",
    ("de", "firm"): "Mahnung zur Rechnung {number}",
    ("de", "final"): "Letzte Mahnung zur Rechnung {number}",
    ("en", "friendly"): "Reminder: invoice {number}",
    ("en", "firm"): "Second reminder: invoice {number} is overdue",
    ("en", "final"): "Final reminder: invoice {number} is overdue",
}
OPENINGS: dict[tuple[Language, str], str] = {
    ("de", "friendly"): "unsere Rechnung {number} vom {issued} war am {due} fällig. Vielleicht ist sie untergegangen; "
    "die Rechnung liegt noch einmal bei.",
    (
        "de",
        "firm",
    ): "unsere Rechnung {number} vom {issued} ist seit dem {due} fällig, und auf unsere Erinnerung haben wir "
    "noch keine Zahlung gesehen.",
    (
        "de",
        "final",
    ): "unsere Rechnung {number} vom {issued} ist trotz unserer Erinnerungen seit dem {due} nicht bezahlt. "
    "Dies ist unsere letzte Mahnung, bevor wir weitere Schritte prüfen.",
    (
        "en",
        "friendly",
    ): "our invoice {number} of {issued} was due on {due}. It may have been overlooked; the invoice is "
    "attached once more.",
    ("en", "firm"): "our invoice {number} of {issued} has been due since {due}, and we have seen no payment since our "
    "reminder.",
    (
        "en",
        "final",
    ): "in spite of our reminders, our invoice {number} of {issued}, due on {due}, has not been paid. This "
    "is our final reminder before we consider further steps.",
}
ROWS: dict[Language, tuple[str, str, str, str, str]] = {
    "de": ("Offen", "Zinsen für {days} Tage", "Mahnkosten", "Zu zahlen", "Rechnungsbetrag"),
    "en": ("Open", "Interest for {days} days", "Reminder fees", "To pay", "Invoice total"),
}
PAY: dict[Language, tuple[str, str]] = {
    "de": (
        "Bitte überweisen Sie den Betrag auf das Konto {iban}, Verwendungszweck {number}.",
        "Bitte zahlen Sie bald.",
    ),
    "en": ("Please transfer the sum to the account {iban}, with the reference {number}.", "Please pay soon."),
}
ENDS: dict[Language, tuple[str, str]] = {
    "de": ("Guten Tag,", "Falls Sie inzwischen gezahlt haben, betrachten Sie diese Nachricht bitte als "
           "gegenstandslos.\n\nMit freundlichen Grüßen"),
    "en": ("Hello,", "If you have paid meanwhile, please disregard this message.\n\nKind regards"),
}  # fmt: skip


def subject_of(words: Words) -> str:
    """The subject."""
    return SUBJECTS[words.language, words.tone].replace("{number}", words.number)


def text_of(words: Words) -> str:
    """The text: what it is about, what is owed by now, and how to pay it."""
    hello, bye = ENDS[words.language]
    return "\n\n".join((hello, _opening(words), "\n".join(_sums(words)), _pay(words), f"{bye}\n{words.owner}")) + "\n"


def _opening(words: Words) -> str:
    opening = OPENINGS[words.language, words.tone]
    issued = day(date.fromisoformat(words.issued), words.language)
    return _put(opening, number=words.number, issued=issued, due=day(words.due, words.language))


def _sums(words: Words) -> Iterator[str]:
    open_, interest, fees, total, whole = ROWS[words.language]
    said = [(whole, words.payable)] if words.payable != words.open else []
    said.append((open_, words.open))
    said += [(_put(interest, days=str(words.days)), words.interest)] if words.interest else []
    said += [(fees, words.fees)] if words.fees else []
    if words.interest or words.fees:
        said.append((total, words.open + words.interest + words.fees))
    for name, minor in said:
        yield f"{name}: {amount(minor, words.currency, words.language)}"


def _pay(words: Words) -> str:
    with_account, without = PAY[words.language]
    return _put(with_account, iban=words.iban, number=words.number) if words.iban else without


def _put(text: str, **values: str) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
