"""Verdicts: the first rule that fits decides and is named; in doubt the owner is asked; stricter is never looser."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios.money import Money
from aios.policies.document import default_text, read_policy
from aios.policies.rules import evaluate
from aios.policies.schema import Conditions, PolicySet, QuietHours, Rule
from aios.policies.verdict import Subject
from tests.policing import ALLOW_ALL, SUBJECT, policy


def rule(when: str, then: str = "ask") -> PolicySet:
    return policy(f"rules:\n  - {{name: this-one, when: {{{when}}}, then: {then}}}\n")


def holds(when: str, **about: Any) -> bool:
    """Whether the condition holds for a subject with these properties."""
    verdict = evaluate(rule(when, "deny"), replace(SUBJECT, **about))
    assert verdict.rule in ("this-one", "default")
    return verdict.rule == "this-one"


def test_the_first_rule_that_fits_decides_and_is_named() -> None:
    found = policy(
        "rules:\n  - {name: a, when: {tier: [large]}, then: deny}\n"
        "  - {name: b, when: {tier: [small]}, then: ask, because: It is small.}\n"
        "  - {name: c, when: {tier: [small]}, then: deny}\n"
    )
    assert (evaluate(found, SUBJECT).outcome, evaluate(found, SUBJECT).rule) == ("ask", "b")
    assert evaluate(found, SUBJECT).reason == "It is small."


def test_where_no_rule_fits_the_owner_is_asked() -> None:
    verdict = evaluate(policy(""), SUBJECT)
    assert (verdict.outcome, verdict.rule) == ("ask", "default")


def test_all_conditions_of_a_rule_must_hold() -> None:
    both = "tier: [small], confidence_below: 0.5"
    assert not holds(both)
    assert not holds(both, tier="mid", confidence=0.2)
    assert holds(both, confidence=0.2)


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf"), -1.0, 7.0])
def test_a_confidence_that_is_missing_or_nonsense_is_no_confidence(nothing: float | None) -> None:
    assert holds("confidence_below: 0.1", confidence=nothing)
    assert not holds("confidence_at_least: 0.1", confidence=nothing)


def test_confidence_is_compared_at_its_edge() -> None:
    assert not holds("confidence_below: 0.95")
    assert holds("confidence_at_least: 0.95")


def test_amounts_above_a_limit_are_found_and_another_currency_is_above_any() -> None:
    limit = "amount_above: {amount: 1000, currency: EUR}"
    assert not holds(limit)
    assert not holds(limit, amounts=(Money(100_000),))
    assert holds(limit, amounts=(Money(100), Money(100_001)))
    assert holds(limit, amounts=(Money(1, "USD"),))
    assert not holds("amount_at_most: {amount: 1000, currency: EUR}", amounts=(Money(1, "USD"),))
    assert holds("amount_at_most: {amount: 10.50, currency: EUR}", amounts=(Money(1050),))


LEGAL = 'legal_words: ["contract*", haftung*, "legal action", nda]\n'
LEGAL_RULE = "rules:\n  - {name: legal, when: {legal_words: true}, then: ask}\n"


@pytest.mark.parametrize(
    "text",
    [
        "We sign the CONTRACTS today.",
        "eine Haftungsfrage",
        "take legal\n   action",
        "an NDA, please",
        "con\u200btract",
        "ｃｏｎｔｒａｃｔ",
        "co\u00adntract",
    ],
)
def test_legal_words_are_found_however_they_are_written(text: str) -> None:
    verdict = evaluate(policy(LEGAL + LEGAL_RULE), replace(SUBJECT, text=text))
    assert verdict.rule == "legal"
    assert verdict.reason != "Rule legal."


@pytest.mark.parametrize("text", ["agenda", "Brenda", "subcontract", "legal or action", ""])
def test_words_that_only_contain_a_legal_word_are_not_taken_for_one(text: str) -> None:
    assert evaluate(policy(LEGAL + LEGAL_RULE), replace(SUBJECT, text=text)).rule == "default"


def test_receivers_flags_domains_and_first_contact_are_looked_at() -> None:
    assert holds("recipients_above: 1", recipients=("a@x.example", "b@x.example"))
    assert not holds("recipients_above: 1", recipients=("a@x.example", "a@x.example"))
    assert holds("flags: [injection]", flags=("other", "injection"))
    assert not holds("flags: [injection]")
    assert holds("first_contact: true", first_contact=True)
    assert holds('recipient_domains: ["*.example"]')
    assert not holds("recipient_domains: [x.example]", recipients=("a@x.example", "b@y.example"))
    assert not holds('recipient_domains: ["*"]', recipients=())


def test_what_never_happens_by_itself_is_asked_even_where_a_rule_allows_it() -> None:
    text = f'never_auto: ["payment.*"]\nrules:\n  {ALLOW_ALL}\n'
    assert evaluate(policy(text), SUBJECT).outcome == "allow"
    verdict = evaluate(policy(text), replace(SUBJECT, effect="payment.refund"))
    assert (verdict.outcome, verdict.rule) == ("ask", "never-auto")


@given(st.text(min_size=1, max_size=40), st.floats(0, 1))
def test_a_sample_is_the_same_at_any_time(key: str, share: float) -> None:
    when = f"sample: {share:.4f}"
    later = SUBJECT.now + timedelta(days=400)
    assert holds(when, key=key) == holds(when, key=key, now=later, text="something else", confidence=0.1)


def test_a_sample_is_about_the_share_it_says_and_grows_with_it() -> None:
    keys = [f"mail.send/lead-{number:04}" for number in range(2000)]
    tenth = {key for key in keys if holds("sample: 0.1", key=key)}
    half = {key for key in keys if holds("sample: 0.5", key=key)}
    assert 140 < len(tenth) < 260
    assert tenth < half
    assert not holds("sample: 0")
    assert all(holds("sample: 1", key=key) for key in keys[:50])


FIRST, LAST = (datetime(year, 1, 1) for year in (2026, 2028))  # noqa: DTZ001  # hypothesis wants them naive
NIGHT = QuietHours.model_validate_json('{"start": "21:00", "end": "07:00", "whole_days": ["sunday"]}')

CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "process": st.sampled_from([("lead_intake",), ("dunning",), ("*",)]),
        "effect": st.sampled_from([("mail.send",), ("payment.*",), ("*",)]),
        "tier": st.sampled_from([("rules",), ("small", "mid")]),
        "confidence_at_least": st.floats(0, 1),
        "amount_at_most": st.just({"amount": "1000", "currency": "EUR"}),
        "first_contact": st.booleans(),
        "quiet_hours": st.booleans(),
        "sample": st.floats(0, 1),
    },
).filter(bool)
SUBJECTS = st.builds(
    replace,
    st.just(SUBJECT),
    process=st.sampled_from(["lead_intake", "dunning"]),
    effect=st.sampled_from(["mail.send", "payment.refund"]),
    confidence=st.none() | st.floats(),
    text=st.sampled_from(["hello", "a contract"]),
    amounts=st.sampled_from([(), (Money(50),), (Money(500_000),), (Money(5, "USD"),)]),
    tier=st.sampled_from(["rules", "small", "mid"]),
    first_contact=st.booleans(),
    flags=st.sampled_from([(), ("injection",)]),
    now=st.datetimes(FIRST, LAST).map(lambda now: now.replace(tzinfo=UTC)),
    key=st.text(max_size=5),
)


def _rule(number: int, when: dict[str, Any], then: str) -> Rule | None:
    if then == "allow" and "effect" not in when:
        return None
    conditions = Conditions.model_validate(when, strict=False)
    return Rule.model_validate({"name": f"r{number}", "when": conditions, "then": then})


RULES = st.lists(st.tuples(CONDITIONS, st.sampled_from(["allow", "ask", "deny"])), max_size=5).map(
    lambda made: tuple(rule for n, (when, then) in enumerate(made) if (rule := _rule(n, when, then)))
)
STRENGTH = {"allow": 0, "ask": 1, "deny": 2}


def _set(rules: tuple[Rule, ...]) -> PolicySet:
    return PolicySet(version=1, rules=rules, quiet_hours=NIGHT, never_auto=("payment.*",), legal_words=("contract*",))


@given(RULES, CONDITIONS, st.sampled_from(["ask", "deny"]), SUBJECTS)
def test_a_stricter_rule_on_top_never_lets_out_what_was_held(
    rules: tuple[Rule, ...], when: dict[str, Any], then: str, subject: Subject
) -> None:
    top = _rule(99, when, then)
    assert top is not None
    before, after = evaluate(_set(rules), subject), evaluate(_set((top, *rules)), subject)
    if before.outcome != "allow":
        assert after.outcome != "allow"
    if after.rule != "r99":
        assert after == before


@given(RULES, SUBJECTS)
def test_every_verdict_names_a_rule_that_is_there_and_gives_a_reason(rules: tuple[Rule, ...], subject: Subject) -> None:
    verdict = evaluate(_set(rules), subject)
    assert verdict.rule in {rule.name for rule in rules} | {"default", "never-auto"}
    assert verdict.reason
    assert verdict == evaluate(_set(rules), subject)


@given(RULES, SUBJECTS, st.floats(0, 1), st.floats(0, 1))
def test_less_confidence_never_opens_what_the_shipped_rules_close(
    rules: tuple[Rule, ...], subject: Subject, one: float, other: float
) -> None:
    allowing = tuple(rule for rule in rules if rule.then == "allow")
    shipped = read_policy(default_text().encode()).rules
    found = _set((*shipped, *allowing))
    low, high = (evaluate(found, replace(subject, confidence=sure)) for sure in sorted((one, other)))
    assert STRENGTH[low.outcome] >= STRENGTH[high.outcome]
