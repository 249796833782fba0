"""Dagster's part between a sensor and its runs, without the runs: it keeps the cursor and starts each run key once."""

from typing import Any

import dagster as dg
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.storage.dagster_run import DagsterRunStatus
from dagster._core.storage.tags import PARTITION_NAME_TAG, RUN_KEY_TAG
from dagster._core.test_utils import create_run_for_test

from assets.asked import asked_of
from tests.company import Company

ORIGIN = RemoteJobOrigin(RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("aios"), "aios"), "lead_intake_job")


class Scheduler:
    """Ticks sensors on a real instance; a run that a sensor asks for waits in the queue until it is moved on."""

    def __init__(self, company: Company, instance: dg.DagsterInstance) -> None:
        self.company, self.instance = company, instance
        self.cursors: dict[str, str | None] = {}

    def tick(self, sensor: dg.SensorDefinition, *, lost_after: int | None = None) -> list[dg.RunRequest]:
        """One tick; returns what was asked for. One that is lost makes so many runs, and its cursor is not kept."""
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursors.get(sensor.name),
            resources={"kernel": self.company.kernel},
        )
        result: Any = sensor(context)
        if isinstance(result, dg.SkipReason):
            return []
        requests = list(result.run_requests or [])
        for added in result.dynamic_partitions_requests or []:
            self.instance.add_dynamic_partitions(added.partitions_def_name, list(added.partition_keys))
        for request in requests[:lost_after]:
            self._create(request)
        if lost_after is None:
            self.cursors[sensor.name] = result.cursor
        return requests

    def runs(self) -> list[dg.DagsterRun]:
        """Every run, oldest first."""
        return list(reversed(self.instance.get_runs()))

    def move(self, before: DagsterRunStatus, after: DagsterRunStatus) -> None:
        """Let every run in one state go on to another."""
        for run in self.instance.get_runs(dg.RunsFilter(statuses=[before])):
            event = {DagsterRunStatus.STARTED: "PIPELINE_START", DagsterRunStatus.FAILURE: "PIPELINE_FAILURE"}
            said = dg.DagsterEvent(event.get(after, "PIPELINE_SUCCESS"), job_name=run.job_name)
            self.instance.report_dagster_event(said, run.run_id)

    def _create(self, request: dg.RunRequest) -> None:
        key = str(request.run_key)
        if self.instance.get_runs(dg.RunsFilter(tags={RUN_KEY_TAG: key})):
            return
        partition = {PARTITION_NAME_TAG: request.partition_key} if request.partition_key else {}
        create_run_for_test(
            self.instance,
            job_name=request.job_name or ORIGIN.job_name,
            tags={**request.tags, **partition, RUN_KEY_TAG: key},
            run_config=dict(request.run_config),
            status=DagsterRunStatus.QUEUED,
            remote_job_origin=ORIGIN,
        )


def cases_of(request: dg.RunRequest) -> list[str]:
    """The cases that a run request names."""
    return list(request.run_config["ops"]["lead_intake"]["config"]["cases"])


def named_in(run: dg.DagsterRun) -> set[str]:
    """The cases that a run was asked for."""
    return set(asked_of(run))
