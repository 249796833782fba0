"""Matching: which texts speak of the same things; English and German words of one meaning count as one."""

import re
from functools import lru_cache

from aios.policies.words import plain

_STOP = frozenset(
    (
        "a an and are as at be been but by can could do does for from had has have he her his how i if in "
        "into is it its just like me more my need needs not of on or our please shall she should so some than "
        "that the their them then there these they this to up us want was we were what when where which who "
        "will with would you your hello hi dear thanks thank regards best kind looking offer offers price "
        "prices cost costs much about get also aber alle als am an auch auf aus bei bin bis bitte das dass "
        "dein dem den der des die dir du ein eine einem einen einer es für haben hallo hat ich ihr ihre ihnen "
        "im in ist kann kein können könnten mehr mein mit möchten nach nicht noch nur ob oder sehr sein sich "
        "sie sind so suchen tag guten über um und uns unser unsere vom von vor was wenn wer wie wir wird wo "
        "würde würden zu zum zur brauchen benötigen preis preise kosten kostet angebot angebote danke vielen "
        "dank grüße freundliche freundlichen"
    ).split()
)

_MEANINGS = (
    "website webseite homepage internetauftritt webauftritt internetseite site landingpage webpage web",
    "relaunch redesign neugestaltung überarbeitung modernisier refresh",
    "shop onlineshop webshop ecommerce shopify woocommerce store",
    "workshop training schulung seminar kurs course weiterbildung train",
    "maintenance wartung pflege betreuung support retainer care updates",
    "consult consulting beratung berater advisory advice coaching coach",
    "automat automation automatisierung automatisieren automate workflow workflows",
    "logo branding brand marke corporate markenauftritt",
    "audit prüfung review check überprüfung analyse analysis",
    "seo suchmaschinenoptimierung suchmaschine",
    "hosting server hosten",
    "text texte copywriting content inhalte copy texter texten",
    "translation translate übersetzung übersetzen",
    "photo photos foto fotos fotografie photography",
    "video videos film filme",
    "app apps application mobile ios android",
    "integration integrate anbindung schnittstelle schnittstellen api interface interfaces",
    "data daten datenbank database dashboard reporting bericht berichte report reports",
    "payment pay zahlung bezahlen zahlen zahlungsbedingungen rechnung invoice ratenzahlung instalments deposit "
    "anzahlung",
    "lead time lieferzeit dauer duration delivery turnaround vorlauf schnell quickly long lange start beginnen starten",
    "revision revisions korrektur korrekturschleife korrekturschleifen änderungen changes",
    "travel reise anfahrt reisekosten onsite vor-ort",
    "remote online fernschulung",
    "cancel cancellation stornierung kündigung absage storno",
    "team mitarbeiter employees participants teilnehmer people personen staff",
    "migration umzug migrate move",
    "newsletter mailing mailings kampagne campaign campaigns",
    "accessibility barrierefreiheit barrierefrei accessible",
    "multilingual mehrsprachig languages sprachen language",
    "appointment call termin gespräch telefonat erstgespräch meeting",
)
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=2048)
def topics(text: str) -> frozenset[str]:
    """What a text speaks of: the stems of its words, or the meaning they share with others; figures left out."""
    words = (word for word in _WORD.findall(plain(text)) if word not in _STOP and len(word) > 2 and not word.isdigit())
    return frozenset(topic for word in words for topic in _topic(word))


@lru_cache(maxsize=8192)
def _topic(word: str) -> tuple[str, ...]:
    stem = _stem(word)
    if stem in _BY_STEM:
        return (_BY_STEM[stem],)
    inside = tuple(dict.fromkeys(meaning for part, meaning in _LONG_STEMS if part in word))
    return inside or (stem,)


def _stem(word: str) -> str:
    return re.sub(r"(?:ungen|ung|innen|ing|ies|ed|en|er|es|s|e|n)$", "", word)[:9] if len(word) > 4 else word


_BY_STEM = {_stem(word): words.split()[0] for words in _MEANINGS for word in words.split()}
_LONG_STEMS = [(stem, meaning) for stem, meaning in _BY_STEM.items() if len(stem) > 4]
