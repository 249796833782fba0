"""What banks call the columns of their CSV exports, as data: a new bank is a new alias."""

import re

NAMES: dict[str, tuple[str, ...]] = {
    "booked": ("buchungstag", "buchung", "buchungsdatum", "datum", "date", "bookingdate", "booked", "transactiondate"),
    "valued": ("valuta", "wertstellung", "valutadatum", "wert", "wertstellungsdatum", "valuedate"),
    "amount": ("betrag", "betrageur", "betragin", "umsatz", "umsatzineur", "amount", "amounteur"),
    "debit": ("soll", "belastung", "lastschriftbetrag", "debit", "ausgang", "withdrawal", "paidout"),
    "credit": ("haben", "gutschrift", "credit", "eingang", "deposit", "paidin"),
    "sign": ("sollhaben", "sh", "kennzeichen", "umsatzart", "creditdebit", "dc"),
    "currency": ("währung", "waehrung", "wkz", "currency"),
    "name": ("beguenstigterzahlungspflichtiger", "begünstigterzahlungspflichtiger", "auftraggeberempfänger",
             "nameszahlungsbeteiligten", "namezahlungsbeteiligter", "zahlungsbeteiligter", "auftraggeberbegünstigter",
             "empfänger", "zahlungsempfängerin", "zahlungsempfänger", "name", "payee", "counterparty", "partnername"),
    "payer": ("zahlungspflichtiger", "zahlungspflichtige", "auftraggeber", "payer"),
    "account": ("kontonummeriban", "iban", "ibanzahlungsbeteiligter", "kontonummer", "gegenkonto", "partneriban",
                "accountnumber", "counterpartyiban"),
    "text": ("verwendungszweck", "buchungstextverwendungszweck", "vorgangverwendungszweck", "reference", "description",
             "memo", "paymentreference", "betreff"),
    "reference": ("kundenreferenzendtoend", "kundenreferenz", "endtoendreferenz", "endtoendid"),
    "mandate": ("mandatsreferenz", "mandate"),
    "kind": ("buchungstext", "vorgang", "umsatztyp", "type"),
    "own": ("auftragskonto", "ibanauftragskonto", "ownaccount"),
    "state": ("status", "info", "state"),
}  # fmt: skip
"""The meaning, and its headings without spaces, marks and capitals."""

_MEANING = {alias: meaning for meaning, aliases in NAMES.items() for alias in aliases}


def meaning(heading: str) -> str:
    """What the column holds; empty for one that is not known."""
    plain = re.sub(r"\(.*?\)", "", heading.lower())
    letters = re.sub(r"[\W_\d]+", "", plain)
    whole = re.sub(r"[\W_\d]+", "", heading.lower())
    return _MEANING.get(whole) or _MEANING.get(letters, "")
