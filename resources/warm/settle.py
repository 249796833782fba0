"""What Dagster is told of a run whose process ended without telling it."""


def settle(instance_ref: str, run_id: str, pid: int, code: int) -> None:
    """Report the run as failed, or as canceled where that was asked for; nothing where it has ended by itself."""
    from dagster import DagsterInstance  # only a run that died needs it, and it takes a second
    from dagster._core.instance import InstanceRef
    from dagster._core.storage.dagster_run import DagsterRunStatus
    from dagster._serdes import deserialize_value
    from dagster._utils import get_run_crash_explanation

    with DagsterInstance.from_ref(deserialize_value(instance_ref, InstanceRef)) as instance:
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return
        message = get_run_crash_explanation(f"The run's process {pid}", code)
        if run.status == DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, message)
        else:
            instance.report_run_failed(run, message)
