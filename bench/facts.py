"""The facts that leads leave in the log on their way to the owner's decision: events for filling a log with."""

from collections.abc import Iterator

from aios.events import catalog
from aios.events.event import NewEvent
from bench.leads import lead

MADE = ("lead", "lead_context", "lead_qualification", "lead_reply_draft")
PROVENANCE = {
    "agent": "drafter",
    "agent_version": "1",
    "prompt_digest": "5f2c" * 16,
    "tier": "small",
    "model": "gpt-5-nano",
    "cost_micros": 420,
    "tokens_in": 1830,
    "tokens_out": 210,
    "confidence": 0.8,
    "process_version": "1",
    "run_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
}


def facts(prefix: str) -> Iterator[NewEvent]:
    """Event after event, one lead after the other, without end; `prefix` keeps two of these apart in one log."""
    number = 0
    while True:
        number += 1
        yield from _of_one_lead(f"{prefix}-{number:07d}", number)


def _of_one_lead(name: str, number: int) -> Iterator[NewEvent]:
    message = catalog.LeadReceived.model_validate({**lead(number), "message_id": f"<{name}@lead.example>"})
    contact = catalog.ContactCreated(contact_id=f"con-{name}", kind="person", name=message.sender.name)
    alias = catalog.AliasAdded(contact_id=contact.contact_id, kind="email", value=f"{name}@lead.example")
    opened = catalog.CaseOpened(
        case_id=name, process="lead_intake", process_version="1", title=message.subject, trigger=f"ev_{name}"
    )
    yield NewEvent(f"case/{name}", message, name, "bench", name)
    yield NewEvent(f"case/{name}", opened, name)
    yield NewEvent(f"contact/{contact.contact_id}", contact)
    yield NewEvent(f"contact/{contact.contact_id}", alias)
    yield NewEvent(f"case/{name}", catalog.CaseNamed(contact_id=contact.contact_id, title=""), name)
    for index, step in enumerate(MADE):
        yield NewEvent(f"case/{name}", _made(step, dict.fromkeys(MADE[:index], 1)), name)
    effect = catalog.EffectProposed(
        key=f"{name}/reply",
        connector="mail",
        operation="send",
        request="7d" * 32,
        inputs=dict.fromkeys(MADE, 1),
        verdict="ask",
        rule="default",
        reason="Nothing goes out by itself.",
        mode="sandbox",
        step="lead_reply",
        run_id="",
    )
    decision = catalog.DecisionOpened(
        decision_id=f"dec-{name}",
        kind="effect",
        step="lead_reply",
        title=message.subject,
        effect_key=effect.key,
        shown="7d" * 32,
        inputs=effect.inputs,
        confidence=0.6,
        rule="default",
        expires_at="2026-12-01T09:00:00.000000Z",
    )
    yield NewEvent(f"effect/{effect.key}", effect, name)
    yield NewEvent(f"decision/{decision.decision_id}", decision, name)
    waits = catalog.CaseWaiting(step="lead_reply", on="decision", reason="The owner decides first.")
    yield NewEvent(f"case/{name}", waits, name)


def _made(step: str, inputs: dict[str, int]) -> catalog.ArtifactRecorded:
    return catalog.ArtifactRecorded(
        step=step, artifact_version=1, blob="3b" * 32, inputs=inputs, provenance=PROVENANCE, delta=()
    )
