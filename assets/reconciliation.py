"""Reconciliation (P4): a bank's statement came in, and every entry of it is accounted for.

statement → statement_payouts → statement_matches → statement_accounted
"""

from aios.cases.process import RECONCILIATION
from aios.processes.context import StepContext
from aios.processes.process import Process
from aios.processes.reconciling import (
    BankStatement,
    StatementAccounted,
    StatementMatches,
    StatementPayouts,
    accounted,
    matched,
    payouts,
    said_by,
)
from assets.steps import process_chain

RECONCILIATION_PROCESS = Process(RECONCILIATION)


@RECONCILIATION_PROCESS.step()
def statement(step: StepContext) -> BankStatement:
    """The statement, and how many of its entries are new."""
    return said_by(step)


@RECONCILIATION_PROCESS.step()
def statement_payouts(step: StepContext, statement: BankStatement) -> StatementPayouts:
    """What the payouts of Stripe among its entries are made of, as Stripe tells it."""
    return payouts(step)


@RECONCILIATION_PROCESS.step()
def statement_matches(step: StepContext, statement_payouts: StatementPayouts) -> StatementMatches:
    """What each entry's money was for, matched and booked where that is clear; the owner is asked about the rest."""
    return matched(step, statement_payouts)


@RECONCILIATION_PROCESS.step()
def statement_accounted(step: StepContext, statement_matches: StatementMatches) -> StatementAccounted:
    """Every entry is accounted for."""
    return accounted(step, statement_matches)


RECONCILIATION_CHAIN = process_chain(RECONCILIATION_PROCESS)
