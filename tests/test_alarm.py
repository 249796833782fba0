"""The alarm and the watch: sensors sleep at rest, and wake when there is something for them to do."""

import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from aios.clock import ManualClock
from aios.kernel import Kernel
from resources import alarm as module
from resources.alarm import Alarm
from resources.watch import News, Watch
from tests.workplace import ask, kernel_at, lead


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def kernel(home, clock: ManualClock) -> Iterator[Kernel]:
    (home / "inbox").mkdir()
    kernel = kernel_at(home, clock, aios_undo_seconds=30)
    kernel.policies.install_default()
    kernel.policies.reload()
    yield kernel
    kernel.close()


@pytest.fixture
def watch(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """A watch that has seen everything up to now, and asks for due effects at each glance."""
    monkeypatch.setattr("resources.watch.LOOK_FOR_DUE", 0.0)
    watch = Watch(kernel)
    watch.glance()
    return watch


def test_nothing_new_is_no_news(watch: Watch) -> None:
    assert watch.glance() == ""


def test_a_new_lead_is_urgent_once(kernel: Kernel, watch: Watch) -> None:
    lead(kernel)
    assert [watch.glance(), watch.glance()] == ["urgent", ""]


def test_a_dropped_file_is_urgent_and_the_inboxs_own_files_are_not(kernel: Kernel, watch: Watch) -> None:
    inbox = kernel.settings.home / "inbox"
    (inbox / ".lock").touch()
    assert watch.glance() == ""
    (inbox / "mail.eml").touch()
    assert watch.glance() == "urgent"


def test_a_changed_policy_file_or_business_folder_is_urgent(kernel: Kernel, watch: Watch) -> None:
    with kernel.policies.file.open("a") as file:
        file.write("\n# looked at\n")
    assert watch.glance() == "urgent"
    (kernel.settings.home / "business").mkdir(exist_ok=True)
    (kernel.settings.home / "business" / "terms.md").write_text("# Terms\n")
    assert watch.glance() == "urgent"


def test_an_approved_effect_is_urgent_again_when_its_undo_window_is_over(
    kernel: Kernel, watch: Watch, clock: ManualClock
) -> None:
    decision = ask(kernel, lead(kernel))
    watch.glance()
    kernel.answers.give(decision, "approve", 1, actor="owner")
    assert [watch.glance(), watch.glance()] == ["urgent", ""]
    clock.advance(seconds=31)
    assert watch.glance() == "urgent"


def test_at_rest_nobody_asks_for_due_effects_until_the_log_moves(kernel: Kernel, watch: Watch) -> None:
    asked: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    watch.glance()
    sa.event.listen(kernel.database.engine, "before_cursor_execute", listen)
    watch.glance()
    assert not asked
    decision = ask(kernel, lead(kernel))
    kernel.answers.give(decision, "approve", 1, actor="owner")
    asked.clear()
    for _ in range(2):
        watch.glance()
    assert len([statement for statement in asked if "FROM effects" in statement]) >= 2


def test_what_no_sensor_waits_for_is_news_but_not_urgent(kernel: Kernel, watch: Watch) -> None:
    case_id = lead(kernel)
    watch.glance()
    with kernel.database.write() as tx:
        kernel.cases.name(tx, case_id, title="Another title")
    assert watch.glance() == "some"


class Sky:
    """What the alarm looks at: says once what it is told to."""

    def __init__(self) -> None:
        self.news: News = ""
        self.glances = 0
        self.broken = False

    def __call__(self) -> News:
        self.glances += 1
        if self.broken:
            raise OSError("the database is away")
        news, self.news = self.news, ""
        return news


@pytest.fixture
def sky(monkeypatch: pytest.MonkeyPatch) -> Sky:
    """A sky over times a hundredth as long."""
    for name in ("AT_REST", "SPACING", "PATIENT", "GLANCE_EVERY", "BLIND"):
        monkeypatch.setattr(module, name, getattr(module, name) / 100)
    return Sky()


def rounds(alarm: Alarm, count: int) -> list[float]:
    lasted: list[float] = []
    for _ in range(count):
        began = time.monotonic()
        assert not alarm.wait(60)
        lasted.append(time.monotonic() - began)
    return lasted


def test_at_rest_the_rounds_grow_longer_up_to_the_pace_of_rest(sky: Sky) -> None:
    lasted = rounds(Alarm(threading.Event(), sky, module.AT_REST), 7)
    expected = [min(module.PATIENT * 2**at, module.AT_REST) for at in range(7)]
    assert all(took >= wanted for took, wanted in zip(lasted, expected, strict=True))


def test_urgent_news_ends_the_sleep_as_soon_as_sensors_may_tick_again(sky: Sky) -> None:
    alarm = Alarm(threading.Event(), sky, module.AT_REST)
    rounds(alarm, 5)
    sky.news = "urgent"
    before = sky.glances
    [lasted] = rounds(alarm, 1)
    assert lasted >= module.SPACING
    assert sky.glances - before <= module.SPACING / module.GLANCE_EVERY + 1, "it slept on after the news"


def test_other_news_brings_the_next_round_near(sky: Sky) -> None:
    alarm = Alarm(threading.Event(), sky, module.AT_REST)
    rounds(alarm, 5)
    sky.news = "some"
    before = sky.glances
    rounds(alarm, 1)
    assert sky.glances - before <= module.PATIENT / module.GLANCE_EVERY + 1


def test_a_watch_that_fails_neither_stops_the_sensors_nor_spins(sky: Sky, caplog: pytest.LogCaptureFixture) -> None:
    sky.broken = True
    alarm = Alarm(threading.Event(), sky)
    lasted = rounds(alarm, 6)
    assert max(lasted[4:]) >= module.BLIND
    assert len([record for record in caplog.records if "The watch fails" in record.message]) == 1


def test_a_shutdown_ends_the_sleep_at_once(sky: Sky) -> None:
    shutdown = threading.Event()
    shutdown.set()
    alarm = Alarm(shutdown, sky)
    assert alarm.is_set()
    assert alarm.wait(60)
