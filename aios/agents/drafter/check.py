"""The drafter's check: a draft that states what has no ground loses its confidence, and is sent back once."""

from aios.agents.agent import Finding
from aios.agents.drafter.contract import Draft, DrafterInput
from aios.agents.grounding.check import check, ground_of
from aios.agents.language import language_of

UNCHECKED = 0.5
"""The most that a draft in a language we cannot read for promises may be trusted."""


def check_draft(given: DrafterInput, draft: Draft) -> tuple[Finding, ...]:
    """What the draft states without ground, and whether its language can be checked for promises."""
    ground = ground_of(given.context, (*given.earlier, given.message), (given.owner_name, given.business_name))
    found = check(draft, ground, given.message.subject)
    findings = [
        Finding("ungrounded", f'"{item.text}" ({item.kind}): {item.reason} Take it out, or ask.') for item in found
    ]
    language, sure = language_of(draft.body)
    if language not in ("en", "de") and sure > 0.8:
        text = f"Promises cannot be checked in this language ({language}); please read it yourself."
        findings.append(Finding("unchecked-language", text, ceiling=UNCHECKED, mendable=False))
    return tuple(findings)
