"""Address book: what the owner corrected about a contact is written into their address book, by decision, once."""

from aios.cases.process import ADDRESS_BOOK
from aios.processes.card import CardChange, CardWritten, card_change_of, written
from aios.processes.context import StepContext
from aios.processes.process import Process
from assets.steps import process_chain

ADDRESS_BOOK_PROCESS = Process(ADDRESS_BOOK)


@ADDRESS_BOOK_PROCESS.step()
def card_change(step: StepContext) -> CardChange:
    """What differs between the contact as the owner corrected it and its card in the address book."""
    return card_change_of(step)


@ADDRESS_BOOK_PROCESS.step()
def card_written(step: StepContext, card_change: CardChange) -> CardWritten:
    """The card, written once and never over somebody else's change. Until then the asset is missing, not failed."""
    return written(step, card_change)


ADDRESS_BOOK_CHAIN = process_chain(ADDRESS_BOOK_PROCESS)
