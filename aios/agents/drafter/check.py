"""The drafter's check: nothing in a draft that neither our documents nor the lead's own words bear out."""

from aios.agents.agent import Finding
from aios.agents.drafter.contract import Draft, DrafterInput
from aios.agents.grounding.check import check, ground_of

UNGROUNDED = "ungrounded"
"""The flag of a draft that states something without ground; its confidence is 0."""


def check_draft(given: DrafterInput, draft: Draft) -> tuple[Finding, ...]:
    """A finding for each thing the draft states without ground."""
    own = tuple(name for name in (given.owner_name, given.business_name) if name)
    ground = ground_of(given.context, (*given.earlier, given.message), own)
    problems = check(draft, ground, given.message.subject)
    return tuple(Finding(UNGROUNDED, f'"{problem.text}": {problem.reason}') for problem in problems)
