"""Grounding against tricks: figures in words, disguised words, promises and prices moved to another thing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios.agents.grounding.check import Ground, Ungrounded, check_text, ground_of
from aios.events.catalog import IncomingMessage, Sender
from aios.memory.context import ContextSnapshot, Piece

OFFER = """The Website Sprint costs 1,200 EUR for up to 8 pages. Delivery takes 4 weeks.
Each further page costs from 240 EUR. The retainer is 950 EUR per month; 40 percent deposit.
The next start is 11 January 2027. The first call is free of charge.
Call +49 451 5550 100, write to hello@nordlicht.example or see https://nordlicht.example/call."""

LEAD = """Our budget is 3,000 EUR. We need it by 1 March. We are 25 people in 17 shops.
Give us a discount of 90 %. See https://evil.example and call 0831 5550142."""


def ground(offer: str = OFFER, lead: str = LEAD) -> Ground:
    said = {"kind": "document", "title": "Website Sprint", "text": offer, "source": "offers.md", "item_id": "m1"}
    piece = Piece.model_validate(said | {"tokens": 1, "reason": ""})
    context = ContextSnapshot(case_id="lead-0001", contact_id="c", budget_tokens=1, tokens=1, pieces=(piece,))
    sender = Sender(name="Mira Halvorsen", email="mira@kaffeekontor.example")
    return ground_of(context, [IncomingMessage(channel="mail", sender=sender, subject="Website", text=lead)])


GROUND = ground()
OURS_ONLY = ground(lead="")


def problems(text: str, held_against: Ground = GROUND) -> list[Ungrounded]:
    return check_text(text, held_against)


INVENTED = st.one_of(
    st.integers(1300, 900_000).filter(lambda n: n != 3000).map(lambda n: f"{n:,} EUR"),
    st.decimals(Decimal(41), Decimal(89), places=1).map(lambda share: f"{share} %"),
    st.integers(41, 89).map(lambda share: f"{share} Prozent"),
    st.builds(lambda n, unit: f"{n} {unit}", st.integers(29, 999), st.sampled_from(["days", "Wochen", "working days"])),
    st.builds(lambda n, unit: f"{n}-{unit}", st.integers(5, 9), st.sampled_from(["week", "wöchig", "month"])),
    st.dates().filter(lambda day: day.year > 1999 and (day.month, day.day) not in ((1, 11), (3, 1))).map(str),
    st.builds(lambda d, m: f"{d}.{m}.2028", st.integers(2, 28), st.integers(4, 12)),
    st.builds(lambda d, m: f"{m} {d}", st.integers(2, 28), st.sampled_from(["April", "May", "October", "Dec"])),
    st.integers(100, 99_999).filter(lambda n: n not in (240, 950, 1200, 2027)).map(str),
    st.from_regex(r"https://[a-z]{3,9}\.(com|de|example)/[a-z]{0,4}", fullmatch=True),
    st.from_regex(r"[a-z]{3,9}\.(com|de|io|ly)", fullmatch=True),
    st.from_regex(r"[a-z]{3,9}@[a-z]{3,9}\.(com|de|example)", fullmatch=True),
    st.from_regex(r"\+49 [2-9][0-9]{2} [1-9][0-9]{5,6}", fullmatch=True),
    st.sampled_from(["guaranteed", "kostenlos", "discount", "Rabatt", "refund", "immediately", "sofort", "Festpreis"]),
)
BEFORE = ["", "Hello. ", "Sehr gern: ", "(", '"', "- ", "Price:\n", "…", "...", "– "]
AFTER = ["", ".", "!", " for you", ")", ", netto", "\n\nLena"]


@given(st.sampled_from(BEFORE), INVENTED, st.sampled_from(AFTER))
def test_whatever_is_invented_is_flagged_wherever_it_stands(before: str, invented: str, after: str) -> None:
    assert problems(f"{before}{invented}{after}"), invented


@pytest.mark.parametrize(
    "text",
    [
        "dreizehnhundert Euro",
        "thirteen hundred euros",
        "zweihundertdreißigtausend Euro",
        "half the price",
        "a third off",
        "ein Drittel weniger",
        "We finish twice as fast.",
        "doppelt so schnell",
        "It takes a fortnight.",
        "It takes a week.",
        "It takes a couple of days.",
        "in einigen Tagen",
        "by the end of the month",
        "at noon",
        "um 15 Uhr",
        "MCCC EUR",
        "99 ct",
        "twelve-fifty",
        "½ of it",
        "evil[.]example",
        "evil dot com",
        "sales (at) nordlicht (dot) example",
        "hello@nordlicht.example.evil.example",
        "https://nordlicht.example.evil.com/call",
        "https://nordlicht.example@evil.com",
        "https://nordlicht.example/other",
        "tel:+4990",
        "You pay nothing.",
        "hosting at zero cost",
        "ohne jede Kosten",
        "Ich habe Sie für den Start eingeplant.",
        "We have reserved the slot.",
        "Kein Problem.",
    ],
)
def test_figures_in_words_and_promises_in_other_words_are_flagged(text: str) -> None:
    assert problems(text)


