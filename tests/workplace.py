"""A workspace with work in it: a kernel in its home, leads that wait for the owner, and a browser-like client."""

from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from aios.clock import Clock, ManualClock
from aios.decisions.shown import Evidence, Impact, Shown
from aios.effects.gate import Proposal
from aios.events.catalog import IncomingMessage, LeadReceived
from aios.kernel import Kernel, open_kernel
from aios.policies.verdict import Subject
from aios.settings import Settings
from aios.workspace.app import create_app

ORIGIN = "http://127.0.0.1:8400"


def kernel_at(home: Path, clock: Clock | None = None, **settings: Any) -> Kernel:
    """A kernel in the home; lexical recall, and no model."""
    given = {
        "aios_home": home,
        "aios_owner_email": "owner@studio.example",
        "aios_embeddings": "lexical",
        "aios_dagster_port": 9,
        **settings,
    }
    return open_kernel(Settings.model_validate(given), clock or ManualClock())


def client_of(kernel: Kernel) -> TestClient:
    """A client on the workspace's own address, which does not follow redirects by itself."""
    return TestClient(create_app(kernel), base_url=ORIGIN, follow_redirects=False)


def form_token(client: TestClient) -> str:
    """The token that the forms of a page carry."""
    found = client.get("/cases").text.split('"X-Form-Token": "', 1)[1]
    return found.split('"', 1)[0]


def post(client: TestClient, path: str, **fields: Any) -> Any:
    """Send a form as one of the workspace's pages does."""
    return client.post(path, data={"form_token": form_token(client), **fields})


def lead(
    kernel: Kernel,
    *,
    name: str = "Ada Byron",
    email: str = "ada@engines.example",
    subject: str = "Website for our workshop",
    text: str = "Hello, we need a new website before March. Can you help, and what would it cost?",
    source_id: str = "",
) -> str:
    """A lead comes in; returns its case."""
    payload = {"sender": {"name": name, "email": email}, "subject": subject, "text": text}
    receipt = kernel.intake.receive_event("lead.received", "test", source_id or f"{email}/{subject}", payload)
    assert receipt.case_id, receipt
    return receipt.case_id


def ask(
    kernel: Kernel,
    case_id: str,
    *,
    text: str = "Hello Ada,\n\nthank you for writing. A small website starts at EUR 3,200.\n\nBest regards",
    confidence: float = 0.62,
    warnings: tuple[str, ...] = (),
) -> str:
    """The steps of a case have run, and the owner is asked about its reply; returns the decision."""
    message = message_of(kernel, case_id)
    _steps(kernel, case_id, message, text, confidence)
    request = {"to": [message.sender.email], "subject": f"Re: {message.subject}", "text": text}
    made = {"agent": "drafter", "agent_version": "1", "tier": "rules", "model": "rules", "cost_micros": 0}
    shown = Shown(
        title=f"Reply to {message.sender.name}: {message.subject}",
        summary=f"{message.sender.name} wants a website before March and asks for a price.",
        evidence=evidence(message, case_id),
        proposal=request,
        editable=("subject", "text", "to"),
        warnings=warnings,
        confidence=confidence,
        impact=Impact(people=1, reversible="A sent mail cannot be taken back; you can undo it for 30 seconds."),
        provenance=made,
    )  # fmt: skip
    key = f"mail.send/{case_id}/{source_event(kernel, case_id)}"
    subject = Subject(
        process="lead_intake", effect="mail.send", confidence=confidence, text=text, amounts=(), tier="rules",
        recipients=(message.sender.email,), first_contact=True, flags=(), now=kernel.clock.now(),
        case_id=case_id, key=key,
    )  # fmt: skip
    inputs = {"lead_reply_draft": _version(kernel, case_id)}
    kernel.gate.propose(
        Proposal(key, case_id, "lead_reply", "mail", "send", request, inputs, shown, subject, run_id="run-2f4c9a10")
    )
    with kernel.database.write() as tx:
        kernel.cases.wait(tx, case_id, "lead_reply", "decision", "The owner decides first.")
        return kernel.decisions.list(tx, status="open", case_id=case_id)[0].id


def evidence(message: IncomingMessage, case_id: str) -> tuple[Evidence, ...]:
    """Three reasons to say yes or no."""
    link = f"/cases/{case_id}"
    return (
        Evidence(label="They wrote", text=message.text, source=message.channel, link=link),
        Evidence(label="Score 72, fit strong", text="+20 names a deadline; +15 fits", source="qualifier"),
        Evidence(label="What the reply rests on", text="Packaged website", source="memory", link=f"{link}#context"),
    )


def message_of(kernel: Kernel, case_id: str) -> IncomingMessage:
    """The message that opened the case."""
    with kernel.database.read() as connection:
        payload = kernel.log.read(connection, case_id=case_id, types=(LeadReceived.type,))[0].payload
    assert isinstance(payload, IncomingMessage)
    return payload


def source_event(kernel: Kernel, case_id: str) -> str:
    """The id of the event that opened the case."""
    with kernel.database.read() as connection:
        return kernel.log.read(connection, case_id=case_id, types=(LeadReceived.type,))[0].id


def _steps(kernel: Kernel, case_id: str, message: IncomingMessage, text: str, confidence: float) -> None:
    piece = {
        "kind": "document", "title": "Packaged website", "text": "A small website: EUR 3,200, four weeks.",
        "source": "offers.md", "item_id": "mem_1", "tokens": 14, "reason": "says website",
    }  # fmt: skip
    snapshot = {
        "case_id": case_id, "contact_id": "", "budget_tokens": 2000, "tokens": 14, "pieces": [piece],
        "left_out": [{"kind": "document", "title": "Terms", "item_id": "mem_2", "tokens": 4000}],
    }  # fmt: skip
    made = {"agent": "drafter", "agent_version": "1", "tier": "rules", "model": "rules", "run_id": "run-2f4c9a10"}
    with kernel.database.write() as tx:
        trigger = kernel.cases.get(tx, case_id).trigger
        contact = kernel.contacts.resolve(tx, message.sender, trigger)
        kernel.cases.name(tx, case_id, contact_id=contact)
        record = kernel.artifacts.record
        record(tx, case_id, "lead", {"kind": "lead", "language": "en"}, {}, made)
        record(tx, case_id, "lead_context", snapshot, {"lead": 1}, {"run_id": made["run_id"]})
        record(tx, case_id, "lead_qualification", {"score": 72, "fit": "strong"}, {"lead": 1}, made)
        draft = {"subject": f"Re: {message.subject}", "body": text}
        record(tx, case_id, "lead_reply_draft", draft, {"lead_qualification": 1}, {**made, "confidence": confidence})


def _version(kernel: Kernel, case_id: str) -> int:
    with kernel.database.read() as connection:
        artifact = kernel.artifacts.latest(connection, case_id, "lead_reply_draft")
    assert artifact is not None
    return artifact.version
