"""`open_kernel`: the one place that builds and wires the kernel's parts."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.engine import Connection

from aios.agents.runner import Agents
from aios.billing.accounting import Accounting
from aios.billing.billing import Billing
from aios.billing.entries import Entries
from aios.billing.entry_projection import EntryProjection
from aios.billing.entry_questions import EntryQuestions
from aios.billing.projection import InvoiceProjection
from aios.billing.rebooking import Rebooking
from aios.billing.reconciliation import Reconciliation
from aios.books.books import Books
from aios.books.numbering import NumberProjection
from aios.books.projection import BookProjection
from aios.budgets.budgets import Budgets
from aios.budgets.limits import Limits
from aios.budgets.projection import BudgetProjection
from aios.cases.artifacts import Artifacts
from aios.cases.cases import Cases
from aios.cases.process import PROCESSES
from aios.cases.projection import CaseProjection
from aios.clock import Clock, SystemClock
from aios.connectors.registry import Registry, open_registry
from aios.contacts.book import AddressBook
from aios.contacts.corrections import Corrections
from aios.contacts.projection import CardProjection
from aios.credentials.mark import mark_of
from aios.database import blobs
from aios.database.engine import Database
from aios.database.migrate import migrate
from aios.decisions.decisions import ENTRY, FACT, INVOICE, PREFERENCE, REBOOKING, Decisions
from aios.decisions.projection import DecisionProjection
from aios.effects.admission import Admission, Pace, PaceOf
from aios.effects.answers import Answers
from aios.effects.executor import Executor
from aios.effects.gate import Gate
from aios.effects.ledger import EffectProjection
from aios.effects.modes import Modes
from aios.effects.rollback import Rollback
from aios.effects.switches import SwitchProjection
from aios.events.log import EventLog, Projection
from aios.finance.finance import Finance
from aios.identity.contacts import Contacts
from aios.identity.projection import IdentityProjection
from aios.intake.intake import Intake
from aios.intake.mailbox import Mailbox
from aios.intake.payments import PaymentEvents
from aios.intake.projection import QuarantineProjection, ThreadProjection
from aios.intake.quarantine import Quarantine
from aios.learning.learning import Learning
from aios.links.links import Links
from aios.links.projection import LinkProjection
from aios.memory.facts import Facts
from aios.memory.memory import Memory
from aios.memory.openai_embedder import Terms
from aios.memory.projection import MemoryProjection
from aios.memory.summaries import Summaries
from aios.models.gateway import Gateway
from aios.models.journal import JournalProjection
from aios.models.pricing import Price
from aios.payments.projection import PaymentProjection
from aios.policies.policies import Policies
from aios.settings import Settings
from aios.traffic.rates import Rate


@dataclass(frozen=True)
class Kernel:
    """Every part of the kernel, wired to one database. Safe to share between threads, not across a fork."""

    settings: Settings
    clock: Clock
    database: Database
    log: EventLog
    cases: Cases
    artifacts: Artifacts
    contacts: Contacts
    address_book: AddressBook
    corrections: Corrections
    policies: Policies
    decisions: Decisions
    gate: Gate
    answers: Answers
    learning: Learning
    executor: Executor
    rollback: Rollback
    books: Books
    billing: Billing
    entry_questions: EntryQuestions
    finance: Finance
    rebooking: Rebooking
    budgets: Budgets
    gateway: Gateway
    memory: Memory
    facts: Facts
    summaries: Summaries
    links: Links
    agents: Agents
    intake: Intake
    mailbox: Mailbox
    payment_events: PaymentEvents
    quarantine: Quarantine
    connectors: Registry

    @property
    def reconciliation(self) -> Reconciliation:
        """What accounts for the entries of statements."""
        return self.entry_questions.reconciliation

    def close(self) -> None:
        """Let go of the model server, the vector index and the database."""
        self.gateway.close()
        self.memory.disconnect()
        self.database.close()


def projections() -> tuple[Projection, ...]:
    """Everything that follows from the log, in the order in which an event reaches it."""
    return (
        CaseProjection(),
        IdentityProjection(),
        CardProjection(),
        DecisionProjection(),
        EffectProjection(),
        SwitchProjection(),
        BudgetProjection(),
        JournalProjection(),
        MemoryProjection(),
        ThreadProjection(),
        QuarantineProjection(),
        LinkProjection(),
        PaymentProjection(),
        NumberProjection(),
        BookProjection(),
        InvoiceProjection(),
        EntryProjection(),
    )


def open_kernel(settings: Settings, clock: Clock | None = None) -> Kernel:
    """The kernel on the database of the settings, brought to this version's schema."""
    clock = clock or SystemClock()
    database = Database(settings.database_url)
    migrate(database)
    log = EventLog(database, clock, projections())
    cases, artifacts = Cases(log, PROCESSES), Artifacts(log)
    policies, decisions = Policies(log, settings.home / "policies.yaml", settings.aios_undo_seconds), Decisions(log)
    learning = Learning(log, decisions)
    connectors = open_registry(settings, clock, contents=lambda digest: _content(database, digest))
    gate = Gate(log, cases, artifacts, decisions, policies, settings.aios_mode, connectors.contract)
    lease = timedelta(seconds=settings.aios_claim_seconds)
    executor = Executor(log, connectors, lease, _admission(log, connectors, policies, gate.modes))
    budgets = Budgets(log, lambda connection: Limits(**policies.current(connection).budgets.micros()))
    terms = Terms(budgets, lambda: _prices(policies), lambda: policies.current().redaction)
    memory = Memory(settings, log, clock, terms)
    facts, summaries = Facts(memory, decisions), Summaries(memory)
    contacts = Contacts(log, (facts.regrouped, summaries.regrouped))
    book = AddressBook(settings, log, contacts)
    gateway = Gateway(settings, log, budgets, clock, prices=terms.prices)
    books = Books(log, settings.home)
    billing, rebooking = Billing(log, cases, gate, books), Rebooking(log, books, decisions, cases)
    entry_questions = EntryQuestions(cases, decisions, Reconciliation(Entries(log), Accounting(log, books), billing))
    followers = {PREFERENCE: learning, FACT: facts, INVOICE: billing, ENTRY: entry_questions, REBOOKING: rebooking}
    intake = Intake(log, cases, clock, settings.home, own_addresses=(settings.aios_owner_email,))
    return Kernel(
        settings=settings,
        clock=clock,
        database=database,
        log=log,
        cases=cases,
        artifacts=artifacts,
        contacts=contacts,
        address_book=book,
        corrections=Corrections(log, contacts, cases, book),
        policies=policies,
        decisions=decisions,
        gate=gate,
        answers=Answers(log, cases, decisions, gate, connectors.parse, followers),
        learning=learning,
        executor=executor,
        rollback=Rollback(log, cases, gate, executor, connectors.contract, (billing.undone,)),
        books=books,
        billing=billing,
        entry_questions=entry_questions,
        finance=Finance(books),
        rebooking=rebooking,
        budgets=budgets,
        gateway=gateway,
        memory=memory,
        facts=facts,
        summaries=summaries,
        links=Links(log, cases),
        agents=Agents(gateway, terms.redaction),
        intake=intake,
        mailbox=Mailbox(settings, intake, database, clock),
        payment_events=PaymentEvents(settings, intake, database, clock),
        quarantine=intake.quarantine,
        connectors=connectors,
    )


def _content(database: Database, digest: str) -> bytes:
    with database.read() as connection:
        return blobs.get_bytes(connection, digest)


def _admission(log: EventLog, connectors: Registry, policies: Policies, modes: Modes) -> Admission:
    def mark(name: str) -> str:
        contract = connectors.contracts.get(name)
        return mark_of(connectors.credentials, contract.credentials) if contract and contract.credentials else ""

    return Admission(log, _pace_of(connectors, policies), modes, mark)


def _pace_of(connectors: Registry, policies: Policies) -> PaceOf:
    """What the policies say of a connector, or its contract; what stays on this machine needs no pace."""

    def pace_of(connection: Connection, name: str, mode: str) -> Pace | None:
        if mode != "live" or name not in connectors.contracts:
            return None
        said = policies.current(connection).rates.get(name)
        rate = Rate(said.count, said.per) if said else connectors.contract(name).rate
        return connectors.account(name), rate

    return pace_of


def _prices(policies: Policies) -> dict[str, Price]:
    return {price.model: Price(price.input, price.output) for price in policies.current().prices}
