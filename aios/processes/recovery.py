"""The effects of payment recovery: a notice, another try, a pause, and its end; each asked for as policy says."""

from typing import Any

from aios.clock import from_text
from aios.connectors.contract import Compensation
from aios.connectors.mail.message import MailRequest
from aios.connectors.payments.contract import PAYMENTS
from aios.database import blobs
from aios.decisions.shown import Evidence, Impact, Shown
from aios.effects import ledger
from aios.effects.carrying import carried
from aios.effects.compensation import key_of
from aios.effects.gate import Proposal
from aios.effects.ledger import Effect
from aios.events.catalog import EffectCompensated
from aios.events.event import NewEvent
from aios.policies.verdict import Subject
from aios.processes.context import StepContext
from aios.processes.payment import MOST_TRIES, Done, PaymentFailure, done_by

NOTICE = """Dear {name},

{what} {next}
{where}
If you have paid meanwhile, please disregard this mail.

{owner}
"""


def told(step: StepContext, failure: PaymentFailure) -> Done:
    """Tell the customer, once for each try that failed."""
    if failure.settled or not failure.email:
        return Done(why_not="It is settled." if failure.settled else "Nobody knows their mail address.")
    request = MailRequest(
        to=(failure.email,),
        subject=f"Payment of {failure.called} failed"[:200],
        text=_notice(step, failure),
        from_name=step.kernel.settings.aios_owner_name,
    )
    key = f"mail.send/{step.case.id}/failed/{failure.attempt}"
    words = "A sent mail cannot be taken back."
    return _carried(step, failure, key, "mail", "send", request.model_dump(mode="json"), words)


def tried_again(step: StepContext, failure: PaymentFailure) -> Done:
    """Take the money once more where Stripe does not do so by itself."""
    if failure.settled:
        return Done(why_not="It is settled.")
    if not failure.is_given_up:
        return Done(why_not=f"Stripe tries again by itself at {failure.next_attempt_at[:16]} UTC.")
    if failure.attempt >= MOST_TRIES:
        return Done(why_not=f"It has failed {failure.attempt} times.")
    key = f"payments.pay_invoice/{step.case.id}/{failure.attempt}"
    return _payment(step, failure, key, "pay_invoice", {"invoice": failure.invoice})


def paused(step: StepContext, failure: PaymentFailure, retry: Done) -> Done:
    """Pause what they pay for, once neither Stripe nor we try again."""
    if failure.settled or retry.status == "paid":
        return Done(why_not="It is settled.")
    if not failure.is_given_up:
        return Done(why_not="There is another try first.")
    if not failure.subscription:
        return Done(why_not="It is for no subscription.")
    asked = {"subscription": failure.subscription, "paused": True}
    return _payment(step, failure, pause_key(step.case.id), "set_paused", asked)


def resumed(step: StepContext, failure: PaymentFailure) -> Done:
    """Compensate the pause, if there was one: what they pay for goes on as before it."""
    with step.kernel.database.read() as connection:
        pause = ledger.find(connection, pause_key(step.case.id))
        asked: dict[str, Any] = blobs.find_json(connection, pause.request, {}) if pause else {}
    if pause is None or not pause.done:
        return Done(why_not="It was not paused.")
    undo = PAYMENTS.operation("set_paused").undo
    request = undo.request(asked, pause.receipt or {}) if isinstance(undo, Compensation) else {}
    done = _payment(step, failure, key_of(pause.key), "set_paused", request)
    if done.effect_key:
        with step.kernel.database.write() as tx:
            if ledger.get(tx, pause.key).done:
                payload = EffectCompensated(key=pause.key, by=done.effect_key)
                step.kernel.log.append(tx, NewEvent(f"effect/{pause.key}", payload, case_id=step.case.id))
    return done


def pause_key(case_id: str) -> str:
    """The key of the one pause of a case."""
    return f"payments.set_paused/{case_id}"


def _payment(step: StepContext, failure: PaymentFailure, key: str, operation: str, request: dict[str, Any]) -> Done:
    return _carried(step, failure, key, "payments", operation, request, PAYMENTS.operation(operation).undo.words)


def _carried(
    step: StepContext,
    failure: PaymentFailure,
    key: str,
    connector: str,
    operation: str,
    request: dict[str, Any],
    words: str,
) -> Done:
    """Have it done. What a rule denies, and what the outside refuses this once, is left: the next step goes on."""
    preview = step.kernel.connectors.contract(connector).preview(operation, request)
    people = tuple(request.get("to", ()))
    subject = Subject(
        process=step.case.process,
        effect=f"{connector}.{operation}",
        confidence=1.0,
        text=preview,
        amounts=(failure.money,),
        recipients=people,
        tier="rules" if connector == "mail" else "",
        first_contact=False,
        flags=(),
        now=step.kernel.clock.now(),
        case_id=step.case.id,
        key=key,
    )
    shown = _shown(failure, _title(failure, operation, request), preview, request, words)
    effect = step.kernel.gate.propose(
        Proposal(key, step.case.id, step.step, connector, operation, request, step.inputs, shown, subject, step.run_id)
    )
    return _left(effect) or _after(step, effect)


def _after(step: StepContext, effect: Effect) -> Done:
    executed = step.kernel.executor.carry_out(effect.key) if effect.state in ledger.READY else effect
    return _left(executed) or done_by(carried(step.kernel.executor, step.case, executed))


def _left(effect: Effect) -> Done | None:
    refused = effect.state == "failed" and effect.failure == "business"
    return Done(why_not=effect.reason) if refused or effect.state == "withdrawn" else None


def _title(failure: PaymentFailure, operation: str, request: dict[str, Any]) -> str:
    who = failure.name or failure.email or failure.invoice
    match operation:
        case "send":
            return f"Tell {who} that {failure.money} could not be taken"
        case "pay_invoice":
            return f"Take {failure.money} from {who} once more"
        case _ if request["paused"]:
            return f"Pause the subscription of {who}, who owes {failure.money}"
        case _:
            return f"Go on with the subscription of {who}, who owes nothing more"


def _shown(failure: PaymentFailure, title: str, preview: str, request: dict[str, Any], words: str) -> Shown:
    then = f"Stripe tries again at {failure.next_attempt_at[:16]} UTC." if failure.next_attempt_at else ""
    return Shown(
        title=title[:200],
        summary=f"{failure.called.capitalize()} was not paid at try {failure.attempt}. {then}".strip(),
        evidence=(
            Evidence(label="What failed", text=f"{failure.money} for {failure.called}", source="stripe"),
            Evidence(label="What would happen", text=preview, source="contract"),
        ),
        proposal=request,
        editable=("subject", "text") if "text" in request else (),
        confidence=1.0,
        impact=Impact(people=1, amount_minor=failure.amount, currency=failure.currency, reversible=words),
    )


def _notice(step: StepContext, failure: PaymentFailure) -> str:
    settings = step.kernel.settings
    again = f"It is tried again on {from_text(failure.next_attempt_at):%d %B %Y}." if failure.next_attempt_at else ""
    last = "Until it is paid, what you subscribed to may be paused." if failure.is_given_up else ""
    return NOTICE.format(
        name=failure.name or "customer",
        what=f"the payment of {failure.money} for {failure.called} did not go through.",
        next=again or last,
        where=f"You can pay or change your means of payment here: {failure.pay_at}\n" if failure.pay_at else "",
        owner=settings.aios_business_name or settings.aios_owner_name,
    )
