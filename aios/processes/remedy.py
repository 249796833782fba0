"""Something only the owner can mend: one decision for it, however often it is met."""

from aios.decisions.decisions import ASK_FOR, REMEDY, Question
from aios.decisions.shown import Evidence, Shown
from aios.kernel import Kernel


def ask_to_mend(kernel: Kernel, key: str, title: str, reason: str, remedy: str) -> str:
    """Ask the owner to mend what `key` names (`model-credential`, `mailbox`); returns the decision's id.

    While that question is open with the same words, it is not asked again.
    """
    shown = Shown(
        title=title,
        summary=f"{remedy} Approve when it is mended; reject to be asked no more for now.".strip(),
        evidence=(Evidence(label="What went wrong", text=reason, source=key),),
    )
    with kernel.database.write() as tx:
        return kernel.decisions.open(tx, Question(REMEDY, shown, key=key), ASK_FOR)
