"""`Chroma`: a collection of ids and vectors on a Chroma server, over its HTTP API (version 2).

The `chromadb` package is the server's; importing its client costs each Dagster run 1.7 s, a request costs 2 ms.
"""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aios.errors import SoftFailure

if TYPE_CHECKING:
    import httpx

_COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
_GONE = 404
_PAGE = 100
_MOST = 2000
"""Records in one call; the server's own limit is 5,461."""


class Chroma:
    """One collection, made on first use. Every failure is a `SoftFailure`: recall goes on by words."""

    def __init__(self, url: str, collection: str) -> None:
        self.url = url.rstrip("/")
        self.collection = collection
        self._id = ""
        self._lock = threading.Lock()

    def count(self) -> int:
        """How many vectors it holds."""
        return int(self._call("GET", "count"))

    def ids(self) -> set[str]:
        """The ids it holds."""
        found: set[str] = set()
        while page := self._call("POST", "get", {"limit": _MOST, "offset": len(found), "include": []})["ids"]:
            found.update(page)
        return found

    def which(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that it holds."""
        found: set[str] = set()
        for start in range(0, len(ids), _MOST):
            some = list(ids[start : start + _MOST])
            found.update(self._call("POST", "get", {"ids": some, "limit": len(some), "include": []})["ids"])
        return found

    def vectors(self, ids: Sequence[str]) -> dict[str, list[float]]:
        """The vectors of those of the ids that it holds."""
        found = self._call("POST", "get", {"ids": list(ids), "limit": len(ids), "include": ["embeddings"]})
        return dict(zip(found["ids"], found["embeddings"], strict=True))

    def upsert(self, vectors: dict[str, list[float]]) -> None:
        """Add the vectors, or replace those of the same ids."""
        ids = list(vectors)
        for start in range(0, len(ids), _MOST):
            some = ids[start : start + _MOST]
            self._call("POST", "upsert", {"ids": some, "embeddings": [vectors[one] for one in some]})

    def delete(self, ids: Sequence[str]) -> None:
        """Take the vectors out."""
        for start in range(0, len(ids), _MOST):
            self._call("POST", "delete", {"ids": list(ids[start : start + _MOST])})

    def nearest(self, vector: Sequence[float], limit: int) -> list[tuple[str, float]]:
        """The ids nearest to the vector, with their cosine similarity, best first."""
        asked = {"query_embeddings": [list(vector)], "n_results": limit, "include": ["distances"]}
        found = self._call("POST", "query", asked)
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return sorted(((one, 1.0 - float(distance)) for one, distance in pairs), key=lambda pair: (-pair[1], pair[0]))

    def names(self) -> list[str]:
        """The names of all collections on the server."""
        found: list[str] = []
        while page := self._send("GET", f"{_COLLECTIONS}?limit={_PAGE}&offset={len(found)}").json():
            found += [one["name"] for one in page]
        return found

    def drop(self) -> None:
        """Delete the collection; the next use makes it again, empty."""
        self.remove(self.collection)
        self._id = ""

    def remove(self, name: str) -> None:
        """Delete a collection of the server, where it is there."""
        self._send("DELETE", f"{_COLLECTIONS}/{name}", gone_is_fine=True)

    def disconnect(self) -> None:
        """Close the connections; the next use opens them again."""
        if client := self.__dict__.pop("_client", None):
            client.close()

    @cached_property
    def _client(self) -> "httpx.Client":
        import httpx  # a quarter of a second to import, and not every process recalls

        return httpx.Client(base_url=self.url, timeout=httpx.Timeout(15.0, connect=2.0))

    def _call(self, method: str, action: str, body: dict[str, Any] | None = None) -> Any:
        response = self._send(method, f"{_COLLECTIONS}/{self._known_id()}/{action}", body, gone_is_fine=True)
        if response.status_code == _GONE:  # somebody deleted the collection meanwhile
            self._id = ""
            response = self._send(method, f"{_COLLECTIONS}/{self._known_id()}/{action}", body)
        return response.json()

    def _known_id(self) -> str:
        with self._lock:
            if not self._id:
                made = {"name": self.collection, "get_or_create": True, "configuration": {"hnsw": _HNSW}}
                self._id = str(self._send("POST", _COLLECTIONS, made).json()["id"])
            return self._id

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, gone_is_fine: bool = False
    ) -> "httpx.Response":
        import httpx

        try:
            response = self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise _down(self.url, f"{type(error).__name__}") from None
        if response.is_error and not (gone_is_fine and response.status_code == _GONE):
            raise _down(self.url, f"{response.status_code} {response.text[:200]}")
        return response


def _down(url: str, problem: str) -> SoftFailure:
    return SoftFailure(
        f"The vector index at {url} does not answer ({problem}).", "`aios up` starts it; AIOS_CHROMA_URL names another."
    )
