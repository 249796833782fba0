"""Embeddings that cost money: each text is paid once, held against the budgets before, and booked after."""

import json
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from aios.budgets.costs import Costs
from aios.budgets.limits import Limits
from aios.clock import ManualClock
from aios.database.engine import Database
from aios.errors import BudgetExceeded
from aios.memory.memory import Memory
from aios.models.embedded import read_embedded
from aios.models.failures import CallFailed
from aios.models.tables import claims
from aios.policies.personal import replace_personal
from aios.policies.schema import Redaction
from tests.knowledge import BUSINESS, disconnect_memories, notice_of, open_memory, start_recall, titles
from tests.peers.aimock import Aimock
from tests.peers.chroma import ChromaPeer
from tests.waiting import until

BUSY = 16
NOTE = (len("A\nb") + 4) * 10
"""A server that does not count is taken to have counted what was held: each byte, and four for the text."""

Open = Callable[..., Memory]


@pytest.fixture(autouse=True)
def disconnected() -> Iterator[None]:
    """Connections end with the test."""
    yield
    disconnect_memories()


@pytest.fixture
def server(chroma: ChromaPeer, aimock: Aimock) -> dict[str, str]:
    """Settings for an embedding server that has an answer to everything."""
    aimock.fixture({"embedding": [0.1, 0.2, 0.3]}, match={"endpoint": "embedding"})
    return {
        "aios_embeddings": "openai",
        "openai_base_url": aimock.base_url,
        "openai_api_key": "sk-secret",
        "aios_chroma_url": chroma.url,
    }


@pytest.fixture
def opened(database: Database, home: Path, server: dict[str, str]) -> Open:
    """Opens a memory that embeds at that server, at ten micro-dollars a token."""

    def opener(**more: Any) -> Memory:
        return open_memory(database, home, **{**server, **more})

    return opener


def costs(memory: Memory) -> Costs:
    with memory.log.database.read() as connection:
        return memory.vectors.terms.budgets.costs(connection)


def outcomes(memory: Memory) -> list[str]:
    with memory.log.database.read() as connection:
        found = memory.log.read(connection, types=["budget.settled"])
    return [event.payload.model_dump()["outcome"] for event in found]


def sent(aimock: Aimock) -> Counter[str]:
    """How often each text was sent to the embedding server; texts that were sent together are one."""
    return Counter(request["body"]["embeddingInput"] for request in aimock.requests("/v1/embeddings"))


def learn(memory: Memory) -> None:
    """One note, which costs `NOTE`."""
    memory.add(kind="note", title="A", text="b")


def test_each_text_is_paid_once_and_stands_on_the_costs_page(opened: Open, aimock: Aimock) -> None:
    memory = opened()
    memory.add(kind="note", title="Ada", text="Builds engines.")
    assert memory.search("engine").notice == ""
    memory.search("engine")
    memory.reindex()

    assert sent(aimock) == {"Ada\nBuilds engines.": 1, "engine": 1}
    spent = costs(memory)
    assert [(line.name, line.calls) for line in spent.by_agent] == [("embedder", 2)]
    assert [line.name for line in spent.by_process] == ["memory"]
    assert [line.name for line in spent.by_model] == ["text-embedding-3-small"]
    assert spent.by_case == ()
    assert spent.today_micros == (19 + 4 + 6 + 4) * 10
    assert spent.held_micros == 0


def test_what_the_server_counted_is_what_is_booked(opened: Open) -> None:
    with counting_server(tokens=5) as url:
        memory = opened(openai_base_url=url)
        learn(memory)
        memory.search("engine")
    assert costs(memory).today_micros == 2 * 50


