"""Billing, outgoing (P4): somebody is to pay us; the draft is checked, issued when the owner says so, and sent.

bill_draft → bill_checks → bill_issued → bill_sent
"""

from aios.cases.process import OUTGOING_INVOICE
from aios.processes.bill import BillChecks, BillDraft, BillIssued, BillSent
from aios.processes.bill_credit import draft_credit_note
from aios.processes.bill_draft import check_bill, read_bill
from aios.processes.bill_issue import issue
from aios.processes.bill_sending import send
from aios.processes.context import StepContext
from aios.processes.process import Process
from assets.steps import process_chain

OUTGOING_INVOICE_PROCESS = Process(OUTGOING_INVOICE, undo=draft_credit_note)


@OUTGOING_INVOICE_PROCESS.step()
def bill_draft(step: StepContext) -> BillDraft:
    """The draft as an invoice: our own side from the settings, sums from its lines, the customer as a contact."""
    return read_bill(step)


@OUTGOING_INVOICE_PROCESS.step()
def bill_checks(step: StepContext, bill_draft: BillDraft) -> BillChecks:
    """What the rules of EN 16931 say of it, and its pages as they would be. What breaks a rule is not asked about."""
    return check_bill(step, bill_draft)


@OUTGOING_INVOICE_PROCESS.step()
def bill_issued(step: StepContext, bill_draft: BillDraft, bill_checks: BillChecks) -> BillIssued:
    """It has the next number and is booked, once the owner has said yes. A draft that is rejected uses no number."""
    return issue(step, bill_draft, bill_checks)


@OUTGOING_INVOICE_PROCESS.step()
def bill_sent(step: StepContext, bill_issued: BillIssued) -> BillSent:
    """The mail with the Factur-X PDF and the UBL, sent once, under the owner's yes."""
    return send(step, bill_issued)


OUTGOING_INVOICE_CHAIN = process_chain(OUTGOING_INVOICE_PROCESS)
