"""A finding: what a rule says of an invoice, in a sentence, with what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error refuses the invoice; a warning is for a person to look at."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """The rule, what is wrong, and the remedy. `term` names the part of the invoice."""

    rule: str
    severity: Severity
    sentence: str
    remedy: str
    term: str = ""


def error(rule: str, sentence: str, remedy: str = "Ask the seller for a corrected invoice.", term: str = "") -> Finding:
    """A finding for which the invoice is refused."""
    return Finding(rule, Severity.ERROR, sentence, remedy, term)


def warning(rule: str, sentence: str, remedy: str = "Look at it before you pay.", term: str = "") -> Finding:
    """A finding for a person to look at."""
    return Finding(rule, Severity.WARNING, sentence, remedy, term)


def refused(findings: Iterable[Finding]) -> bool:
    """Whether any of them is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)
