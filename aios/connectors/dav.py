"""`Collection`: files on a WebDAV server (RFC 4918), written only where they are as they were read, by ETag."""

from dataclasses import dataclass

from aios.connectors.web import Reply, Web

GONE = frozenset({404, 410})
CHANGED = 412


@dataclass(frozen=True)
class Item:
    """A file as it was read. `etag` names its version; empty where the server gives none."""

    body: bytes
    etag: str


@dataclass(frozen=True)
class Collection:
    """A folder of the server; `kind` is the media type of its files."""

    web: Web
    kind: str

    def get(self, file: str) -> Item | None:
        """The file; None where it is not there."""
        reply = self.web.call("GET", file, fine=GONE)
        return None if reply.status in GONE else _item(reply)

    def put_new(self, file: str, body: bytes) -> bool:
        """Write it if it is not there; False where it is."""
        return self._put(file, body, {"If-None-Match": "*"})

    def put(self, file: str, body: bytes, over: Item) -> bool:
        """Write it over what was read; False where that has changed since."""
        return self._put(file, body, {"If-Match": over.etag} if over.etag else {})

    def delete(self, file: str, there: Item) -> bool:
        """Take it away as it was read; False where it has changed since."""
        headers = {"If-Match": there.etag} if there.etag else {}
        return self.web.call("DELETE", file, headers=headers, fine=GONE | {CHANGED}).status != CHANGED

    def _put(self, file: str, body: bytes, headers: dict[str, str]) -> bool:
        kind = {"Content-Type": f"{self.kind}; charset=utf-8"}
        return (
            self.web.call("PUT", file, body=body, headers={**kind, **headers}, fine=frozenset({CHANGED})).status
            != CHANGED
        )


def _item(reply: Reply) -> Item:
    return Item(reply.body, reply.headers.get("etag", ""))
