"""`AgentResult`: an agent's output, and everything that says where it comes from."""

from dataclasses import dataclass
from typing import Generic, Literal

from aios.agents.agent import Finding, O

RULES_MODEL = "rules"
"""What stands for the model where none was asked."""

Cause = Literal["", "no key", "unavailable", "refused", "budget"]
"""Why no model answered. `refused`: the server takes the key or the request at no time; the owner mends it."""


@dataclass(frozen=True)
class AgentResult(Generic[O]):
    """An agent's output and where it comes from.

    `flags` were raised by the agent's check (`ungrounded`), with the `findings` behind them; `notes` are sentences
    for the owner. `confidence` is the output's own, lowered where a check found something. `cause` is why a model that
    was wanted did not answer (a revision may fail as well); `remedy` says what would bring it back. `used` are
    the memory items of the owner's preferences that told in the rules' output.
    """

    output: O
    confidence: float
    agent: str
    agent_version: str
    prompt_digest: str
    tier: str
    model: str
    cost_micros: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    journalled: bool = False
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    cause: Cause = ""
    remedy: str = ""
    used: tuple[str, ...] = ()