def test_before_a_budget_would_be_passed_words_go_on_and_say_so(opened: Open, aimock: Aimock) -> None:
    memory = opened(limits=Limits(day=300))
    memory.add(kind="note", title="Fees", text="Our tariff.")
    assert memory.search("tariff").notice == ""

    memory.add(kind="note", title="Long", text="The tariff of the others.")
    found = memory.search("what is the tariff")
    assert {one.title for one in found.found} == {"Fees", "Long"}
    assert found.notice == (
        "Recall went by words alone, to keep to the budget. "
        "Raise the `day` limit under `budgets` in policies.yaml, or wait until tomorrow (UTC)."
    )
    assert memory.check().vectors_missing == 1
    with pytest.raises(BudgetExceeded):
        memory.reindex()
    assert sum(sent(aimock).values()) == 2
    assert costs(memory).today_micros <= 300

    richer = opened()
    richer.ingest_folder(BUSINESS)
    assert richer.check().ok
    assert max(sent(aimock).values()) == 1


def test_a_limit_for_cases_or_one_call_never_adds_up_over_texts_of_no_case(opened: Open) -> None:
    memory = opened(limits=Limits(call=100, case=100))
    learn(memory)

    for query in ("one", "two", "three"):
        assert memory.search(query).notice == ""
    assert "`call` limit" in memory.search("a longer query").notice


def test_an_unknown_price_and_a_limit_leave_words(opened: Open) -> None:
    elsewhere = {"openai_base_url": "http://embeddings.invalid/v1", "prices": {}}
    memory = opened(limits=Limits(month=1_000_000), **elsewhere)
    memory.add(kind="note", title="Fees", text="Our tariff is on the wall.")

    found = memory.search("tariff")
    assert [one.title for one in found.found] == ["Fees"]
    assert "`prices` in policies.yaml" in found.notice
    assert costs(memory).by_agent == ()


def test_many_callers_pay_each_text_once_and_pass_no_limit(opened: Open, aimock: Aimock) -> None:
    aimock.chaos(latencyMs=100)
    memory = opened(limits=Limits(day=500 + NOTE))
    learn(memory)
    together = Barrier(BUSY)

    def ask(number: int) -> str:
        together.wait()
        return memory.search(f"query {number % 8}").notice

    with ThreadPoolExecutor(BUSY) as pool:
        notices = list(pool.map(ask, range(BUSY)))
    asked = sent(aimock)
    assert set(asked.values()) == {1}
    assert len(asked) == 1 + 4, "each of the queries costs 110 of the 500"
    assert notices.count("") == 8
    assert costs(memory).today_micros == NOTE + 4 * 110


def test_two_processes_at_once_pay_each_text_once(
    opened: Open, database: Database, home: Path, server: dict[str, str], aimock: Aimock
) -> None:
    aimock.chaos(latencyMs=500)
    memory = opened()
    recallers = [start_recall(database, home, "What does it cost?", **server) for _ in range(2)]
    assert [notice_of(recaller) for recaller in recallers] == ["", ""]

    asked = "\n".join(sent(aimock).elements())
    items = [replace_personal(item.text, Redaction(), lambda kind, _: f"[{kind}]") for item in memory.items()]
    assert len(items) > 30
    assert {asked.count(text) for text in [*items, "What does it cost?"]} == {1}
    assert costs(memory).held_micros == 0


def test_what_a_killed_process_was_buying_is_booked_and_bought_by_the_next(
    opened: Open, database: Database, home: Path, server: dict[str, str], aimock: Aimock
) -> None:
    aimock.chaos(latencyMs=20_000)
    memory = opened()
    recaller = start_recall(database, home, "What does it cost?", **server)
    until(lambda: costs(memory).held_micros, what="money to be held")
    aimock.chaos()
    recaller.send_signal(signal.SIGKILL)
    recaller.communicate(timeout=60)

    memory.ingest_folder(BUSINESS)
    assert memory.check().ok
    assert outcomes(memory)[0] == "abandoned"
    assert set(outcomes(memory)[1:]) == {"answered"}
    spent = costs(memory)
    assert (spent.held_micros, spent.by_agent[0].calls) == (0, len(outcomes(memory)))


