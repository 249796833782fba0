"""The operations of every place that articles are published at, each undone by another."""

from collections.abc import Callable
from typing import Any

from aios.connectors.contract import Compensation, Operation
from aios.connectors.publishing.article import Article, Publish, Receipt, Restore, Update, Withdraw
from aios.errors import HardFailure

EXCERPT = 2000


def operations(identified_by: str, withdrawn_by: str = "") -> tuple[Operation, ...]:
    """What can be done; `identified_by` says what the place keeps of an effect's key, also after a withdrawal."""
    return (
        Operation(
            name="publish",
            request=Publish,
            receipt=Receipt,
            identified_by=identified_by,
            undo=_undo("withdraw", _gone, "The article can be taken off; who has read it has read it."),
            risk="public",
            preview=lambda asked: _preview("An article goes live", asked),
        ),
        Operation(
            name="update",
            request=Update,
            receipt=Receipt,
            identified_by=identified_by,
            undo=_undo("restore", _back, "It can be brought back to what it said before."),
            risk="public",
            preview=lambda asked: _preview("The article is changed", asked),
        ),
        Operation(
            name="withdraw",
            request=Withdraw,
            receipt=Receipt,
            identified_by=withdrawn_by or identified_by,
            undo=_undo("restore", _back, "It can be brought back as it was."),
            risk="public",
            preview=lambda asked: f"The article {asked.slug} is taken off.",
        ),
        Operation(
            name="restore",
            request=Restore,
            receipt=Receipt,
            identified_by=identified_by,
            undo=_undo("restore", _back, "It can be brought back to what it said before."),
            risk="public",
            preview=lambda asked: (
                f"The article {asked.slug} {'is brought back as it was' if asked.was else 'is taken off'}."
            ),
        ),
    )


def _undo(
    operation: str, request: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]], words: str
) -> Compensation:
    return Compensation(operation, request, words, thing="slug", unchanged=("version",))


def _gone(_request: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
    return {"slug": receipt["slug"], "version": receipt["version"]}


def _back(_request: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
    if receipt["was"] is None:
        raise HardFailure("What the article said before is not known.", "Bring it back by hand, from its revisions.")
    return {"slug": receipt["slug"], "version": receipt["version"], "was": receipt["was"]}


def _preview(what: str, asked: Article) -> str:
    rest = " …" if len(asked.text) > EXCERPT else ""
    return f"{what}: {asked.title}\nAddress: {asked.slug}\n{asked.summary}\n\n{asked.text[:EXCERPT]}{rest}"
