"""`CardDav`: the owner's address book on a CardDAV server (RFC 6352), one file per card, safe by ETag."""

from typing import Any, Literal

from aios.clock import Clock
from aios.connectors.base import Absent, CannotTell, Found, Health, LookUp
from aios.connectors.contacts import card
from aios.connectors.contacts.address import SETTING
from aios.connectors.contacts.request import Change, Create, Receipt, Remove, Request, Restore, file_of, mark_of, parse
from aios.connectors.dav import Collection, Item
from aios.connectors.web import SignedIn
from aios.errors import AiosError, HardFailure
from aios.settings import Settings

FORM = "https://user:password@host/path/to/addressbook/"
MOVED_ON = "The card has changed since it was shown."
LOOK_AGAIN = "Look at the address book, then propose it anew."


def address_book(settings: Settings) -> SignedIn:
    """The owner's account at the server of the address book."""
    return SignedIn("The address book's server", SETTING, FORM, settings)


class CardDav:
    """An address book that other programs write to as well; nothing of theirs is overwritten or lost."""

    name = "contacts"
    mode: Literal["sandbox", "live"] = "live"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.account = address_book(settings)

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Do it; a card that carries the effect's mark already stays as it is."""
        asked = parse(operation, request)
        file, mark = file_of(asked, key), mark_of(key)
        there = self.book.get(file)
        if there is not None and not isinstance(asked, Remove) and card.has_mark(there.body, mark):
            return _receipt(file, there)
        if isinstance(asked, Remove):
            return self._remove(asked, there)
        _must_be_as_shown(asked, there)
        text = _text(asked, there, file, mark)
        fits = self.book.put(file, text, there) if there is not None else self.book.put_new(file, text)
        after = self.book.get(file)
        if not fits and (after is None or not card.has_mark(after.body, mark)):
            raise HardFailure(MOVED_ON, LOOK_AGAIN)
        return _receipt(file, after or Item(text, ""), there if fits else None)

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """The mark in the card is proof; for a removal, that the card is gone."""
        asked = parse(operation, request)
        file = file_of(asked, key)
        there = self.book.get(file)
        if isinstance(asked, Remove):
            return Absent("it is still in the address book") if there else Found(Receipt(file=file).model_dump())
        if there is None and isinstance(asked, Change):
            return CannotTell("the card is no longer in the address book")
        if there is None or not card.has_mark(there.body, mark_of(key)):
            return Absent(f"no card {file} that this effect has written")
        return Found(_receipt(file, there))

    def check(self) -> Health:
        """Asks for the address book's kind, without changing anything."""
        if not self.account.is_set:
            return Health(self.name, "off", "There is no address book.", "Set AIOS_CARDDAV_URL to its address.")
        try:
            self.book.web.call("PROPFIND", "", headers={"Depth": "0"})
        except AiosError as error:
            return Health(self.name, "down", error.message, error.remedy)
        return Health(self.name, "ok", "live: cards are written in your address book")

    @property
    def book(self) -> Collection:
        """The address book, as the credential names it now."""
        return Collection(self.account.web(), "text/vcard")

    def disconnect(self) -> None:
        """Close the connections; the next use opens them again."""
        self.account.close()

    def _remove(self, asked: Remove, there: Item | None) -> dict[str, Any]:
        if there is None:
            return Receipt(file=asked.file).model_dump()
        _must_be_as_shown(asked, there)
        if not self.book.delete(asked.file, there):
            raise HardFailure(MOVED_ON, LOOK_AGAIN)
        return Receipt(file=asked.file, was=there.body.decode("utf-8", "replace")).model_dump()


def _must_be_as_shown(asked: Request, there: Item | None) -> None:
    if isinstance(asked, Create):
        if there is not None:
            raise HardFailure("The address book has another card of that name.", LOOK_AGAIN)
    elif asked.etag and asked.etag != (there.etag if there else ""):
        raise HardFailure(MOVED_ON, LOOK_AGAIN)
    if isinstance(asked, Change) and there is None:
        raise HardFailure("The card is no longer in the address book.", LOOK_AGAIN)


def _text(asked: Create | Change | Restore, there: Item | None, file: str, mark: str) -> bytes:
    match asked:
        case Create():
            return card.written(asked, file.removesuffix(".vcf"), mark)
        case Change():
            return card.changed(there.body if there else b"", asked, mark)
        case Restore():
            return card.marked(asked.was.encode(), mark)


def _receipt(file: str, there: Item, was: Item | None = None) -> dict[str, Any]:
    return Receipt(file=file, etag=there.etag, was=was.body.decode("utf-8", "replace") if was else "").model_dump()
