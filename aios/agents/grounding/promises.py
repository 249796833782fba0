"""Promises: words that bind us, in English and German, the plainest in other languages too."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_FAMILIES = {
    "guarantee": r"(?:geld-zurück-)?g(?:u?a|au)r[aeu]nt\w*|warrant\w*|gewährleist\w*|garanz\w*"
    r"|garantía\w*|waarborg\w*"
    r"|we (?:promise|pledge|vow|assure|swear)|i (?:promise|pledge|assure)|promise[ds]? (?:you|to|that)|my word"
    r"|rest assured|without fail|(?:we|i)(?:'ll| will| can)? (?:personally )?ensure|stelle[n]? (?:\w+ ){0,3}sicher"
    r"|auf jeden fall|versprech\w*|versprochen|zugesichert|zusicher\w*|sichern (?:wir|ich) \w+ zu",
    "free of charge": r"(?:for|is|are|totally|completely|absolutely) free(?: of (?:charge|cost))?"
    r"(?! (?:to|on|at|from|next|this"
    r"|of (?!charge|cost))\w*)"
    r"|free of (?:charge|cost)"
    r"|(?<!feel )(?<!are you )(?<!be )(?<!you are )(?<!sugar )\bfree (?:of )?(?:\w+ )?(?:setup|consult\w*|trial"
    r"|support|audit"
    r"|design|hosting|month\w*|year\w*|shipping|delivery|revision\w*|updates?|call|session|workshop|training"
    r"|quote|estimate|sample|bonus|gift|extra\w*)"
    r"|(?:at |with )?no (?:extra |additional |further |hidden )?(?:cost|charge|fee)s?|without (?:extra "
    r"|additional )?(?:cost|charge)s?"
    r"|zero (?:cost|charge|fee)s?|0 (?:cost|charge|fee)s?|(?:pays?|costs?|for) nothing|kostet (?:\w+ )?nichts"
    r"|nichts (?:be)?zahlen|ohne (?:\w+ )?(?:kosten|gebühr\w*|berechnung|entgelt)"
    r"|complimentary|on the house|on us\b|as a gift|bonus|kostenlos\w*|kostenfrei\w*|gratis\w*|umsonst"
    r"|gebührenfrei|geschenkt"
    r"|(?:ohne|keine) (?:aufpreis|mehrkosten|zusatzkosten|zusätzliche\w* kosten|extrakosten|weitere\w* kosten)"
    r"|gratuit\w*|offert\b",
    "discount": r"discount\w*|rebate\w*|(?:special|reduced|lower|better|best|lowest|friendly) (?:price|rate|offer"
    r"|deal)s?|half[- ](?:the )?price"
    r"|price (?:match|cut|reduction)\w*|(?:money|cash) ?off|cheaper|voucher\w*|coupon\w*|rabatt\w*|nachlass"
    r"|preisnachl\w*|vergünstig\w*"
    r"|ermäßig\w*|skonto|sonderpreis\w*|sonderkondition\w*|günstiger\w*|halbe[rnm]? preis|gutschein\w*"
    r"|bestpreis\w*|remise|descuento|sconto|korting",
    "refund": r"refund\w*|money[- ]back|reimburs\w*|chargeback|erstatt\w*|geld[- ]zurück|rückerstatt\w*"
    r"|rückzahl\w*|rembours\w*|reembols\w*|rimbors\w*",
    "fixed price": r"(?:fixed|flat|firm|final|all[- ]in|capped|locked)[- ](?:price|fee|rate|cost)\w*|festpreis\w*"
    r"|fixpreis\w*|pauschalpreis\w*|endpreis\w*"
    r"|price (?:is|stays|remains) (?:fixed|final|firm)|price lock\w*",
    "tax": r"(?:incl(?:\.|uding|usive of)?|includes) (?:the )?(?:vat|tax\w*)|tax[- ](?:free|included|inclusive)"
    r"|vat[- ](?:free|included|exempt)"
    r"|inkl(?:\.|usive)? (?:mwst|ust|mehrwertsteuer|umsatzsteuer)\w*|steuerfrei|gross price|bruttopreis\w*",
    "no obligation": r"no[- ]obligation\w*|without (?:any )?obligation|no strings|non[- ]binding|risk[- ]free"
    r"|no risk|unverbindlich\w*|ohne (?:risiko|verpflichtung)"
    r"|cancel (?:at )?any ?time|jederzeit künd\w*",
    "immediately": r"immediate(?:ly)?|right away|straight ?away|at once|instantly|same[- ]day|overnight"
    r"|in no time|within hours|as of now|sofort\w*|umgehend\w*"
    r"|unverzüglich\w*|augenblicklich|noch heute|inmediat\w*|immédiat\w*",
    "always": r"24/7|around the clock|rund um die uhr|unlimited|unbegrenzt\w*|lifetime|lebenslang\w*|forever"
    r"|für immer|at any time|jederzeit|100 ?%|always available",
    "agreement": r"(?:we|i) (?:hereby )?(?:agree|accept|confirm|commit|approve)\b|(?:is|are|hereby|herewith"
    r"|now) (?:confirmed|agreed|accepted|booked|reserved|approved)"
    r"|(?:that|this|which|it|your budget|the budget) (?:works|fits|is (?:fine|enough|sufficient|doable|possible"
    r"|feasible|no problem|ok|okay))"
    r"|we have a deal|it'?s a deal|\bdeal!|count on (?:us|me|it)|consider it done|we are (?:available"
    r"|ready to start)|we can (?:start|deliver|finish|meet|make (?:it|that|this))"
    r"|(?:we|i)(?:'ll| will) (?:deliver|finish|start|complete|meet|launch|send you the (?:contract|invoice))"
    r"|(?:we|i) have (?:capacity|room|a (?:free )?slot|time for)|wir haben (?:\w+ )?(?:kapazität\w*|platz|zeit für)"
    r"|(?:slots?|capacity|places?) (?:is |are )?(?:still )?(?:free|available)|no problem|kein problem"
    r"|(?:we|i)(?:'ve| have) (?:already )?(?:booked|reserved|scheduled|blocked|approved|accepted)"
    r"|habe[n]? (?:\w+ ){0,4}(?:reserviert|gebucht|vorgemerkt|eingeplant)"
    r"|einverstanden|abgemacht|(?:wir|ich) (?:bestätige|akzeptiere|sage)\w*"
    r"|(?:hiermit|damit) \w+ (?:bestätigt|vereinbart|zugesagt)|(?:ist|sind) (?:bestätigt|vereinbart|zugesagt"
    r"|reserviert|gebucht|machbar|möglich|kein problem)"
    r"|(?:das|dies|ihr budget|dein budget) (?:passt|reicht|geht|genügt|schaffen)|(?:wir|ich) (?:liefern|schaffen"
    r"|können (?:das|es|ihnen|dir|bis|ab|sofort|liefern|starten|beginnen)|"
    r"starten|beginnen|werden \w+ (?:liefern|starten|fertig))|verlassen sie sich",
    "standing": r"certified|accredited|licen[cs]ed|insured|award[- ]winning|iso[- ]?\d+|gdpr[- ]complian\w*"
    r"|compliant|zertifi\w*|versichert\w*|akkredit\w*|dsgvo[- ]konform\w*"
    r"|market leader|marktführer\w*|number one|exclusive(?:ly)?|exklusiv\w*|legally binding|rechtsverbindlich\w*"
    r"|rechtssicher\w*",
}
_PATTERNS = {name: re.compile(rf"(?<![\w-])(?:{words})(?!\w)", re.I) for name, words in _FAMILIES.items()}
_DENIED_BEFORE = re.compile(
    r"(?<!\w)(?:no|not|never|cannot|can't|don't|doesn't|won't|isn't|aren't|without|neither|nor|kein\w*|nicht|nie"
    r"|niemals|ohne)"
    r"(?: (?!only|just|nur|doubt|zweifel)\w+){0,3} ?$",
    re.I,
)
_DENIED_AFTER = re.compile(r"^(?: \w+){0,4} (?:nicht|kein\w*|nie(?:mals)?)(?!\w)(?! nur)", re.I)
_NOT_ONLY = re.compile(r"(?:not|nicht) (?:only|just|nur)|no doubt|without (?:a )?doubt|ohne zweifel|zweifellos", re.I)


@dataclass(frozen=True)
class Promise:
    """A word that binds us, its family, and whether the sentence denies it ("no discounts")."""

    family: str
    denied: bool
    start: int
    end: int


def promises(text: str) -> Iterator[Promise]:
    """Every promise in a reading's text, with and without the marks on its letters."""
    bare = "".join(unicodedata.normalize("NFD", letter)[0] for letter in text)
    for family, pattern in _PATTERNS.items():
        seen = {match.start(): match for match in (*pattern.finditer(bare), *pattern.finditer(text))}
        for match in seen.values():
            before = text[max(0, match.start() - 50) : match.start()]
            after = text[match.end() : match.end() + 50]
            denied = bool(_DENIED_BEFORE.search(before) or _DENIED_AFTER.search(after)) and not _NOT_ONLY.search(before)
            yield Promise(family, denied, match.start(), match.end())
