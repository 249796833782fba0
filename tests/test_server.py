"""The web server sleeps while nobody asks, and wakes at once for a request or to end."""

import signal
import threading
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from aios import server as module
from aios.server import Server
from tests.ports import free_port
from tests.waiting import until


class Counting(Server):
    ticks = 0

    async def on_tick(self, counter: int) -> bool:
        self.ticks += 1
        return await super().on_tick(counter)


@pytest.fixture
def server() -> Iterator[Counting]:
    server = Counting(uvicorn.Config(Starlette(), port=free_port(), log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.ticks, what="the server to serve")
    yield server
    server.handle_exit(signal.SIGTERM, None)
    thread.join(60)
    assert not thread.is_alive(), "it slept on when asked to end"


@pytest.fixture
def _asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DATE_EVERY", 3600.0)


@pytest.mark.usefixtures("_asleep")
def test_it_answers_and_ends_at_once_although_it_sleeps_for_an_hour(server: Counting) -> None:
    for _ in range(3):
        assert httpx.get(f"http://127.0.0.1:{server.config.port}/").status_code == 404
    assert server.ticks == 1


def test_the_date_of_its_answers_goes_on(server: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DATE_EVERY", 0.05)

    def date() -> float:
        answer = httpx.get(f"http://127.0.0.1:{server.config.port}/")
        return parsedate_to_datetime(answer.headers["date"]).timestamp()

    first = date()
    until(lambda: date() > first, what="the date to go on")
