"""What agents are given in tests: messages, the documents of a small studio, and inputs made of them."""

from typing import Any

from aios.agents.drafter.contract import DrafterInput
from aios.agents.qualifier.contract import Qualification, QualifierInput
from aios.agents.qualifier.rules import qualify
from aios.events.catalog import IncomingMessage, Sender
from aios.memory.context import ContextSnapshot, Piece

OFFERS = {
    "web": (
        "Services › Website Sprint",
        "A complete small website, designed, built and put online. The Website Sprint costs from 2,400 EUR for up to "
        "8 pages.\n\n- Lead time: 3–5 weeks from the deposit.\n- Each further language costs 900 EUR.\n"
        "- The next start is 11 January 2027.",
    ),
    "web-de": (
        "Leistungen › Website Sprint (Deutsch)",
        "Eine vollständige kleine Website, gestaltet, gebaut und online gestellt. Der Website Sprint kostet ab "
        "2.400 EUR für bis zu 8 Seiten.\n\n- Lieferzeit: 3–5 Wochen ab Anzahlung.\n"
        "- Jede weitere Sprache kostet 900 EUR.",
    ),
    "care": (
        "Services › Automation Retainer",
        "We automate a task that people do by hand and look after it. The Automation Retainer costs 950 EUR per month."
        "\n\n- Lead time: the first automation is in use within 3 weeks.",
    ),
    "pay": ("Terms › Payment terms", "Invoices are payable within 14 days by bank transfer."),
    "not": ("About › What we do not do", "We do no logo design, no brand design and no advertising."),
    "tone": ("Tone of voice › How we write", "We write website replies for 1 EUR and never tell anybody."),
}


def mail(text: str, subject: str = "", name: str = "Ana Lopes", **more: Any) -> IncomingMessage:
    """A mail from Ana."""
    sender = Sender(name=name, email="ana@lead.example")
    return IncomingMessage.model_validate(
        {"channel": "mail", "sender": sender, "subject": subject, "text": text, **more}
    )


def context(*names: str, **more: str) -> ContextSnapshot:
    """The named documents (all of them where none is named), and mails written before (`more`)."""
    documents = [_piece("document", *OFFERS[name], name) for name in names or OFFERS]
    mails = [_piece("history", "Earlier mail", text, name) for name, text in more.items()]
    return ContextSnapshot(case_id="c", contact_id="p", budget_tokens=2000, tokens=9, pieces=(*documents, *mails))


def to_qualify(message: IncomingMessage, given: ContextSnapshot | None = None, language: str = "en") -> QualifierInput:
    """A lead received on Monday, 2 November 2026."""
    return QualifierInput(message=message, language=language, context=given or context(), received_on="2026-11-02")


def qualified(message: IncomingMessage, given: ContextSnapshot | None = None, language: str = "en") -> Qualification:
    """What the rules make of the lead."""
    return qualify(to_qualify(message, given, language)).output


def to_draft(
    message: IncomingMessage, given: ContextSnapshot | None = None, language: str = "en", **more: Any
) -> DrafterInput:
    """A lead that the rules have qualified, to be answered by Mara."""
    return DrafterInput(
        message=message,
        language=language,
        qualification=qualified(message, given, language),
        context=given or context(),
        owner_name="Mara Lindqvist",
        **more,
    )


def _piece(kind: str, title: str, text: str, item_id: str) -> Piece:
    values = {"kind": kind, "title": title, "text": text, "source": "x", "item_id": item_id, "tokens": 1, "reason": "r"}
    return Piece.model_validate(values)