@pytest.mark.parametrize(
    ("redaction", "leaves"),
    [
        (None, "Ada\nWrite to [email] or call [phone]."),
        (Redaction(phones=False), "Ada\nWrite to [email] or call +46 8 123 456 78."),
        (Redaction(emails=False, phones=False), "Ada\nWrite to ada@engine.example or call +46 8 123 456 78."),
    ],
)
def test_the_policy_says_whose_addresses_and_numbers_leave(
    opened: Open, aimock: Aimock, redaction: Redaction | None, leaves: str
) -> None:
    memory = opened(redaction=redaction)
    memory.add(kind="note", title="Ada", text="Write to ada@engine.example or call +46 8 123 456 78.")

    assert list(sent(aimock)) == [leaves]


def test_an_embedding_server_that_fails_leaves_words_and_is_left_alone_for_a_while(
    opened: Open, aimock: Aimock
) -> None:
    clock = ManualClock()
    memory = opened(clock=clock)
    memory.add(kind="note", title="Fees", text="Our tariff is on the wall.")

    for rate in ("malformedRate", "disconnectRate", "rateLimitRate", "dropRate"):
        aimock.chaos(**{rate: 1.0})
        for number in range(5):
            found = memory.search(f"tariff {number}")
            assert [one.title for one in found.found] == ["Fees"]
            assert "words alone" in found.notice, rate
        tried = len(aimock.requests("/v1/embeddings"))
        memory.search("tariff again")
        assert len(aimock.requests("/v1/embeddings")) == tried, rate
        aimock.chaos()
        clock.advance(minutes=30)
        assert memory.search(f"{rate} over").notice == ""
    aimock.fail_once(401, "sk-secret is no key")
    notice = memory.search("tariff").notice
    assert "OPENAI_API_KEY" in notice
    assert "sk-secret" not in notice
    assert titles(memory, "tariff") == ["Fees"]
    assert costs(memory).held_micros == 0


def test_who_waits_for_a_text_hears_of_the_failure_too(opened: Open, aimock: Aimock, database: Database) -> None:
    memory = opened()
    learn(memory)
    aimock.chaos(latencyMs=700, disconnectRate=1.0)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(memory.search, "tariff")
        until(lambda: _claimed(database), what="the text to be claimed")
        second = pool.submit(memory.search, "tariff")
        notices = {first.result(30).notice, second.result(30).notice}
    assert len(notices) == 1
    assert "broke off" in notices.pop()
    assert outcomes(memory) == ["answered", "disconnected"]


@pytest.mark.parametrize(
    "answer",
    [
        "no json",
        "{}",
        '{"data": []}',
        '{"data": [{"index": 0, "embedding": [1.0]}]}',
        '{"data": [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}]}',
        '{"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]}',
        '{"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": ["NaN"]}]}',
        '{"data": [{"index": 0, "embedding": []}, {"index": 1, "embedding": []}]}',
    ],
)
def test_an_answer_without_a_vector_for_each_text_is_refused(answer: str) -> None:
    with pytest.raises(CallFailed, match="the server"):
        read_embedded(answer, 2)


def test_vectors_come_back_in_the_order_of_their_texts() -> None:
    answer = (
        '{"data": [{"index": 1, "embedding": [2.0]}, {"index": 0, "embedding": [1.0]}], "usage": {"prompt_tokens": 7}}'
    )

    assert (read_embedded(answer, 2).vectors, read_embedded(answer, 2).tokens) == ([[1.0], [2.0]], 7)


def _claimed(database: Database) -> bool:
    with database.read() as connection:
        return connection.execute(claims.select()).first() is not None


@contextmanager
def counting_server(tokens: int) -> Iterator[str]:
    """An embedding server that says how many tokens each request had."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
            data = [{"index": index, "embedding": [0.1, 0.2, 0.3]} for index in range(len(wanted))]
            body = json.dumps({"data": data, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
