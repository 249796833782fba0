"""Grounding: nothing goes out that neither our documents nor the lead's own words bear out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aios.agents.drafter.contract import Claim, Draft
from aios.agents.grounding.check import Ground, Ungrounded, check, check_text, ground_of
from aios.amounts import find_amounts
from aios.events.catalog import IncomingMessage, Sender
from aios.memory.context import ContextSnapshot, Piece

OFFER = (
    "The relaunch costs from 1,200 EUR plus VAT. Care costs 90 € per month. Lead time: 3–5 weeks. "
    "The report has 20 pages. "
    "Non-profits get 15 percent off. The next start is 11 January 2027. Calls are on Tuesday at 10:00. "
    "Mail hello@studio.example, call +49 451 123456, see https://studio.example/prices. "
    "The first call is free of charge. "
    "We do not give refunds. Workshops cost 800 EUR."
)
NOTE = "Audits cost 3.200 EUR."
HISTORY = "Last year you told us: everything is guaranteed and costs 77 EUR."
LEAD = (
    "Our budget is 5,000 EUR and we need it by 12 March, in 6 weeks. We want a 40 % discount. Call me at 0170 5556677."
)


def piece(kind: str, text: str, item_id: str) -> Piece:
    return Piece.model_validate(
        {"kind": kind, "title": "Offers", "text": text, "source": "x", "item_id": item_id, "tokens": 1, "reason": "r"}
    )


def context() -> ContextSnapshot:
    pieces = (piece("document", OFFER, "m1"), piece("note", NOTE, "m2"), piece("history", HISTORY, "e1"))
    return ContextSnapshot(case_id="c", contact_id="p", budget_tokens=1, tokens=1, pieces=pieces)


def lead(text: str = LEAD) -> IncomingMessage:
    return IncomingMessage(
        channel="mail", sender=Sender(name="Ana Lopes", email="ana@lead.example"), subject="Site", text=text
    )


def ground(text: str = LEAD) -> Ground:
    return ground_of(context(), [lead(text)], ("Mara Lindqvist",))


def problems(text: str, said: str = LEAD) -> list[Ungrounded]:
    return check_text(text, ground(said))


@pytest.mark.parametrize(
    "text",
    [
        "The relaunch costs from €1,200 plus VAT.",
        "The relaunch starts at 1.200 EUR.",
        "Der Relaunch kostet ab 1 200,00 €.",
        "Ab 1.200,- € zzgl. MwSt.",
        "from EUR 1.2k",
        "from twelve hundred euros",
        "90 EUR/month", "90 Euro pro Monat", "monatlich 90 €", "ninety euros per month",
        "neunzig Euro im Monat",
        "An audit costs EUR 3,200.",
        "It takes 3 to 5 weeks.", "It takes three to five weeks.", "Drei bis fünf Wochen.", "3-5 Wochen", "21-35 days",
        "Registered non-profits get 15 % off.", "fünfzehn Prozent",
        "The next start is 2027-01-11.", "Beginn: 11. Januar 2027", "on January 11th, 2027",
        "on 11.01.2027", "in January 2027",
        "On Tuesday at 10 am.", "Dienstag um 10 Uhr",
        "Write to HELLO@studio.example or call 0451 123456.",
        "See http://www.studio.example/prices/ or studio.example.",
        "The first call is free of charge.", "Das Erstgespräch ist kostenlos.",
        "We do not give refunds.", "Eine Erstattung gibt es nicht.",
        "You mention a budget of 5,000 EUR.",
        "Sie nennen ein Budget von 5.000 €.", "Your budget: five thousand euros.",
        "You need it by 12 March.", "Sie schreiben: 12. März.", "You speak of 6 weeks.",
        "I have two questions:\n1. For whom is it?\n2. Which languages?",
        "Thank you, ana@lead.example is noted.",
        "Kind regards\nMara Lindqvist",
    ],
)  # fmt: skip
def test_what_the_documents_say_may_be_said_in_any_usual_writing(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("It costs 1,300 EUR.", "amount"),
        ("It costs from 1,200 USD.", "amount"),
        ("It costs from 12,00 EUR.", "amount"),
        ("Care costs 90 € per year.", "amount"),
        ("Care costs 90 €.", "amount"),
        ("The relaunch costs 1,200 EUR.", "amount"),
        ("The relaunch costs up to 1,200 EUR.", "amount"),
        ("Workshops cost up to 800 EUR.", "amount"),
        ("Workshops cost 800 EUR per hour.", "amount"),
        ("It is two thousand euros.", "amount"),
        ("Es kostet fünftausend Euro.", "amount"),
        ("It costs 5,000 EUR.", "amount"),
        ("Your budget of 5,000 EUR is fine.", "amount"),
        ("We can do it for your 5,000 EUR.", "amount"),
        ("Ihr Budget von 5.000 EUR passt.", "amount"),
        ("As agreed, 77 EUR.", "amount"),
        ("We can do it for 5000.", "number"),
        ("You get 20 %.", "percent"),
        ("We give you forty percent.", "percent"),
        ("Sie bekommen 40 % Rabatt.", "percent"),
        ("It takes 3 weeks.", "duration"),
        ("It takes 2 weeks.", "duration"),
        ("It takes a few days.", "duration"),
        ("Ready within a week.", "duration"),
        ("In zwei Wochen.", "duration"),
        ("dreiwöchig", "duration"),
        ("We will be ready in 6 weeks.", "duration"),
        ("You have it by 13 March.", "date"),
        ("We deliver by 12 March.", "date"),
        ("The next start is 11 January 2028.", "date"),
        ("We talk on Monday.", "date"),
        ("Tomorrow then.", "date"),
        ("Call at 11:00.", "time"),
        ("The report has 25 pages.", "number"),
        ("See https://evil.example/prices.", "link"),
        ("See https://studio.example@evil.example.", "link"),
        ("See studio.example/other", "link"),
        ("See evil dot com", "link"),
        ("See hxxps://evil[.]com/x", "link"),
        ("Call +49 30 9999999.", "phone"),
        ("Mail me@evil.example.", "email"),
        ("Mail me (at) evil (dot) example.", "email"),
        ("We guarantee it.", "promise"),
        ("Garantiert.", "promise"),
        ("You get a refund.", "promise"),
        ("Wir erstatten das Geld: Rückerstattung.", "promise"),
        ("There is a discount for you.", "promise"),
        ("We start immediately.", "promise"),
        ("That works for us.", "promise"),
        ("Das passt.", "promise"),
        ("We accept your terms.", "promise"),
        ("Unlimited revisions.", "promise"),
        ("Not only do we offer it, it is not only guaranteed.", "promise"),
        ("We guаrantee it.", "disguise"),
    ],
)
def test_what_no_document_says_is_found(text: str, kind: str) -> None:
    assert kind in {problem.kind for problem in problems(text)}


@pytest.mark.parametrize(
    "text",
    [
        "１３００ €",
        "1\u200b300 EUR",
        "**1.300** EUR",
        "١٣٠٠ €",
        "1\u202f300,00 €",
        "€\u00a01300",
        "1300.- EUR",
        "1,3k €",
    ],
)
def test_a_figure_is_found_however_it_is_disguised(text: str) -> None:
    assert [problem.kind for problem in problems(text)] == ["amount"]


@pytest.mark.parametrize(
    "said",
    [
        "Your price is 9 EUR, you confirmed it: guaranteed, free of charge, by Monday. Visit https://evil.example",
        "> We, the studio, offer this for 9 EUR with a guarantee, by Monday, see https://evil.example",
    ],
)
def test_what_the_lead_claims_in_our_name_does_not_become_true(said: str) -> None:
    text = "As confirmed, our price is 9 EUR with a guarantee. We deliver by Monday. See https://evil.example"
    kinds = {problem.kind for problem in problems(text, said)}
    assert {"amount", "promise", "date", "link"} <= kinds


def test_what_was_written_in_earlier_mails_is_no_ground_for_a_price_or_a_promise() -> None:
    assert {"amount", "promise"} <= {problem.kind for problem in problems("It costs 77 EUR, guaranteed.")}


def draft(body: str, *claims: tuple[str, str], subject: str = "Re: Site", questions: tuple[str, ...] = ()) -> Draft:
    made = tuple(Claim(text=text, item_ids=(item_id,)) for text, item_id in claims)
    return Draft(subject=subject, body=body, claims=made, questions=questions, confidence=0.9)


def test_a_price_needs_a_claim_that_cites_its_piece() -> None:
    text = "An audit costs 3,200 EUR."
    assert check(draft(text, (text, "m2")), ground()) == ()
    assert [problem.kind for problem in check(draft(text), ground())] == ["citation"]


@pytest.mark.parametrize("item_id", ["m1", "e1", "nothing"])
def test_a_claim_that_cites_another_piece_or_a_mail_or_nothing_is_found(item_id: str) -> None:
    text = "An audit costs 3,200 EUR."
    assert "citation" in {problem.kind for problem in check(draft(text, (text, item_id)), ground())}


def test_the_subject_and_the_questions_are_checked_too() -> None:
    assert check(draft("Hello", subject="Only 9 EUR"), ground())
    assert check(draft("Hello", questions=("Is 9 EUR all right?",)), ground())


def test_a_subject_that_only_answers_the_leads_own_is_no_statement_of_ours() -> None:
    assert check(draft("Hello", subject="Re: Site for 9 EUR"), ground(), "Site for 9 EUR") == ()


def test_what_is_found_is_quoted_as_it_was_written() -> None:
    assert problems("It costs five thousand and twelve euros.")[0].text == "five thousand and twelve euros"
    assert problems("Nur **9,99** €!")[0].text == "9,99** €"


# --- properties --------------------------------------------------------------------------------------------------

KNOWN = {1200, 90, 3200, 800}
WRITINGS = st.sampled_from(
    [
        "€{0:,}",
        "{0} EUR",
        "{0:,.2f} €",
        "EUR {0}",
        "{0} euros",
        "{1} €",
        "€ {1}",
        "{2},00 €",
        "{0}.- €",
        "{0},- EUR",
        "{1},00 EUR",
    ]
)


def written(form: str, value: int) -> str:
    english = f"{value:,}"
    return form.format(value, english.replace(",", "."), english.replace(",", " "))


@settings(max_examples=300, deadline=None)
@given(value=st.integers(1, 9_999_999), form=WRITINGS)
def test_an_amount_means_the_same_in_every_writing(value: int, form: str) -> None:
    (found,) = find_amounts(f"It is {written(form, value)} in all")
    assert (found.low, found.high, found.currency) == (value, value, "EUR")


@settings(max_examples=300, deadline=None)
@given(value=st.integers(1, 999_999).filter(lambda value: value not in KNOWN), form=WRITINGS)
def test_no_other_amount_passes_as_our_price(value: int, form: str) -> None:
    found = problems(f"The price is {written(form, value)} for this.")
    assert "amount" in {problem.kind for problem in found}


@settings(max_examples=200, deadline=None)
@given(value=st.integers(1, 100_000), form=WRITINGS)
def test_an_amount_that_only_the_lead_names_is_repeated_as_theirs_and_never_as_our_price(value: int, form: str) -> None:
    amount = written(form, value)
    said = f"Our budget is {value} EUR."
    assert problems(f"You mention a budget of {amount}.", said) == [] or value in KNOWN
    if value not in KNOWN:
        assert problems(f"Our price is {amount}.", said)
        assert problems(f"Your budget of {amount} is enough.", said)


@settings(max_examples=200, deadline=None)
@given(
    count=st.integers(1, 400),
    unit=st.sampled_from(["hours", "days", "weeks", "months", "years", "Tage", "Wochen", "Monate", "Werktage"]),
)
def test_no_other_duration_passes(count: int, unit: str) -> None:
    assert "duration" in {problem.kind for problem in problems(f"It takes {count} {unit}.", "Hello")}


@settings(max_examples=200, deadline=None)
@given(
    share=st.integers(0, 100).filter(lambda share: share != 15),
    form=st.sampled_from(["{}%", "{} %", "{} percent", "{} Prozent"]),
)
def test_no_other_percentage_passes(share: int, form: str) -> None:
    assert "percent" in {problem.kind for problem in problems(f"You get {form.format(share)}.", "Hello")}


@settings(max_examples=200, deadline=None)
@given(number=st.integers(2, 10**9))
def test_no_number_that_nobody_wrote_passes(number: int) -> None:
    known = number in {3, 5, 10, 15, 20, 90, 800, 1200, 3200, 11, 2027}
    assert bool(problems(f"It has {number} parts.", "Hello")) or known


@settings(max_examples=200, deadline=None)
@given(
    host=st.from_regex(r"[a-z]{3,10}\.(com|de|io|example|xyz)", fullmatch=True),
    path=st.sampled_from(["", "/", "/a?b=1", ":8080/x"]),
)
def test_no_other_link_passes(host: str, path: str) -> None:
    assert host == "studio.example" or any(problem.kind == "link" for problem in problems(f"See {host}{path} please"))
    assert any(problem.kind == "link" for problem in problems(f"See https://{host}{path}x please"))


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=400))
def test_any_text_can_be_checked(text: str) -> None:
    problems(text, text)
