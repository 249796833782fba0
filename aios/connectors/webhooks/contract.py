"""The contract of outgoing webhooks: each says that something has happened, under an id that receivers recognise."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

from aios.clock import Clock
from aios.connectors.base import Connector
from aios.connectors.contract import Contract, Irreversible, Operation
from aios.connectors.webhooks.notice import Notice, NoticeReceipt
from aios.connectors.webhooks.sandbox import SandboxWebhooks
from aios.credentials.credentials import Credentials
from aios.settings import Settings
from aios.traffic.rates import Rate

SIGNING = "AIOS_WEBHOOK_SIGNING_SECRET"
EXCERPT = 2000


def _preview(asked: Notice) -> str:
    said = json.dumps(asked.data, indent=2, ensure_ascii=False)
    rest = " …" if len(said) > EXCERPT else ""
    return f"{urlsplit(asked.url).hostname} is told {asked.type} of {asked.happened_at}:\n{said[:EXCERPT]}{rest}"


def _live(settings: Settings, clock: Clock) -> Connector:
    from aios.connectors.webhooks.outgoing import Webhooks

    return Webhooks(settings, clock)


WEBHOOKS = Contract(
    name="webhooks",
    version=1,
    title="Webhooks",
    operations=(
        Operation(
            name="send",
            request=Notice,
            receipt=NoticeReceipt,
            identified_by="the header webhook-id, made from the effect's key, by which receivers recognise a repeat",
            undo=Irreversible("What another program was told cannot be untold; only a further webhook can correct it."),
            risk="message",
            preview=_preview,
        ),
    ),
    rate=Rate(120, timedelta(minutes=1)),
    account=lambda settings: "other programs",
    configured=lambda settings: Credentials(settings).has(SIGNING),
    sandbox=SandboxWebhooks,
    live=_live,
    credentials=(SIGNING,),
)
