"""`Agents`: run an agent on an input; by a model where one may be asked, by its rules otherwise."""

import json
from collections.abc import Callable
from dataclasses import replace

from aios.agents.agent import RULES_CONFIDENCE, Agent, Finding, I, O
from aios.agents.question import data_of, render
from aios.agents.redaction import Redactor
from aios.agents.result import RULES_MODEL, AgentResult, Cause
from aios.errors import AiosError, BudgetExceeded
from aios.models.errors import AnswerInvalid, ModelRefused, ModelUnavailable
from aios.models.gateway import Gateway
from aios.models.request import ModelAnswer, ModelRequest
from aios.policies.schema import Redaction

NO_KEY = "Set OPENAI_API_KEY or OPENAI_BASE_URL."


class Agents:
    """Runs agents. Without it, each step would have to know when a model may be asked and what to do without one."""

    def __init__(self, gateway: Gateway, redaction: Callable[[], Redaction] = Redaction) -> None:
        self.gateway = gateway
        self.redaction = redaction

    def run(
        self,
        agent: Agent[I, O],
        given: I,
        *,
        case_id: str,
        process: str,
        feedback: tuple[str, ...] = (),
        rules_only: bool = False,
    ) -> AgentResult[O]:
        """The agent's output. Where no model can be asked (no key, down, no budget, refused), its rules answer.

        Raises `AnswerInvalid` where the model's answers fit the contract neither the first nor the second time.
        """
        given = given.model_copy(update={"feedback": (*given.feedback, *feedback)})
        if rules_only:
            return self._by_rules(agent, given, "rules tier: no model was wanted")
        if not self.gateway.available:
            return self._by_rules(agent, given, "rules tier: no key", "no key", NO_KEY)
        try:
            return self._by_model(agent, given, case_id, process)
        except (ModelUnavailable, ModelRefused, BudgetExceeded) as error:
            return self._by_rules(agent, given, f"rules tier: {error.message}", _cause(error), error.remedy)

    def _by_rules(self, agent: Agent[I, O], given: I, note: str, cause: Cause = "", remedy: str = "") -> AgentResult[O]:
        answer = agent.rules(given)
        findings = agent.check(given, answer.output)
        result = AgentResult(
            output=answer.output,
            confidence=min(answer.output.confidence, RULES_CONFIDENCE),
            agent=agent.name,
            agent_version=agent.version,
            prompt_digest=agent.prompt_digest,
            tier="rules",
            model=RULES_MODEL,
            notes=(note, *answer.notes),
            cause=cause,
            remedy=remedy,
            used=answer.used,
        )
        return _with_findings(result, findings)

    def _by_model(self, agent: Agent[I, O], given: I, case_id: str, process: str) -> AgentResult[O]:
        first = self._ask(agent, given, case_id, process)
        findings = agent.check(given, first.output)
        to_mend = tuple(finding.message for finding in findings if finding.mendable)
        if not to_mend:
            return _with_findings(_result(agent, first), findings)
        again = given.model_copy(update={"feedback": (*given.feedback, *to_mend)})
        try:
            second = self._ask(agent, again, case_id, process)
        except (ModelUnavailable, ModelRefused, BudgetExceeded, AnswerInvalid) as error:
            note = f"the revision failed: {error.message}"
            kept = replace(_result(agent, first), notes=(note,), cause=_cause(error), remedy=error.remedy)
            return _with_findings(kept, findings)
        return _better(agent, given, (first, findings), second)

    def _ask(self, agent: Agent[I, O], given: I, case_id: str, process: str) -> ModelAnswer[O]:
        redactor = Redactor(self.redaction(), data_of(given))
        request = ModelRequest(
            agent=agent.name,
            agent_version=agent.version,
            tier=agent.tier,
            system=agent.prompt,
            user=render(data_of(given, redactor.hide), tuple(redactor.hide(point) for point in given.feedback)),
            schema=agent.output,
            case_id=case_id,
            process=process,
            max_tokens=agent.max_tokens,
        )
        answer = self.gateway.ask(request)
        output = agent.output.model_validate_json(json.dumps(redactor.restore(answer.output.model_dump(mode="json"))))
        return replace(answer, output=output)


def _cause(error: AiosError) -> Cause:
    if isinstance(error, ModelRefused):
        return "refused"
    if isinstance(error, BudgetExceeded):
        return "budget"
    return "unavailable" if isinstance(error, ModelUnavailable) else ""


def _better(
    agent: Agent[I, O], given: I, before: tuple[ModelAnswer[O], tuple[Finding, ...]], second: ModelAnswer[O]
) -> AgentResult[O]:
    """The revision, unless it is worse than what it revises; both were paid."""
    first, old = before
    new = agent.check(given, second.output)
    chosen, findings = (second, new) if len(new) <= len(old) else (first, old)
    result = _result(agent, chosen)
    paid = replace(
        result,
        cost_micros=first.cost_micros + second.cost_micros,
        tokens_in=first.tokens_in + second.tokens_in,
        tokens_out=first.tokens_out + second.tokens_out,
        journalled=first.journalled and second.journalled,
        notes=("revised once after a check",),
    )
    return _with_findings(paid, findings)


def _result(agent: Agent[I, O], answer: ModelAnswer[O]) -> AgentResult[O]:
    return AgentResult(
        output=answer.output,
        confidence=answer.output.confidence,
        agent=agent.name,
        agent_version=agent.version,
        prompt_digest=agent.prompt_digest,
        tier=answer.tier,
        model=answer.model,
        cost_micros=answer.cost_micros,
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        journalled=answer.journalled,
    )


def _with_findings(result: AgentResult[O], findings: tuple[Finding, ...]) -> AgentResult[O]:
    """The result with its flags; what a check found wrong takes its confidence away."""
    ceiling = min((finding.ceiling for finding in findings), default=1.0)
    flags = tuple(dict.fromkeys(finding.flag for finding in findings))
    return replace(result, confidence=min(result.confidence, ceiling), flags=flags, findings=findings)
