"""A subject that nothing speaks against, and policy sets from a few lines of text."""

from datetime import UTC, datetime
from functools import lru_cache

from aios.policies.document import read_policy
from aios.policies.schema import PolicySet
from aios.policies.verdict import Subject

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
"""A Wednesday at noon."""

SUBJECT = Subject(
    process="lead_intake",
    effect="mail.send",
    confidence=0.95,
    text="Thank you for your message.",
    amounts=(),
    recipients=("mira@kaffeekontor.example",),
    tier="small",
    first_contact=False,
    flags=(),
    now=NOW,
    case_id="lead-0001",
    key="mail.send/lead-0001/1",
)


@lru_cache
def policy(text: str) -> PolicySet:
    """The policy set that says this."""
    return read_policy(f"version: 1\n{text}".encode())


ALLOW_ALL = '- {name: open, when: {effect: ["*"]}, then: allow}'
"""A rule, for the end of a text."""
