"""The catalog of event types: for each `noun.verb` the payload it carries and the version of that payload."""

from collections.abc import Iterator

from aios.events.payload import Payload
from aios.events.types.books import BookingEntered
from aios.events.types.cases import (
    ArtifactRecorded,
    CaseClosed,
    CaseContinued,
    CaseFailed,
    CaseNamed,
    CaseOpened,
    CasePaused,
    CaseResumed,
    CaseWaiting,
    RollbackStarted,
)
from aios.events.types.contacts import (
    AliasAdded,
    CardReceived,
    CardRemoved,
    ContactChanged,
    ContactCorrected,
    ContactCreated,
    ContactsMerged,
    ContactsUnmerged,
)
from aios.events.types.decisions import (
    DecisionExpired,
    DecisionMade,
    DecisionOpened,
    DecisionSnoozed,
    DecisionVoided,
    PolicyAdopted,
    PolicyRefused,
)
from aios.events.types.documents import (
    AppointmentReceived,
    CalendarReceived,
    EntryBooked,
    EntryPart,
    InvoiceReceived,
    StatementReceived,
)
from aios.events.types.effects import (
    ConnectorSwitched,
    EffectApproved,
    EffectBuffered,
    EffectCaptured,
    EffectClaimed,
    EffectCompensated,
    EffectDeferred,
    EffectFailed,
    EffectProposed,
    EffectSucceeded,
    EffectUnknown,
    EffectWithdrawn,
    OutgoingReleased,
    OutgoingStopped,
)
from aios.events.types.forgetting import ForgettingFinished, ForgottenEvent, PersonForgotten
from aios.events.types.invoices import InvoiceDrafted, InvoiceIssued, InvoicePaid, InvoiceRecorded, ReminderDue
from aios.events.types.knowledge import (
    MemoryAdded,
    MemoryClosed,
    MemorySupported,
)
from aios.events.types.messages import (
    AttachmentRef,
    IncomingMessage,
    InputQuarantined,
    InputRepeated,
    LeadReceived,
    MessageReceived,
    QuarantineResolved,
    Sender,
    WebhookReceived,
)
from aios.events.types.notices import NoticeDue
from aios.events.types.orders import OrderRecorded
from aios.events.types.payments import (
    DisputeClosed,
    InvoiceChanged,
    PaymentDisputed,
    PaymentFact,
    PaymentFailed,
    PaymentReceived,
    PaymentRefunded,
    PayoutFailed,
    PayoutPaid,
    RefundFailed,
    SubscriptionChanged,
    SubscriptionEnded,
    SubscriptionStarted,
)
from aios.events.types.seals import LogSealed
from aios.events.types.settlements import (
    DisputeResolved,
    EntryAccounted,
    InvoiceDisputed,
    InvoiceUnpaid,
    PaymentMatched,
    PaymentUnmatched,
)
from aios.events.types.spending import (
    BudgetReserved,
    BudgetSettled,
    ModelAnswered,
    ModelFailed,
)

__all__ = [
    "CATALOG",
    "AliasAdded",
    "AppointmentReceived",
    "ArtifactRecorded",
    "AttachmentRef",
    "BookingEntered",
    "BudgetReserved",
    "BudgetSettled",
    "CalendarReceived",
    "CardReceived",
    "CardRemoved",
    "CaseClosed",
    "CaseContinued",
    "CaseFailed",
    "CaseNamed",
    "CaseOpened",
    "CasePaused",
    "CaseResumed",
    "CaseWaiting",
    "ConnectorSwitched",
    "ContactChanged",
    "ContactCorrected",
    "ContactCreated",
    "ContactsMerged",
    "ContactsUnmerged",
    "DecisionExpired",
    "DecisionMade",
    "DecisionOpened",
    "DecisionSnoozed",
    "DecisionVoided",
    "DisputeClosed",
    "DisputeResolved",
    "EffectApproved",
    "EffectBuffered",
    "EffectCaptured",
    "EffectClaimed",
    "EffectCompensated",
    "EffectDeferred",
    "EffectFailed",
    "EffectProposed",
    "EffectSucceeded",
    "EffectUnknown",
    "EffectWithdrawn",
    "EntryAccounted",
    "EntryBooked",
    "EntryPart",
    "ForgettingFinished",
    "ForgottenEvent",
    "IncomingMessage",
    "InputQuarantined",
    "InputRepeated",
    "InvoiceChanged",
    "InvoiceDisputed",
    "InvoiceDrafted",
    "InvoiceIssued",
    "InvoicePaid",
    "InvoiceReceived",
    "InvoiceRecorded",
    "InvoiceUnpaid",
    "LeadReceived",
    "LogSealed",
    "MemoryAdded",
    "MemoryClosed",
    "MemorySupported",
    "MessageReceived",
    "ModelAnswered",
    "ModelFailed",
    "NoticeDue",
    "OrderRecorded",
    "OutgoingReleased",
    "OutgoingStopped",
    "Payload",
    "PaymentDisputed",
    "PaymentFact",
    "PaymentFailed",
    "PaymentMatched",
    "PaymentReceived",
    "PaymentRefunded",
    "PaymentUnmatched",
    "PayoutFailed",
    "PayoutPaid",
    "PersonForgotten",
    "PolicyAdopted",
    "PolicyRefused",
    "QuarantineResolved",
    "RefundFailed",
    "ReminderDue",
    "RollbackStarted",
    "Sender",
    "StatementReceived",
    "SubscriptionChanged",
    "SubscriptionEnded",
    "SubscriptionStarted",
    "WebhookReceived",
]


def _types(base: type[Payload]) -> Iterator[type[Payload]]:
    """Every payload below the base that names an event type."""
    for model in base.__subclasses__():
        if "type" in vars(model):
            yield model
        yield from _types(model)


CATALOG: dict[str, type[Payload]] = {model.type: model for model in _types(Payload)}
"""Every event type by its name."""
