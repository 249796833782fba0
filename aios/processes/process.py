"""A process and its steps, as a module in `assets/` declares them."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from pydantic import BaseModel

from aios.agents.agent import Agent
from aios.cases.cases import Case
from aios.cases.process import ProcessInfo
from aios.kernel import Kernel

StepFunction = Callable[..., BaseModel]


@dataclass(frozen=True)
class Step:
    """One step: a typed function of its upstream outputs.

    `inputs` maps each upstream step to the type its output is read as; both come from the function's own signature.
    """

    name: str
    function: StepFunction
    inputs: dict[str, type[BaseModel]]
    output: type[BaseModel]
    code_version: str
    agents: tuple[Agent[Any, Any], ...] = ()

    @property
    def description(self) -> str:
        """What the step does, in the words of its docstring."""
        return inspect.getdoc(self.function) or ""


@dataclass
class Process:
    """A versioned chain of steps, filled by the `step` decorator in the order in which it reads.

    `undo` is what a rollback of a case starts beside undoing its effects; it may be called more than once.
    """

    info: ProcessInfo
    steps: list[Step] = field(default_factory=list[Step])
    undo: Callable[[Kernel, Case], None] | None = None

    def step(self, *agents: Agent[Any, Any]) -> Callable[[StepFunction], StepFunction]:
        """Declare the next step. Its parameters after the first are the upstream steps it reads, by name."""

        def declare(function: StepFunction) -> StepFunction:
            self.steps.append(_step(self.info, function, agents))
            return function

        return declare

    def steps_from(self, first: str) -> tuple[str, ...]:
        """The names of the steps from one on; all of them where none has that name."""
        names = tuple(step.name for step in self.steps)
        return names[names.index(first) if first in names else 0 :]


def _step(info: ProcessInfo, function: StepFunction, agents: tuple[Agent[Any, Any], ...]) -> Step:
    hints = get_type_hints(function)
    upstream = list(inspect.signature(function).parameters)[1:]
    versions = [f"{info.name}@{info.version}", *(agent.code_version for agent in agents)]
    return Step(
        name=function.__name__,
        function=function,
        inputs={name: hints[name] for name in upstream},
        output=hints["return"],
        code_version=" ".join(versions),
        agents=agents,
    )
