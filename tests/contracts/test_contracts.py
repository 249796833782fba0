"""Whatever fails between us and the outside, an operation is done there once and nothing is lost."""

import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aios.clock import Clock, ManualClock, SystemClock
from aios.connectors.contract import Compensation, Irreversible
from aios.connectors.registry import CONTRACTS
from aios.database.engine import Database
from aios.effects import ledger
from aios.effects.executor import Executor
from aios.effects.ledger import Effect
from aios.errors import HardFailure
from tests.contracts.calendar import CalendarSandbox, CalendarServer
from tests.contracts.carrying import approve, open_executor, open_log, worker
from tests.contracts.contacts import AddressBookServer, ContactsSandbox
from tests.contracts.mail import MailSandbox, MailServer
from tests.contracts.payments import PaymentsKeyed, PaymentsSandbox, PaymentsUnkeyed
from tests.contracts.publishing import SiteGit, SiteSandbox, WordPressServer
from tests.contracts.subject import ANSWERS, Stage, Subject, build, contract_of
from tests.contracts.transfer import TransferFolder, TransferSandbox
from tests.contracts.webhooks import WebhookReceiver, WebhookSandbox

SUBJECTS: tuple[type[Subject], ...] = (
    MailSandbox,
    MailServer,
    CalendarSandbox,
    CalendarServer,
    ContactsSandbox,
    AddressBookServer,
    PaymentsSandbox,
    PaymentsKeyed,
    PaymentsUnkeyed,
    TransferSandbox,
    TransferFolder,
    SiteSandbox,
    SiteGit,
    WordPressServer,
    WebhookSandbox,
    WebhookReceiver,
)
"""Every connector's own, on the sandbox twin and on a real peer; a new connector adds its two here."""

Place = tuple[type[Subject], str]

BOTH_STORES = (MailSandbox, MailServer)
"""A connector never sees the store, so two of them show that either will do."""

PLACES: tuple[Place, ...] = (
    *((subject, "sqlite") for subject in SUBJECTS),
    *((subject, "postgres") for subject in BOTH_STORES),
)


def name_of(place: Place) -> str:
    return f"{place[0].__name__}-{place[1]}"


def at(places: Iterable[Place]) -> pytest.MarkDecorator:
    """A test at these places; each is set up once for all of them."""
    return pytest.mark.parametrize("staged", list(places), ids=name_of, indirect=True, scope="module")


def asked_places() -> list[Place]:
    """Where the outside can say what it has done; where it cannot, it recognises what comes again."""
    return [place for place in PLACES if can_be_asked(place[0])]


def answered_places() -> list[Any]:
    """Every place with each answer that it can be told to give."""
    return [
        pytest.param(place, answer, id=f"{name_of(place)}-{answer}")
        for place in PLACES
        if place[0].marker
        for answer in getattr(place[0], "answers", ANSWERS)
    ]


everywhere = at(PLACES)
over_the_network = at(place for place in PLACES if place[0].marker)


def can_be_asked(subject: Any) -> bool:
    return getattr(subject, "can_be_asked", True)


@pytest.fixture(scope="module")
def staged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    subject, store = request.param
    stage = Stage(subject(), tmp_path_factory.mktemp("outside"), store)
    yield stage
    stage.close()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, staged: Stage, tmp_path: Path) -> str:
    if staged.store == "sqlite":
        return f"sqlite:///{tmp_path / 'aios.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A key of the test's own, for the outside is shared."""
    return f"contract/{request.node.name}"


class Carried:
    """One approved effect, and short ways to bring it to its end."""

    def __init__(self, stage: Stage, database: Database, clock: Clock, key: str, **settings: Any) -> None:
        self.stage, self.database, self.clock, self.key = stage, database, clock, key
        self.log = open_log(database, clock)
        self.connector = build(stage.subject.connector, {**stage.settings, **settings}, clock)
        self.executor: Executor = open_executor(self.log, self.connector)
        approve(self.log, self.connector, stage.subject.operation, stage.subject.request, key, "lead-0001")

    def once(self) -> Effect:
        return self.executor.carry_out(self.key)

    def to_the_end(self) -> Effect:
        """Carry it out, later and later, until nothing is left to do by itself."""
        for _ in range(12):
            effect = self.once()
            if effect.done or effect.state == "failed":
                return effect
            assert isinstance(self.clock, ManualClock)
            self.clock.advance(hours=2)
        return effect

    @property
    def outside(self) -> int:
        return self.stage.subject.count(self.key)

    def work(self, fault: str = "") -> Any:
        return worker(
            str(self.database.url.render_as_string(False)), self.connector.name, self.stage.settings, self.key, fault
        )


# --- the contract itself -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_each_operation_says_how_it_is_recognised_and_how_it_is_undone(contract) -> None:
    assert contract.operations and contract.version >= 1 and contract.title
    for operation in contract.operations:
        assert operation.identified_by
        assert isinstance(operation.undo, Compensation | Irreversible) and operation.undo.words.endswith(".")
        if isinstance(operation.undo, Compensation):
            assert contract.operation(operation.undo.operation)
            seen = {*operation.undo.unchanged, *filter(None, [operation.undo.thing])}
            assert seen <= set(operation.receipt.model_fields)
            assert set(operation.undo.editable) <= set(
                contract.operation(operation.undo.operation).request.model_fields
            )


