"""Notices: what other programs are to be told by webhook."""

from aios.events.payload import Payload


class NoticeDue(Payload):
    """The subscription of that name in the policies is to be told of `event`, of type `kind`, at this `position`."""

    type = "notice.due"
    impersonal = frozenset({"subscription", "event", "kind"})
    subscription: str
    event: str
    kind: str
    position: int
