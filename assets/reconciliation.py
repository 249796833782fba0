"""Reconciliation (P4): a bank's statement came in, and every entry of it is accounted for.

statement → statement_matches → statement_accounted
"""

from aios.cases.process import RECONCILIATION
from aios.processes.context import StepContext
from aios.processes.process import Process
from aios.processes.reconciling import BankStatement, StatementAccounted, StatementMatches, accounted, matched, said_by
from assets.steps import process_chain

RECONCILIATION_PROCESS = Process(RECONCILIATION)


@RECONCILIATION_PROCESS.step()
def statement(step: StepContext) -> BankStatement:
    """The statement, and how many of its entries are new."""
    return said_by(step)


@RECONCILIATION_PROCESS.step()
def statement_matches(step: StepContext, statement: BankStatement) -> StatementMatches:
    """What each entry's money was for, matched and booked where that is clear; the owner is asked about the rest."""
    return matched(step)


@RECONCILIATION_PROCESS.step()
def statement_accounted(step: StepContext, statement_matches: StatementMatches) -> StatementAccounted:
    """Every entry is accounted for."""
    return accounted(step, statement_matches)


RECONCILIATION_CHAIN = process_chain(RECONCILIATION_PROCESS)
