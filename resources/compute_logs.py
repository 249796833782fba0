"""Compute logs: what a run prints goes to its file, which the Dagster UI shows, and nowhere else.

Dagster's own manager also repeats it on the console, for which it starts two `tail` processes and two Python watchers
beside each run; where runs take half a second, that is most of their work.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dagster import Field, StringSource
from dagster._config.config_schema import UserConfigSchema
from dagster._core.execution.compute_logs import redirect_to_file
from dagster._core.instance.ref import compute_logs_directory
from dagster._core.storage.compute_log_manager import CapturedLogContext, ComputeIOType
from dagster._core.storage.local_compute_log_manager import IO_TYPE_EXTENSION, LocalComputeLogManager
from dagster._serdes import ConfigurableClassData
from dagster._utils import ensure_file, touch_file


class FileComputeLogManager(LocalComputeLogManager):
    """Captures standard output and error of runs in files, in `base_dir` or in the folder `storage` of DAGSTER_HOME."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Where the files are."""
        return {"base_dir": Field(StringSource, is_required=False)}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "FileComputeLogManager":
        """As `dagster.yaml` says."""
        base = config_value.get("base_dir") or compute_logs_directory(os.environ["DAGSTER_HOME"])
        return cls(base, inst_data=inst_data)

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Iterator[CapturedLogContext]:
        """Redirect both streams of this process into their files while the context lasts."""
        out, err = (
            self.get_captured_local_path(log_key, IO_TYPE_EXTENSION[stream])
            for stream in (ComputeIOType.STDOUT, ComputeIOType.STDERR)
        )
        ensure_file(out)
        ensure_file(err)
        with redirect_to_file(sys.stdout, out), redirect_to_file(sys.stderr, err):
            yield CapturedLogContext(log_key)
        touch_file(self.complete_artifact_path(log_key))
