"""Forgetting: what was removed of a person, said without saying anything of them."""

from pydantic import BaseModel, ConfigDict

from aios.events.payload import Payload


class ForgottenEvent(BaseModel):
    """An event that was emptied: its hash, which the chain keeps, and the hash of what is left of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    position: int
    hash: str
    left: str


class PersonForgotten(Payload):
    """The certificate: what was removed of a person on request. Only for what it names may a row not fit its hash.

    `contact_ids` are every id the person had, `blobs` and `files` the digests of the content that was removed,
    `mentions` what speaks of them and is about somebody else, for the owner to look at. `counts` says how much.
    """

    type = "person.forgotten"
    impersonal = frozenset(
        {"contact_ids", "cases", "items", "events.hash", "events.left", "blobs", "files", "mentions", "counts"}
    )
    contact_ids: tuple[str, ...]
    cases: tuple[str, ...]
    items: tuple[str, ...]
    events: tuple[ForgottenEvent, ...]
    blobs: tuple[str, ...]
    files: tuple[str, ...]
    mentions: tuple[str, ...]
    counts: dict[str, int]


class ForgettingFinished(Payload):
    """Files, indexes and free pages hold nothing any more of what the event `certificate` says was removed."""

    type = "forgetting.finished"
    impersonal = frozenset({"certificate"})
    certificate: str
