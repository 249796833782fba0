"""Run requests: cases that are to be worked on at the same tick go together, in as few runs as their steps allow."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES, DagsterRunStatus
from dagster._core.storage.tags import PRIORITY_TAG

from assets.asked import asked_config, asked_of
from assets.chains import chain_of
from assets.steps import Chain

CASES_PER_RUN = 250
"""The most cases of one run; beyond that, runs beside one another are sooner done."""

PURPOSE, SHOWN = "aios/purpose", "aios/cases"
"""Tags of a run: what it is for (`new`, `continued`, `due` or `stranded`), and its cases as a person reads them."""

UNDER_WAY = [status for status in NOT_FINISHED_STATUSES if status != DagsterRunStatus.NOT_STARTED]
"""A run that is not started was made and could not be queued: whoever made it asks again."""


@dataclass(frozen=True)
class Work:
    """A case that needs its steps from `step` on, since the position in the log (or another number of its own)."""

    case_id: str
    position: int
    step: str = ""
    alone: bool = False


def run_requests(purpose: str, work: Sequence[Work], tags: dict[str, str] | None = None) -> list[dg.RunRequest]:
    """The runs for the work. The same work makes the same runs with the same keys, and Dagster starts a key once."""
    chains: dict[str, Chain] = {}
    together: dict[tuple[str, str, str], list[Work]] = defaultdict(list)
    for each in work:
        if chain := chain_of(each.case_id):
            name = chain.process.info.name
            chains[name] = chain
            first = chain.process.steps_from(each.step)[0]
            together[name, first, each.case_id if each.alone else ""].append(each)
    return [
        _request(chains[name], purpose, first, group[start : start + CASES_PER_RUN], tags or {})
        for (name, first, _alone), group in together.items()
        for start in range(0, len(group), CASES_PER_RUN)
    ]


def _request(chain: Chain, purpose: str, first: str, work: Sequence[Work], tags: dict[str, str]) -> dg.RunRequest:
    """One run; a single case has its partition and its assets too, which is where one looks for it in Dagster."""
    case_id, alone, process = work[0].case_id, len(work) == 1, chain.process
    steps = process.steps_from(first)
    selected = alone and len(steps) < len(process.steps)
    shown = f"{case_id} from {first}" if alone else f"{len(work)} from {first}: {case_id} … {work[-1].case_id}"
    urgent = {} if purpose == "new" else {PRIORITY_TAG: "1"}
    cases = {each.case_id: each.position for each in work}
    return dg.RunRequest(
        run_key="-".join([purpose, case_id, str(work[0].position), *tags.values()]),
        job_name=chain.job.name,
        run_config=asked_config(process.info.name, cases, first),
        partition_key=case_id if alone else None,
        asset_selection=[dg.AssetKey(name) for name in steps] if selected else None,
        tags={PURPOSE: purpose, SHOWN: shown, **urgent, **tags},
    )


def asked(instance: dg.DagsterInstance, purpose: str, tags: dict[str, str] | None = None) -> set[tuple[str, int]]:
    """The cases and positions that such runs were asked for: those with the tags, or, without, those under way."""
    wanted = {PURPOSE: purpose, **(tags or {})}
    runs = instance.get_runs(dg.RunsFilter(tags=wanted, statuses=None if tags else UNDER_WAY))
    return {pair for run in runs if run.status != DagsterRunStatus.NOT_STARTED for pair in asked_of(run).items()}
