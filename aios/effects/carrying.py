"""Carrying an effect to its end: done, or the one reason why not, with the question that the owner must answer."""

from aios.cases.cases import Case
from aios.decisions.decisions import ASK_FOR, OUTCOME, REMEDY, Decisions, Question
from aios.decisions.shown import Evidence, Impact, Shown
from aios.effects.executor import Executor, blocked_by
from aios.effects.ledger import COMPENSATED, READY, UNDER_WAY, Effect
from aios.errors import ApprovalRequired, Blocked, HardFailure


def carried(executor: Executor, case: Case, effect: Effect) -> Effect:
    """The effect, done; otherwise raises `Blocked` with what it waits for, or `HardFailure`."""
    if effect.state in (*READY, *UNDER_WAY):
        effect = executor.carry_out(effect.key)
    if effect.state == COMPENSATED:
        raise Blocked("It was done, and a rollback has undone it; its key is used up.")
    if effect.done:
        return effect
    if effect.state == "unknown" and not effect.not_before:
        _ask(executor, _outcome(case, effect))
        raise ApprovalRequired("Nobody knows whether it went out; the owner says.")
    if effect.state == "failed":
        _ask(executor, _remedy(case, effect))
        raise HardFailure(effect.reason, effect.remedy)
    raise ApprovalRequired("The owner decides first.") if effect.state == "proposed" else blocked_by(effect)


def _ask(executor: Executor, question: Question) -> None:
    with executor.log.database.write() as tx:
        Decisions(executor.log).open(tx, question, ASK_FOR)


def _outcome(case: Case, effect: Effect) -> Question:
    shown = Shown(
        title=f"Did it go out? {effect.connector} {effect.operation} of {case.id}",
        summary="The connection broke before the answer came, and it could not be looked up. "
        "Approve: it went out. Reject: it did not, send it again.",
        evidence=(Evidence(label="What is known", text=effect.reason, source=f"effect {effect.key}"),),
        proposal={"key": effect.key, "attempt": effect.attempt},
        impact=Impact(people=1, reversible="Sending it again could reach the person twice.", mode=effect.mode),
    )
    return Question(OUTCOME, shown, case.id, effect.step, effect.key)


def _remedy(case: Case, effect: Effect) -> Question:
    shown = Shown(
        title=f"It could not go out: {case.title}",
        summary=effect.remedy or "Mend it, then approve to try again; reject to leave it.",
        evidence=(Evidence(label="The answer from outside", text=effect.reason, source=effect.connector),),
        impact=Impact(people=1, mode=effect.mode),
    )
    return Question(REMEDY, shown, case.id, effect.step, effect.key)