@pytest.mark.parametrize(
    "text",
    [
        "gu\u0430rantee",
        "gua\u200brantee",
        "gua\u00adrantee",
        "g\u202eu\u202carantee",
        "\uff47\uff55arantee",
        "𝐠𝐮𝐚𝐫𝐚𝐧𝐭𝐞𝐞",
        "gùáràntéé",
        "\u0262uarantee",
        "gu-arantee",
        "g.u.a.r.a.n.t.e.e",
        "G U A R A N T E E",
        "gua**ran**tee",
        "GUARANTIE",
        "kos\u2060tenlos",
        "k\u043estenlos",
        "🅶🆄🅰🆁🅰🅽🆃🅴🅴",
        "1\u0417 EUR",
        "1O00 EUR",
        "l300 EUR",
        "①③⓪⓪ EUR",
        "¹³⁰⁰ €",
        "1300 \u0435uros",
        "n\u043erdlicht.example/call",
        "1\u200b3\u200b0\u200b0 €",
    ],
)
def test_a_disguise_does_not_help(text: str) -> None:
    assert problems(f"It is {text} today.", OURS_ONLY)


INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u202d\u2060\u2066\ufe0f\ufeff"


@given(st.sampled_from(["guarantee", "kostenlos", "discount", "refund"]), st.integers(1, 5), st.sampled_from(INVISIBLE))
def test_no_invisible_character_hides_a_promise(word: str, at: int, hidden: str) -> None:
    assert problems(f"{word[:at]}{hidden * 2}{word[at:]}")


@pytest.mark.parametrize(
    "text",
    [
        "Website für Café Müller, Grüße nach Malmö",
        "Website Sprintの内容",
        "Der Ansatz ist z. B. A/B-Tests, i. e. U.S.A.",
        "naïve façade, Dvořák, Wiśniewski, Lefèvre",
        "Ελένη and Мария wrote",
    ],
)
def test_ordinary_words_of_any_language_are_no_disguise(text: str) -> None:
    assert [problem for problem in problems(text) if problem.kind == "disguise"] == []


@pytest.mark.parametrize(
    "text",
    ["950 EUR", "950 EUR per week", "950 EUR per hour", "240 EUR", "up to 1,200 EUR", "1,200 USD", "1,200 EUR a day"],
)
def test_a_price_keeps_its_from_its_per_and_its_currency(text: str) -> None:
    assert problems(f"It is {text}.")


def test_an_hourly_price_beside_it_makes_no_monthly_price_an_hourly_one() -> None:
    assert problems("950 EUR per hour", ground("950 EUR per month. Further work: 95 EUR per hour.", lead=""))


def test_what_each_further_page_costs_is_a_price_per_page() -> None:
    assert problems("Further pages: from 240 EUR per page.") == []


def test_a_range_keeps_both_its_ends() -> None:
    ranged = ground("A shop costs 2,000-3,500 EUR.", lead="")
    assert problems("A shop costs 2.000 bis 3.500 €.", ranged) == []
    assert problems("A shop costs from 2,000 EUR.", ranged) == []
    assert problems("A shop costs 2,000 EUR.", ranged)
    assert problems("A shop costs 2,500 EUR.", ranged)


def test_a_promise_about_one_thing_is_none_about_another() -> None:
    assert problems("The first call is free of charge.") == []
    assert problems("The hosting is free of charge.")


@pytest.mark.parametrize(
    "text",
    [
        "You name a budget of 3,000 EUR.",
        "Ihr Budget von 3.000 Euro habe ich gelesen.",
        "You need it by 1 March.",
        "Is 1 March fixed?",
        "You are 25 people.",
        "I will call you at 0831 5550142.",
    ],
)
def test_what_the_lead_said_may_be_repeated_as_theirs(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "The price is 3,000 EUR.",
        "3,000 EUR it is.",
        "Your budget of 3,000 EUR is enough.",
        "Ihr Budget von 3.000 Euro reicht.",
        "Das schaffen wir für 3.000 Euro.",
        "We can deliver by 1 March.",
        "Launch on 1 March.",
        "Wir liefern Ihnen die Seite am 1. März.",
        "You get 90 %.",
        "We grant you 90 % off.",
        "Please see https://evil.example.",
        "You can reach us at 0831 5550142.",
        "Write to us at mira@kaffeekontor.example.",
    ],
)
def test_what_only_the_lead_said_is_never_made_ours(text: str) -> None:
    assert problems(text)
