"""Webhook notices: another program is told of an event that the policies subscribe it to.

notice → notice_delivered
"""

from aios.cases.process import WEBHOOK_NOTICE
from aios.processes.context import StepContext
from aios.processes.notice import Delivered, Notice, delivered, notice_of
from aios.processes.process import Process
from assets.steps import process_chain

WEBHOOK_NOTICE_PROCESS = Process(WEBHOOK_NOTICE)


@WEBHOOK_NOTICE_PROCESS.step()
def notice(step: StepContext) -> Notice:
    """What it is told, and where."""
    return notice_of(step)


@WEBHOOK_NOTICE_PROCESS.step()
def notice_delivered(step: StepContext, notice: Notice) -> Delivered:
    """It took it, once; what it refuses for good, or too often, is a question to the owner."""
    done = delivered(step, notice)
    step.close("delivered")
    return done


WEBHOOK_NOTICE_CHAIN = process_chain(WEBHOOK_NOTICE_PROCESS)
