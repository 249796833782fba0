"""Leads that differ in who writes, in which language and about what; each ends in a draft that waits for the owner."""

from typing import Any

NAMES = (
    "Mira Halvorsen",
    "Jürgen Groß",
    "Céline Lefèvre",
    "Tomasz Kowal",
    "Hannah Price",
    "Ines Duarte",
    "Omar Haddad",
)

TEXTS = (
    (
        "New website for our {trade}",
        "Hello,\n\nwe are a {trade} with {many} people. Our website is {years} years old, does not work on phones, "
        "and we cannot change a page without calling somebody. We would like about {pages} pages that we can edit "
        "ourselves.\n\nOur budget is around {money} EUR and we would love to be live by the middle of March. Is "
        "that realistic, and how would you go about it?\n\nBest regards,\n{name}",
    ),
    (
        "Anfrage: Website für unseren Betrieb",
        "Guten Tag,\n\nwir sind ein Betrieb mit {many} Leuten ({trade}) und möchten unsere Website erneuern. Die "
        "jetzige ist {years} Jahre alt und auf dem Handy kaum zu lesen. Mehr als {money} Euro möchten wir nicht "
        "ausgeben. Fertig sein müsste es Ende Februar.\n\nWas kostet der Website Sprint bei Ihnen, und was ist "
        "darin enthalten?\n\nMit freundlichen Grüßen\n{name}",
    ),
    (
        "Orders by e-mail, typed in by hand",
        "We are a {trade}, {many} people. Orders come in by e-mail as PDF and somebody types them into our system, "
        "about {pages}0 a day. We would like that to happen by itself, with a person looking only at the odd ones. "
        "When could you start, what does the Automation Retainer cost, and what do you need from us first?\n\n"
        "{name}",
    ),
    (
        "Data audit for {many} shops",
        "Hello, we own a {trade} and a web shop, and we cannot tell which products earn money. Every till exports "
        "its own file. Would a Data Audit help us, how long does it take, and what does it cost? We could give you "
        "read access to everything within {years} days.\n\nKind regards\n{name}",
    ),
    (
        "Automatiser nos adhésions",
        "Bonjour,\n\nnotre association gère {many}0 adhérents avec un tableur et beaucoup de patience. Nous "
        "cherchons quelqu’un pour automatiser les adhésions : du formulaire en ligne jusqu’au reçu, avec une "
        "relance pour ceux qui oublient de payer. Nous disposons d’environ {money} € par an. Quand pourriez-vous "
        "commencer ?\n\nBien cordialement,\n{name}",
    ),
)
TRADES = ("roastery", "joinery", "bookshop", "dental practice", "bakery", "bicycle shop", "surveyor's office")


def lead(number: int) -> dict[str, Any]:
    """The payload of the lead with that number: always the same, and no two alike."""
    subject, text = TEXTS[number % len(TEXTS)]
    name = NAMES[number % len(NAMES)]
    said = {
        "trade": TRADES[number // 3 % len(TRADES)],
        "name": name,
        "many": 4 + number % 37,
        "years": 3 + number % 9,
        "pages": 5 + number % 8,
        "money": 2500 + 50 * (number % 90),
    }
    sender = {"name": name, "email": f"{name.split()[0].lower().translate(PLAIN)}@lead-{number:05}.example"}
    return {"channel": "api", "sender": sender, "subject": subject.format(**said), "text": text.format(**said)}


PLAIN = str.maketrans({"ü": "u", "é": "e"})
