"""Chroma as it comes, with its default embedding function: rankings for a file of talks, as JSON."""

import json
import sys
import time
from pathlib import Path
from typing import Any

PORTION = 500


def main(file: str) -> dict[str, Any]:
    """For each talk, each question's best turns by their places; seconds for the index, milliseconds a question."""
    import chromadb

    client: Any = chromadb.EphemeralClient()
    found: list[list[list[int]]] = []
    waits: list[float] = []
    indexing = 0.0
    for number, talk in enumerate(json.loads(Path(file).read_text("utf-8"))):
        begun = time.perf_counter()
        collection: Any = client.create_collection(f"talk-{number}")
        for start in range(0, len(talk["turns"]), PORTION):
            some: list[str] = talk["turns"][start : start + PORTION]
            collection.add(ids=[str(start + at) for at in range(len(some))], documents=some)
        indexing += time.perf_counter() - begun
        best: list[list[int]] = []
        for question in talk["questions"]:
            begun = time.perf_counter()
            answer: Any = collection.query(query_texts=[question], n_results=min(50, len(talk["turns"])))
            waits.append(1000 * (time.perf_counter() - begun))
            best.append([int(one) for one in answer["ids"][0]])
        found.append(best)
    return {"found": found, "waits": waits, "indexing": indexing}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
