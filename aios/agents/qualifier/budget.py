"""The budget that a lead names: found by its words and its currency, never taken from our own documents."""

import re
from collections.abc import Mapping

from aios.agents.passages import sentences
from aios.agents.qualifier.contract import Budget
from aios.amounts import Amount, find_amounts, find_bare_amounts

_SPEAKS_OF_BUDGET = re.compile(
    r"budget|spend|afford|invest|up to|around|max(?:imum|imal)?\b|price range|ballpark|willing to pay|can pay"
    r"|kostenrahmen"
    r"|preisrahmen|ausgeben|zur verfügung|bis zu|höchstens|rund|etwa|circa|presupuesto|prix maximum|importo",
    re.I,
)
_SPEAKS_OF_OTHERS = re.compile(
    r"revenue|turnover|umsatz|salary|gehalt|currently pay|we pay|paid|zahlen (?:derzeit|aktuell)|funding|raised"
    r"|worth|per year in sales"
    r"|your (?:price|rate|list)|ihr(?:e|en)? preis|you charge|competitor|quoted us|save (?:you|up)",
    re.I,
)
_FIELD = re.compile(r"budget|price range|kostenrahmen|preisrahmen|presupuesto", re.I)
_HINTED = re.compile(
    r"(?:budget|spend|kostenrahmen|preisrahmen|ausgeben)\D{0,40}(\d.{0,40})|(?<![\d.,k–-])(\d[\d.,k–-]*)\s+budget", re.I
)


def find_budget(text: str, fields: Mapping[str, str], currency: str) -> Budget | None:
    """The budget in a message or its form fields; `currency` is taken where they name none."""
    for name, value in fields.items():
        if _FIELD.search(name) and (found := find_amounts(value) or _scaled(value, currency)):
            return _budget(found, value)
    own = [part for part in sentences(text) if not _SPEAKS_OF_OTHERS.search(part) or re.search("budget", part, re.I)]
    hinted = [part for part in own if _SPEAKS_OF_BUDGET.search(part)]
    for part in (*hinted, *own):
        if found := find_amounts(part):
            return _budget(found, part)
    for part in hinted:
        if (match := _HINTED.search(part)) and (found := _scaled(match[1] or match[2], currency)):
            return _budget(found, part)
    return None


def _scaled(text: str, currency: str) -> tuple[Amount, ...]:
    """Numbers without a currency that are large enough to be money, and are no year."""
    found = find_bare_amounts(text, currency)
    return tuple(amount for amount in found if amount.low >= 100 and not re.fullmatch(r"20\d\d", amount.text))[:1]


def _budget(found: tuple[Amount, ...], said: str) -> Budget:
    same = [amount for amount in found if amount.currency == found[0].currency][:2]
    sums = [money.minor for amount in same for money in amount.sums]
    return Budget(
        low_minor=min(sums), high_minor=max(sums), currency=same[0].currency, quote=" ".join(said.split())[:200]
    )
