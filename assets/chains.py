"""Every process in Dagster. What is named here has its assets, partitions and job, and the sensors start its runs."""

from collections.abc import Iterable

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from aios.cases.process import prefix_of
from assets.address_book import ADDRESS_BOOK_CHAIN
from assets.incoming_invoice import INCOMING_INVOICE_CHAIN
from assets.lead_intake import LEAD_INTAKE_CHAIN
from assets.outgoing_invoice import OUTGOING_INVOICE_CHAIN
from assets.payment_recovery import PAYMENT_RECOVERY_CHAIN
from assets.reconciliation import RECONCILIATION_CHAIN
from assets.reminder import REMINDER_CHAIN
from assets.steps import Chain
from assets.webhook_notice import WEBHOOK_NOTICE_CHAIN

CHAINS: dict[str, Chain] = {
    chain.process.info.prefix: chain
    for chain in (
        LEAD_INTAKE_CHAIN,
        INCOMING_INVOICE_CHAIN,
        OUTGOING_INVOICE_CHAIN,
        REMINDER_CHAIN,
        PAYMENT_RECOVERY_CHAIN,
        ADDRESS_BOOK_CHAIN,
        RECONCILIATION_CHAIN,
        WEBHOOK_NOTICE_CHAIN,
    )
}
"""Each chain by the prefix of its case ids."""


def chain_of(case_id: str) -> Chain | None:
    """The chain that a case goes through; None for a case of a process that is not here, which no run can work on."""
    return CHAINS.get(prefix_of(case_id))


def jobs() -> list[UnresolvedAssetJobDefinition]:
    """The job of each process."""
    return [chain.job for chain in CHAINS.values()]


def partitions_for(case_ids: Iterable[str]) -> list[dg.AddDynamicPartitionsRequest]:
    """The requests that make cases partitions, each of its own process."""
    grouped: dict[str, list[str]] = {}
    for case_id in case_ids:
        grouped.setdefault(prefix_of(case_id), []).append(case_id)
    return [CHAINS[prefix].partitions.build_add_request(keys) for prefix, keys in grouped.items() if prefix in CHAINS]
