"""BM25 by bm25s as its documentation shows it, English stop words out: rankings for a file of talks, as JSON."""

import json
import sys
import time
from pathlib import Path
from typing import Any


def main(file: str) -> dict[str, Any]:
    """For each talk, each question's best turns by their places; seconds for the index, milliseconds a question."""
    import bm25s  # pyright: ignore[reportMissingImports]

    found: list[list[list[int]]] = []
    waits: list[float] = []
    indexing = 0.0
    for talk in json.loads(Path(file).read_text("utf-8")):
        begun = time.perf_counter()
        ranker: Any = bm25s.BM25()
        ranker.index(bm25s.tokenize(talk["turns"], stopwords="en", show_progress=False), show_progress=False)
        indexing += time.perf_counter() - begun
        best: list[list[int]] = []
        for question in talk["questions"]:
            begun = time.perf_counter()
            asked: Any = bm25s.tokenize(question, stopwords="en", show_progress=False)
            places, _ = ranker.retrieve(asked, k=min(50, len(talk["turns"])), show_progress=False)
            waits.append(1000 * (time.perf_counter() - begun))
            best.append([int(place) for place in places[0]])
        found.append(best)
    return {"found": found, "waits": waits, "indexing": indexing}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
