"""Contacts: who is who."""

from typing import Literal

from aios.events.payload import Payload


class ContactCreated(Payload):
    """A person or organisation is known from now on."""

    type = "contact.created"
    personal = frozenset({"name"})
    impersonal = frozenset({"contact_id", "organisation_id"})
    contact_id: str
    kind: Literal["person", "organisation"]
    name: str
    organisation_id: str = ""


class ContactChanged(Payload):
    """Facts about a contact; only the fields that are set change."""

    type = "contact.changed"
    personal = frozenset({"name", "language", "note"})
    impersonal = frozenset({"contact_id", "organisation_id"})
    contact_id: str
    name: str | None = None
    organisation_id: str | None = None
    language: str | None = None
    note: str | None = None


class AliasAdded(Payload):
    """A mail address, phone number, domain or name leads to the contact."""

    type = "contact.alias_added"
    personal = frozenset({"value"})
    impersonal = frozenset({"contact_id"})
    contact_id: str
    kind: Literal["email", "phone", "domain", "name"]
    value: str


class ContactsMerged(Payload):
    """Two contacts are one: `merged` now leads to `kept`. Reversed by `contact.unmerged`."""

    type = "contact.merged"
    personal = frozenset({"reason"})
    impersonal = frozenset({"kept", "merged"})
    kept: str
    merged: str
    reason: str


class ContactsUnmerged(Payload):
    """The merge was wrong: `merged` stands by itself again."""

    type = "contact.unmerged"
    personal = frozenset({"reason"})
    impersonal = frozenset({"kept", "merged"})
    kept: str
    merged: str
    reason: str = ""


class CardReceived(Payload):
    """The owner's address book has a card of the contact, or other words in it; `digest` names what it says."""

    type = "card.received"
    personal = frozenset({"file", "name", "emails", "phones", "organisation", "note"})
    impersonal = frozenset({"contact_id", "book", "etag", "digest"})
    personal_source = True
    contact_id: str
    book: str
    file: str
    etag: str
    digest: str
    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    organisation: str = ""
    note: str = ""


class CardRemoved(Payload):
    """The address book has no such card any more; the contact stays."""

    type = "card.removed"
    personal = frozenset({"file"})
    impersonal = frozenset({"contact_id", "book"})
    contact_id: str
    book: str
    file: str


class ContactCorrected(Payload):
    """The owner knows better: only the fields that are set change, and the addresses and numbers are added."""

    type = "contact.corrected"
    personal = frozenset({"name", "note", "emails", "phones"})
    impersonal = frozenset({"contact_id"})
    contact_id: str
    name: str | None = None
    note: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
