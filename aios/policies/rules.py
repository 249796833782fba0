"""`evaluate`: the first rule whose conditions all hold decides; where none does, the owner is asked."""

import hashlib
import math
from collections.abc import Iterator
from fnmatch import fnmatchcase

from aios.policies.quiet import quiet_until
from aios.policies.schema import Conditions, PolicySet, Rule, Sum
from aios.policies.verdict import Subject, Verdict
from aios.policies.words import found_words

DEFAULT = Verdict("ask", "default", "No rule lets this happen by itself.")

Held = tuple[bool, str]
"""Whether a condition holds, and what was found, in words (empty where it goes without saying)."""


def evaluate(policy: PolicySet, subject: Subject) -> Verdict:
    """The verdict of the policy on the subject; it depends on nothing else, so it can be given again later.

    What is unknown counts as the worse: no confidence is low confidence, an amount in another currency is too high.
    """
    verdict = _first_match(policy, subject)
    if verdict.outcome != "allow":
        return verdict
    if _is(subject.effect, policy.never_auto):
        return Verdict("ask", "never-auto", f"{subject.effect} is on the list of what never happens by itself.")
    return Verdict("allow", verdict.rule, verdict.reason, quiet_until(policy.quiet_hours, subject.now))


def priority(policy: PolicySet, *, process: str, effect: str, otherwise: int) -> int:
    """0 for what goes out before everything else when not all can, 2 for what goes last; `otherwise` where not said."""
    for value, patterns in ((0, policy.priorities.critical), (2, policy.priorities.low)):
        if _is(effect, patterns) or _is(process, patterns):
            return value
    return otherwise


def binds(rule: Rule, *, process: str, effect: str) -> bool:
    """Whether the rule could decide about that effect of that process, whatever else it asks."""
    when = rule.when
    return (when.process is None or _is(process, when.process)) and (when.effect is None or _is(effect, when.effect))


def _first_match(policy: PolicySet, subject: Subject) -> Verdict:
    for rule in policy.rules:
        held = list(_conditions(policy, rule, subject))
        if all(holds for holds, _ in held):
            found = "; ".join(finding for _, finding in held if finding)
            reason = f"{rule.because} ({found})" if rule.because and found else rule.because or found
            return Verdict(rule.then, rule.name, reason or f"Rule {rule.name}.")
    return DEFAULT


def _conditions(policy: PolicySet, rule: Rule, subject: Subject) -> Iterator[Held]:
    yield from _about_the_effect(rule.when, subject)
    yield from _about_measures(rule.when, subject)
    yield from _about_the_text(rule.when, subject, policy.legal_words)
    if rule.when.quiet_hours is not None:
        yield (quiet_until(policy.quiet_hours, subject.now) is not None) == rule.when.quiet_hours, ""
    if rule.when.sample is not None:
        yield _sampled(f"{rule.name}\n{subject.key}", rule.when.sample), ""


def _about_the_effect(when: Conditions, subject: Subject) -> Iterator[Held]:
    if when.process is not None:
        yield _is(subject.process, when.process), ""
    if when.effect is not None:
        yield _is(subject.effect, when.effect), ""
    if when.tier is not None:
        yield _is(subject.tier, when.tier), ""
    if when.flags is not None:
        raised = [flag for flag in subject.flags if _is(flag, when.flags)]
        yield bool(raised), ", ".join(raised)
    if when.first_contact is not None:
        yield subject.first_contact == when.first_contact, ""


def _about_measures(when: Conditions, subject: Subject) -> Iterator[Held]:
    confidence = _confidence(subject)
    if when.confidence_below is not None:
        yield confidence < when.confidence_below, f"{confidence:.2f} is below {when.confidence_below:.2f}"
    if when.confidence_at_least is not None:
        yield confidence >= when.confidence_at_least, f"{confidence:.2f} is at least {when.confidence_at_least:.2f}"
    if when.amount_above is not None:
        above = _above(subject, when.amount_above)
        yield bool(above), ", ".join(above)
    if when.amount_at_most is not None:
        yield not _above(subject, when.amount_at_most), ""
    if when.recipients_above is not None:
        count = len(set(subject.recipients))
        yield count > when.recipients_above, f"{count} receivers"
    if when.recipient_domains is not None:
        domains = [address.rpartition("@")[2].lower() for address in subject.recipients]
        yield bool(domains) and all(_is(domain, when.recipient_domains) for domain in domains), ""


def _about_the_text(when: Conditions, subject: Subject, legal_words: tuple[str, ...]) -> Iterator[Held]:
    if when.legal_words is not None:
        found = found_words(legal_words, subject.text)
        yield bool(found) == when.legal_words, ", ".join(found)
    if when.words is not None:
        found = found_words(when.words, subject.text)
        yield bool(found), ", ".join(found)


def _is(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def _confidence(subject: Subject) -> float:
    """What was said, or 0 where nothing was, or nonsense."""
    value = subject.confidence
    return value if value is not None and math.isfinite(value) and 0 <= value <= 1 else 0.0


def _above(subject: Subject, limit: Sum) -> list[str]:
    top = limit.money()
    return [str(sum_) for sum_ in subject.amounts if sum_.currency != top.currency or sum_.minor > top.minor]


def _sampled(seed: str, share: float) -> bool:
    """The same answer for the same seed at any time; true for `share` of all seeds."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6]) < share * 2**48
