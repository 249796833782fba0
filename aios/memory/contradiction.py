"""A contradiction as a question to the owner: what is believed, what is said now, and where each comes from."""

from datetime import timedelta

from aios.decisions.decisions import FACT, Question
from aios.decisions.shown import Change, Evidence, Impact, Shown
from aios.memory.claim import Claim, Fact

ASK_FOR = timedelta(days=30)
"""How long the question stays open; unanswered, what is believed stays."""


def contradiction(name: str, old: Fact, claim: Claim, key: str) -> Question:
    """Which is right? A yes takes the new value, a no keeps the old one."""
    label = old.label.lower()
    shown = Shown(
        title=f"Which {label} is right? {name}",
        summary=f"{old.value} is believed; now {_said_by(claim.trust, claim.source)}: {claim.value}. "
        "Approve: take the new value. Reject: keep the old one.",
        evidence=(
            *(
                Evidence(
                    label=f"Believed: {old.value}",
                    text=str(source["quote"]) or f"{_said_by(source['trust'], source['source'])} so.",
                    source=str(source["source"]),
                    link=_link(str(source["case_id"])),
                )
                for source in old.sources[:5]
            ),
            Evidence(
                label=f"Said now: {claim.value}",
                text=claim.quote or f"{_said_by(claim.trust, claim.source)} so.",
                source=claim.source,
                link=_link(claim.case_id),
            ),
        ),
        proposal={"claim": claim.model_dump(), "against": old.item_id},
        diff=(Change(field=label, before=old.value, after=claim.value),),
        diff_against="what is believed",
        confidence=claim.confidence,
        impact=Impact(reversible="Correct or retract the fact in memory at any time."),
    )
    return Question(FACT, shown, key=key)


def _said_by(trust: str, source: str) -> str:
    who = {"owner": "you say", "contact": "they say", "document": f"{source} says", "rules": "the rules find"}
    return who[trust]


def _link(case_id: str) -> str:
    return f"/cases/{case_id}" if case_id else ""
