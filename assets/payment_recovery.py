"""Payment recovery (P8): a payment failed, and is paid, or what it was for is paused.

payment_failure → payment_notice → payment_retry → access_pause → payment_outcome
"""

from aios.cases.process import PAYMENT_RECOVERY
from aios.errors import Awaited
from aios.processes.context import StepContext
from aios.processes.payment import Done, PaymentFailure, failure_of
from aios.processes.process import Process
from aios.processes.recovery import paused, resumed, told, tried_again
from assets.steps import process_chain

PAYMENT_RECOVERY_PROCESS = Process(PAYMENT_RECOVERY)


@PAYMENT_RECOVERY_PROCESS.step()
def payment_failure(step: StepContext) -> PaymentFailure:
    """What is owed, by whom, after how many tries; and whether it is settled by now."""
    failure = failure_of(step)
    if not failure.live and step.kernel.settings.aios_mode == "live":
        step.close("test mode", "It is of Stripe's test mode, and no money.")
    return failure


@PAYMENT_RECOVERY_PROCESS.step()
def payment_notice(step: StepContext, payment_failure: PaymentFailure) -> Done:
    """The customer is told of each try that failed, with the way to pay."""
    return told(step, payment_failure)


@PAYMENT_RECOVERY_PROCESS.step()
def payment_retry(step: StepContext, payment_failure: PaymentFailure) -> Done:
    """Another try where Stripe makes none by itself, up to four in all."""
    return tried_again(step, payment_failure)


@PAYMENT_RECOVERY_PROCESS.step()
def access_pause(step: StepContext, payment_failure: PaymentFailure, payment_retry: Done) -> Done:
    """The subscription is paused once nobody tries again."""
    return paused(step, payment_failure, payment_retry)


@PAYMENT_RECOVERY_PROCESS.step()
def payment_outcome(step: StepContext, payment_failure: PaymentFailure, access_pause: Done) -> Done:
    """Once it is settled, a pause is compensated and the case ends; until then it waits for Stripe to tell."""
    if not payment_failure.settled:
        raise Awaited("It waits for the payment; Stripe tells when it comes, or fails again.")
    done = resumed(step, payment_failure)
    step.close("recovered" if payment_failure.settled == "paid" else "written off")
    return done


PAYMENT_RECOVERY_CHAIN = process_chain(PAYMENT_RECOVERY_PROCESS)
