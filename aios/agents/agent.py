"""`Agent`: a versioned capability. Its prompt asks a model for the output; its rules do without one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from aios.ids import digest_bytes

Tier = Literal["small", "mid", "large"]
Confidence = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

RULES_CONFIDENCE = 0.6
"""The most that rules are ever sure of what they wrote or judged."""


MOST_READ = 12_000
"""Characters that rules or a model read of one text, about five pages; what is longer is no letter."""


class AgentInput(BaseModel):
    """What an agent is given. `feedback` is what the owner, or a check, said about the previous output."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    feedback: tuple[str, ...] = ()


class AgentOutput(BaseModel):
    """What an agent answers; a model has to fill every field, so there are no defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    confidence: Confidence


I = TypeVar("I", bound=AgentInput)  # noqa: E741  # input and output, as in Agent[I, O]
O = TypeVar("O", bound=AgentOutput)  # noqa: E741


@dataclass(frozen=True)
class RulesAnswer(Generic[O]):
    """What the rules made of an input; `notes` say what they could not do, `used` which preferences told in it."""

    output: O
    notes: tuple[str, ...] = ()
    used: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What a check found wrong in an output: the flag it raises, and a sentence that says what to do about it.

    A model is asked once to mend it, where it is `mendable`. While it stands, confidence is at most `ceiling`.
    """

    flag: str
    message: str
    ceiling: float = 0.0
    mendable: bool = True


def _no_findings(_given: object, _output: object) -> tuple[Finding, ...]:
    return ()


@dataclass(frozen=True)
class Agent(Generic[I, O]):
    """A capability with a version. `check` reads an output beside its input and says what is wrong with it."""

    name: str
    version: str
    tier: Tier
    input: type[I]
    output: type[O]
    prompt: str = field(repr=False)
    rules: Callable[[I], RulesAnswer[O]] = field(repr=False)
    check: Callable[[I, O], tuple[Finding, ...]] = field(default=_no_findings, repr=False)
    max_tokens: int = 1200

    @cached_property
    def prompt_digest(self) -> str:
        """SHA-256 of the prompt."""
        return digest_bytes(self.prompt.encode())

    @property
    def code_version(self) -> str:
        """What changes when the agent does: name, version and the beginning of the prompt's digest."""
        return f"{self.name}@{self.version}+{self.prompt_digest[:8]}"


def read_prompt(package: str) -> str:
    """The `prompt.md` that lies in the agent's folder."""
    return resources.files(package).joinpath("prompt.md").read_text("utf-8")
