"""`Payload`: what every event's payload has in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """What an event says. A subclass names its type; a change of shape raises `version` and adds an upcast."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: ClassVar[str]
    version: ClassVar[int] = 1
