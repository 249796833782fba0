"""`KeptVectors`: the vectors that were paid for, by their text's digest; a cache that may be emptied at any time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.upsert import upsert
from aios.memory.tables import embeddings


@dataclass(frozen=True)
class KeptVectors:
    """What one embedder was paid for."""

    embedder: str

    def find(self, connection: Connection, digests: Sequence[str]) -> dict[str, list[float]]:
        """The vectors that are kept, of those asked for."""
        import numpy as np

        query = sa.select(embeddings.c.digest, embeddings.c.vector)
        query = query.where(embeddings.c.embedder == self.embedder, embeddings.c.digest.in_(digests))
        return {row.digest: np.frombuffer(row.vector, "<f4").tolist() for row in connection.execute(query)}

    def keep(self, tx: Connection, vectors: Mapping[str, Sequence[float]]) -> None:
        """Keep the vectors; what is there stays."""
        import numpy as np

        rows: list[dict[str, object]] = []
        for key, vector in vectors.items():
            rows.append({"embedder": self.embedder, "digest": key, "vector": np.array(vector, "<f4").tobytes()})
        tx.execute(upsert(tx, embeddings).on_conflict_do_nothing(), rows)
