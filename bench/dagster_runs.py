"""What a Dagster instance has done, asked over its own GraphQL: whether it is ready, its runs, their events."""

from dataclasses import dataclass
from typing import Any

import httpx

LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries { loadStatus
    locationOrLoadError { __typename ... on PythonError { message } } } } } }"""
RUNS = """query($filter: RunsFilter) { runsOrError(filter: $filter) { ... on Runs { results { runId status } } } }"""
EVENTS = """query($run: ID!, $after: String) { logsForRun(runId: $run, afterCursor: $after, limit: 1000) {
    ... on EventConnection { events { __typename } cursor hasMore } } }"""
FAILURES = """query($run: ID!) { logsForRun(runId: $run, limit: 1000) { ... on EventConnection { events {
    ... on ErrorEvent { error { message cause { message } } } ... on RunFailureEvent { message } } } } }"""
UNDER_WAY = ["QUEUED", "NOT_STARTED", "MANAGED", "STARTING", "STARTED", "CANCELING"]


@dataclass(frozen=True)
class DagsterRuns:
    """A Dagster web server, as its pages see it."""

    url: str

    def loaded(self) -> bool:
        """Whether the definitions are there; fails with Dagster's words where they cannot be loaded."""
        try:
            entries = self._ask(LOCATIONS)["workspaceOrError"].get("locationEntries", [])
        except httpx.TransportError:
            return False
        for entry in entries:
            found = entry["locationOrLoadError"] or {}
            if "message" in found:
                raise RuntimeError(f"Dagster could not load the definitions: {found['message']}")
        return bool(entries) and all(entry["loadStatus"] == "LOADED" for entry in entries)

    def under_way(self) -> int:
        """How many runs have not ended."""
        return len(self._runs({"statuses": UNDER_WAY}))

    def ids(self) -> set[str]:
        """Every run there was."""
        return {run["runId"] for run in self._runs({})}

    def failures(self) -> list[str]:
        """Why runs failed, in Dagster's words."""
        failed = [run["runId"] for run in self._runs({"statuses": ["FAILURE"]})]
        return [str(event) for run in failed for event in self._ask(FAILURES, run=run)["logsForRun"]["events"] if event]

    def events(self, run: str) -> int:
        """How many events Dagster has stored for a run, lines of its log included."""
        count, cursor, more = 0, None, True
        while more:
            page = self._ask(EVENTS, run=run, after=cursor)["logsForRun"]
            count, cursor, more = count + len(page["events"]), page["cursor"], page["hasMore"]
        return count

    def _runs(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        return self._ask(RUNS, filter=wanted)["runsOrError"]["results"]

    def _ask(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        answer = httpx.post(f"{self.url}/graphql", json=body, timeout=60, trust_env=False)
        answer.raise_for_status()
        said = answer.json()
        if said.get("errors"):
            raise RuntimeError(f"Dagster refused the query: {said['errors'][0]['message']}")
        return said["data"]