@everywhere
def test_each_operation_can_be_previewed_without_doing_it(staged: Stage, key: str) -> None:
    subject = staged.subject
    assert contract_of(subject.connector).preview(subject.operation, subject.request)
    assert subject.count(key) == 0


@everywhere
def test_a_request_that_breaks_the_schema_names_the_field_and_goes_nowhere(staged: Stage) -> None:
    contract = contract_of(staged.subject.connector)
    with pytest.raises(HardFailure, match="surely_unknown"):
        contract.parse(staged.subject.operation, {**staged.subject.request, "surely_unknown": 1})
    with pytest.raises(HardFailure, match="has no operation"):
        contract.parse("surely-unknown", {})


@everywhere
def test_it_says_how_it_is(staged: Stage) -> None:
    connector = build(staged.subject.connector, staged.settings, SystemClock())
    assert connector.check().state == "ok"
    assert (connector.name, connector.mode) == (staged.subject.connector, staged.subject.mode)


# --- one operation, whatever fails ---------------------------------------------------------------------------------


@everywhere
def test_performed_again_under_its_key_it_is_found_or_done_once(
    staged: Stage, database: Database, clock: ManualClock, key: str
) -> None:
    carried = Carried(staged, database, clock, key)
    assert carried.to_the_end().done and carried.once().done
    assert carried.outside == 1


@pytest.mark.parametrize("fault", ["lost", "reset", "black hole", "delay"])
@over_the_network
def test_a_broken_connection_leaves_one_operation_outside(
    staged: Stage, database: Database, clock: ManualClock, key: str, fault: str
) -> None:
    assert staged.proxy is not None
    patience = {"aios_connector_timeout": 1.5} if fault == "black hole" else {}
    carried = Carried(staged, database, clock, key, **patience)
    staged.proxy.arm(fault)
    effect = carried.to_the_end()
    assert staged.proxy.struck.is_set(), "the fault did not happen"
    assert effect.done and carried.outside == 1
    assert effect.found == (fault in {"lost", "black hole"} and can_be_asked(staged.subject))


@pytest.mark.parametrize(("staged", "answer"), answered_places(), indirect=["staged"], scope="module")
def test_an_answer_that_says_no_is_kept_apart_from_one_that_says_later(
    staged: Stage, database: Database, clock: ManualClock, key: str, answer: str
) -> None:
    if not staged.subject.answer(answer):
        pytest.skip(f"{staged.subject.connector} in {staged.subject.mode} has no such answer")
    carried = Carried(staged, database, clock, key)
    first = carried.once()
    assert carried.outside == 0 and not first.done and first.reason
    end = carried.to_the_end()
    assert (end.state == "failed") == (answer == "refused")
    assert carried.outside == (0 if answer == "refused" else 1)


@everywhere
def test_two_workers_at_once_do_it_once(staged: Stage, database: Database, key: str) -> None:
    carried = Carried(staged, database, SystemClock(), key)
    workers = [carried.work() for _ in range(2)]
    for process in workers:
        process.join(60)
        assert process.exitcode == 0
    assert carried.once().done and carried.outside == 1


@pytest.mark.parametrize("point", ["claimed", "performed"])
@everywhere
def test_killed_before_or_after_the_call_it_is_done_once(
    staged: Stage, database: Database, key: str, point: str
) -> None:
    carried = Carried(staged, database, SystemClock(), key)
    process = carried.work(point)
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert carried.outside == (1 if point == "performed" else 0)
    assert carried.once().done and carried.outside == 1


@everywhere
def test_killed_during_the_call_it_is_done_once(staged: Stage, database: Database, key: str) -> None:
    carried = Carried(staged, database, SystemClock(), key)
    if staged.proxy is None:
        process = carried.work("capturing")
    else:
        staged.proxy.arm("black hole")
        process = carried.work()
        assert staged.proxy.struck.wait(30)
        process.kill()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert carried.once().done and carried.outside == 1


# --- drift ---------------------------------------------------------------------------------------------------------


class Changed:
    """A connector whose outside has changed its API: it does the work, and answers in a new shape."""

    def __init__(self, inside, on_look_up: bool) -> None:
        self.inside, self.on_look_up = inside, on_look_up
        self.name, self.mode, self.check = inside.name, inside.mode, inside.check

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        return {**self.inside.perform(operation, request, key), "brand_new": True}

    def look_up(self, operation: str, request: dict[str, Any], key: str):
        found = self.inside.look_up(operation, request, key)
        return type(found)({**found.receipt, "brand_new": True}) if self.on_look_up else found


@pytest.mark.parametrize("on_look_up", [False, True])
@at(asked_places())
def test_a_receipt_of_another_shape_is_quarantined_with_what_differs_and_the_work_is_not_repeated(
    staged: Stage, database: Database, clock: ManualClock, key: str, on_look_up: bool
) -> None:
    from aios.intake.quarantine import Quarantine

    carried = Carried(staged, database, clock, key)
    carried.connector.connector = Changed(carried.connector.connector, on_look_up)  # type: ignore[attr-defined]
    effect = carried.to_the_end()
    assert carried.outside == 1
    assert (effect.state == "unknown") == on_look_up
    with database.read() as connection:
        [kept] = Quarantine(carried.log).list(connection)[:1]
        assert "brand_new" in kept.reason and key in kept.name
        assert ledger.get(connection, key).receipt == (None if on_look_up else effect.receipt)
