"""Whatever memory has been through, its tables and indexes made again from the log give the same answers."""

import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aios.clock import ManualClock, to_text
from aios.events.catalog import Sender
from aios.events.integrity import rebuild
from aios.forgetting.forgetting import forget
from aios.memory.claim import Claim
from aios.memory.told import Told
from tests.company import Company, found_company
from tests.peers.chroma import ChromaPeer
from tests.peers.sentences import write_sentence_model

WORDS = ("tariff", "fee", "price", "holiday", "closed", "robot", "refund", "garden", "lion", "hamburg")
PEOPLE = ("zaphira@quennelworth.example", "odalric@vandersnoot.example")
ACTS = ("note", "turns", "about", "document", "remove", "fact", "correct", "retract", "wait", "forget")

SAID = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
DEEDS = st.lists(st.tuples(st.sampled_from(ACTS), SAID, st.integers(0, 9)), min_size=3, max_size=14)
QUERIES = ("tariff", "what is the price of a robot", "closed on holiday in hamburg", "lion garden refund fee")


class Life:
    """A company that learns, corrects itself and forgets."""

    def __init__(self, company: Company, folder: Path) -> None:
        self.kernel = company.kernel
        self.memory = company.kernel.memory
        self.clock = company.kernel.clock
        self.folder = folder
        self.begun = to_text(self.clock.now())
        self.asked = 0

    def do(self, act: str, said: str, number: int) -> None:
        assert isinstance(self.clock, ManualClock)
        self.clock.advance(seconds=60)
        match act:
            case "note":
                self.memory.add(kind="note", title=f"Note {number}", text=said)
            case "turns":
                self._tell_turns(said, f"talk-{number}")
            case "about":
                self.memory.add(kind="note", title="", text=said, subject=self._contact(number))
            case "document":
                parts = [f"## Part {at}\n\n{word} and {said}" for at, word in enumerate(said.split())]
                self.memory.ingest_document(f"book-{number % 3}.md", "\n\n".join(parts).encode())
            case "fact":
                claim = Claim(subject="business", predicate="budget", value=said, source=f"s{number}", trust="owner")
                self.kernel.facts.learn([claim])
            case "correct" if item := self._open(number):
                self.memory.correct(item, text=said, reason="wrong", actor="owner")
            case "retract" if item := self._open(number):
                self.memory.retract(item, "gone", "owner")
            case "wait":
                self.clock.advance(days=40)
            case "forget":
                assert forget(self.kernel, self._contact(number)).finished
            case _:
                pass

    def answers(self) -> list[Any]:
        """What is found for each query: now, narrowed, as of a moment, and as it was believed earlier."""
        asked: list[dict[str, Any]] = [{}, {"kinds": ["turn", "note"]}, {"subjects": ["business"]}]
        asked += [{"known_at": self.begun}, {"known_at": to_text(self.clock.now())}, {"about": ["business"]}]
        return [asdict(self.memory.search(query, k=20, **given)) for query in QUERIES for given in asked]

    def _tell_turns(self, said: str, source: str) -> None:
        last = max((item.ordinal for item in self.memory.items(closed=True) if item.source == source), default=0)
        turns = enumerate(said.split(), last + 1)
        self.memory.add_all([Told(word, kind="turn", source=source, ordinal=at) for at, word in turns])

    def _open(self, number: int) -> str:
        """Something that can be corrected by hand."""
        found = [item for item in self.memory.items() if item.kind in ("note", "turn")]
        return found[number % len(found)].item_id if found else ""

    def _contact(self, number: int) -> str:
        self.asked += 1
        sender = Sender(email=PEOPLE[number % 2], name=PEOPLE[number % 2][:7])
        with self.kernel.database.write() as tx:
            return self.kernel.contacts.resolve(tx, sender, f"message-{self.asked}")


def live(deeds: list[tuple[str, str, int]], folder: Path, tables: Path, **given: object) -> None:
    """Do it all, and compare the answers of what grew with those of what was made again."""
    home = folder / "home"
    home.mkdir()
    shutil.copy(tables, home / "aios.db")
    company = found_company(home, **given)
    try:
        life = Life(company, folder)
        for act, said, number in deeds:
            life.do(act, said, number)
        grown = life.answers()
        rebuild(company.kernel.log)
        company.kernel.memory.reindex()
        assert life.answers() == grown
    finally:
        company.kernel.close()


@settings(max_examples=12)
@given(deeds=DEEDS)
@example(deeds=[("turns", "tariff price fee fee", 0), ("correct", "hamburg", 9)])
@example(deeds=[("turns", "tariff price fee fee", 0), ("correct", "hamburg", 2), ("retract", "lion", 1)])
def test_the_word_index_made_again_answers_as_the_one_that_grew(
    sqlite_file: Path, deeds: list[tuple[str, str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        live(deeds, Path(folder), sqlite_file)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sentence_model(tmp_path_factory.mktemp("model"))


@settings(max_examples=3)
@given(DEEDS)
def test_the_vector_index_made_again_answers_as_the_one_that_grew(
    sqlite_file: Path, model: Path, chroma: ChromaPeer, deeds: list[tuple[str, str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = {"aios_chroma_url": chroma.url}
        live(deeds, Path(folder), sqlite_file, aios_embeddings="onnx", aios_onnx_dir=model, **url)
