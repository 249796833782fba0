"""What may happen by itself: rules, verdicts, and what is unknown."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aios.money import Money
from aios.policies.document import default_text, read_policy
from aios.policies.rules import evaluate
from aios.policies.schema import PolicySet
from aios.policies.verdict import Subject

NOON = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)
SURE = Subject(
    process="lead_intake",
    effect="mail.send",
    confidence=0.95,
    text="Thank you for your message.",
    amounts=(),
    recipients=("ana@lead.example",),
    tier="mid",
    first_contact=False,
    flags=(),
    now=NOON,
    case_id="lead-0001",
    key="mail.send/lead-0001/ev_1",
)


def policy(*rules: dict[str, Any], **settings_: Any) -> PolicySet:
    named = [{"name": f"rule-{number}", **rule} for number, rule in enumerate(rules, 1)]
    return PolicySet.model_validate_json(json.dumps({"version": 1, "rules": named, **settings_}))


ALLOW = {"when": {"effect": ["mail.send"]}, "then": "allow"}


def test_the_shipped_policy_lets_nothing_go_out_by_itself() -> None:
    assert evaluate(read_policy(default_text().encode()), SURE).outcome == "ask"


def test_where_no_rule_fits_the_owner_is_asked() -> None:
    verdict = evaluate(policy(), SURE)
    assert (verdict.outcome, verdict.rule) == ("ask", "default")


def test_the_first_rule_that_fits_decides_and_is_named() -> None:
    rules = policy({"name": "no-press", "when": {"recipient_domains": ["press.example"]}, "then": "deny"}, ALLOW)
    assert evaluate(rules, SURE).rule == "rule-2"
    verdict = evaluate(rules, replace(SURE, recipients=("a@press.example",)))
    assert (verdict.outcome, verdict.rule) == ("deny", "no-press")


@pytest.mark.parametrize(
    ("when", "change"),
    [
        ({"confidence_below": 0.5}, {"confidence": None}),
        ({"confidence_below": 0.5}, {"confidence": float("nan")}),
        ({"confidence_below": 0.5}, {"confidence": 7.0}),
        ({"amount_above": {"amount": 1000, "currency": "EUR"}}, {"amounts": (Money(100, "USD"),)}),
        ({"amount_above": {"amount": 1000, "currency": "EUR"}}, {"amounts": (Money(100_001),)}),
        ({"recipients_above": 1}, {"recipients": ("a@b.example", "c@d.example")}),
        ({"flags": ["injection"]}, {"flags": ("injection",)}),
        ({"tier": ["rules"]}, {"tier": "rules"}),
        ({"first_contact": True}, {"first_contact": True}),
        ({"words": ["secret*"]}, {"text": "Our SECRETS"}),
    ],
)
def test_what_is_suspicious_or_unknown_stops_an_allowing_rule_below(
    when: dict[str, Any], change: dict[str, Any]
) -> None:
    rules = policy({"when": when, "then": "ask"}, ALLOW)
    assert evaluate(rules, SURE).outcome == "allow"
    assert evaluate(rules, replace(SURE, **change)).rule == "rule-1"


@pytest.mark.parametrize(
    "when",
    [
        {"confidence_at_least": 0.9},
        {"amount_at_most": {"amount": 1000, "currency": "EUR"}},
        {"recipient_domains": ["lead.example"]},
    ],
)
def test_an_allowing_rule_does_not_hold_for_what_is_unknown(when: dict[str, Any]) -> None:
    rules = policy({"when": {"effect": ["mail.send"], **when}, "then": "allow"})
    assert evaluate(rules, SURE).outcome == "allow"
    unknown = replace(SURE, confidence=None, amounts=(Money(1, "USD"),), recipients=())
    assert evaluate(rules, unknown).outcome == "ask"


@pytest.mark.parametrize(
    "text",
    [
        "Der Vertrag",
        "VERTRÄGE? Nein: Vertragsstrafe",
        "lia\u200bbility",
        "ｌｉａｂｌｅ, liability",
        "legal\n  action",
        "NDA.",
    ],
)
def test_legal_words_are_found_however_they_are_written(text: str) -> None:
    rules = policy(
        {"when": {"legal_words": True}, "then": "ask"},
        ALLOW,
        legal_words=["vertrag*", "liabil*", "legal action", "nda"],
    )
    assert evaluate(rules, replace(SURE, text=text)).rule == "rule-1"
    assert evaluate(rules, replace(SURE, text="an agenda")).outcome == "allow"


def test_what_is_never_automatic_stays_so_under_any_rule() -> None:
    verdict = evaluate(policy(ALLOW, never_auto=["mail.*"]), SURE)
    assert (verdict.outcome, verdict.rule) == ("ask", "never-auto")


def test_a_rule_that_denies_is_stronger_than_the_never_list() -> None:
    rules = policy({"when": {"effect": ["mail.send"]}, "then": "deny"}, never_auto=["mail.*"])
    assert evaluate(rules, SURE).outcome == "deny"


def test_in_quiet_hours_an_allowed_effect_waits_for_their_end() -> None:
    rules = policy(ALLOW, quiet_hours={"timezone": "Europe/Berlin", "start": "21:00", "end": "07:00"})
    assert evaluate(rules, SURE).not_before is None
    late = replace(SURE, now=datetime(2026, 11, 18, 23, 0, tzinfo=UTC))
    assert evaluate(rules, late).not_before == datetime(2026, 11, 19, 6, 0, tzinfo=UTC)


def test_sampling_takes_the_same_texts_every_time_and_about_the_share_asked_for() -> None:
    rules = policy({"name": "spot", "when": {"sample": 0.2}, "then": "ask"}, ALLOW)
    subjects = [replace(SURE, key=f"mail.send/lead-{number}") for number in range(2000)]
    first = [evaluate(rules, subject).rule for subject in subjects]
    assert first == [evaluate(rules, subject).rule for subject in subjects]
    assert 320 < first.count("spot") < 480


def test_sampling_nothing_and_everything() -> None:
    assert evaluate(policy({"when": {"sample": 0.0}, "then": "ask"}, ALLOW), SURE).outcome == "allow"
    assert evaluate(policy({"when": {"sample": 1.0}, "then": "ask"}, ALLOW), SURE).outcome == "ask"


SUBJECTS = st.builds(
    replace,
    st.just(SURE),
    confidence=st.none() | st.floats(allow_nan=True),
    amounts=st.lists(st.builds(Money, st.integers(0, 10**7), st.sampled_from(["EUR", "USD"])), max_size=3).map(tuple),
    text=st.sampled_from(["Hello", "the contract", "a discount"]),
    flags=st.sampled_from([(), ("injection",), ("ungrounded",)]),
    first_contact=st.booleans(),
    key=st.text(max_size=8),
    effect=st.sampled_from(["mail.send", "payment.refund"]),
    tier=st.sampled_from(["rules", "mid"]),
)
WHENS = st.fixed_dictionaries(
    {"effect": st.just(["*"])},
    optional={
        "confidence_at_least": st.floats(0, 1),
        "amount_at_most": st.just({"amount": 100, "currency": "EUR"}),
        "first_contact": st.booleans(),
        "sample": st.floats(0, 1),
        "tier": st.just(["mid"]),
    },
)
RULES = st.lists(st.fixed_dictionaries({"when": WHENS, "then": st.sampled_from(["allow", "ask", "deny"])}), max_size=4)
STRICTNESS = {"allow": 0, "ask": 1, "deny": 2}


@settings(max_examples=150, deadline=None)
@given(subject=SUBJECTS, rules=RULES, when=WHENS, then=st.sampled_from(["ask", "deny"]))
def test_a_stricter_rule_on_top_never_turns_ask_into_allow(
    subject: Subject, rules: list[dict[str, Any]], when: dict[str, Any], then: str
) -> None:
    rules = [{"name": f"kept-{number}", **rule} for number, rule in enumerate(rules)]
    before = evaluate(policy(*rules), subject)
    after = evaluate(policy({"name": "stricter", "when": when, "then": then}, *rules), subject)
    assert after.outcome in {before.outcome, then}
    assert not (before.outcome != "allow" and after.outcome == "allow")
    assert after.rule
