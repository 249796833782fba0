"""`Payload`: what every event's payload has in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """What an event says. A subclass names its type; a change of shape raises `version` and adds an upcast.

    `personal` names the fields that can say something of a person; they are emptied when the person is forgotten.
    `impersonal` names the others that hold text: ids, digests, choices. A dot leads into a field, so that
    `receipt.message_id` stays where `receipt` is emptied. With `personal_source`, the id that the outside gave is
    personal too. A test fails where a field that can hold text is named by neither.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: ClassVar[str]
    version: ClassVar[int] = 1
    personal: ClassVar[frozenset[str]] = frozenset()
    impersonal: ClassVar[frozenset[str]] = frozenset()
    personal_source: ClassVar[bool] = False
