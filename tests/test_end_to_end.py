"""The whole product as a person starts it: `aios up` with Dagster's daemon, real mail, the owner over HTTP."""

import hashlib
import hmac
import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from aios.invoices.ubl_writer import write_ubl
from tests.bills import bill
from tests.commands import AIOS, environment
from tests.company import EXAMPLES
from tests.peers.smtp import SmtpPeer
from tests.ports import free_port
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

STRIPE_SECRET = "whsec_of_stripe"


@dataclass
class Running:
    """A running aios and the mail server it sends through."""

    home: Path
    url: str
    dagster: str
    smtp: SmtpPeer
    process: subprocess.Popen[str]

    def get(self, path: str, **params: Any) -> Any:
        response = httpx.get(f"{self.url}/api/{path}", params=params, timeout=60, trust_env=False)
        response.raise_for_status()
        return response.json()

    def answer(self, decision: dict[str, Any], verdict: str, **more: Any) -> httpx.Response:
        body = {"verdict": verdict, "version": decision["version"], **more}
        return httpx.post(f"{self.url}/api/decisions/{decision['id']}", json=body, timeout=60, trust_env=False)

    def decisions(self, status: str = "open") -> list[dict[str, Any]]:
        return items(self.get("decisions", status=status))

    def case(self, case_id: str) -> dict[str, Any]:
        found = self.get(f"cases/{case_id}")
        return found.get("case", found)

    def decision_of(self, case_id: str) -> dict[str, Any]:
        return next((item for item in self.decisions() if item["case_id"] == case_id), {})

    def decided(self, case_id: str, words: str, verdict: str = "approve") -> None:
        """Answer the open question of the case once it is the one with these words."""

        def asked() -> dict[str, Any]:
            found = self.decision_of(case_id)
            return found if words in found.get("title", "") else {}

        found = until(asked, timeout=60, every=0.2, what=f"the question {words!r} of {case_id}")
        assert self.answer(found, verdict).status_code == 200

    def told_by_stripe(self, kind: str, thing: dict[str, Any]) -> None:
        """A webhook of Stripe's, signed."""
        about = {"id": f"evt_{kind}", "object": "event", "type": kind, "created": 1_790_000_000, "livemode": True}
        body, stamp = json.dumps({**about, "data": {"object": thing}}).encode(), int(time.time())
        right = hmac.new(STRIPE_SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Stripe-Signature": f"t={stamp},v1={right}", "Content-Type": "application/json"}
        url = f"{self.url}/api/webhooks/stripe"
        said = httpx.post(url, content=body, headers=headers, timeout=20, trust_env=False)
        assert said.status_code < 300, said.text

    def run_again(self, case_id: str) -> str:
        """Have Dagster execute the newest run of the case once more, from its first step; how that ended."""
        newest = """query($case: String!) {
            runsOrError(limit: 1, filter: {tags: [{key: "dagster/partition", value: $case}]}) {
              ... on Runs { results { runId } } } }"""
        [run] = self.graphql(newest, case=case_id)["runsOrError"]["results"]
        again = """mutation($id: String!) {
            launchRunReexecution(reexecutionParams: {parentRunId: $id, strategy: ALL_STEPS}) {
              __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
        launched = self.graphql(again, id=run["runId"])["launchRunReexecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        status = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"

        def ended() -> str:
            found = self.graphql(status, id=launched["run"]["runId"])["runOrError"]["status"]
            return found if found in ("SUCCESS", "FAILURE", "CANCELED") else ""

        return until(ended, timeout=60, every=0.2, what="the run to end")

    def runs_under_way(self) -> list[psutil.Process]:
        """The processes of runs: what the keeper of warm processes has for children, but for the warm one itself.

        On a machine that is too busy to keep one warm, runs start the stock way.
        """
        family = psutil.Process(self.process.pid).children(recursive=True)
        [keeper] = [process for process in family if "resources.warm" in words_of(process)[:3]]
        warm = sorted(keeper.children(), key=psutil.Process.create_time)[1:]
        return warm or [
            process for process in family if any("multiprocessing.spawn" in word for word in words_of(process))
        ]

    def graphql(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        response = httpx.post(f"{self.dagster}/graphql", json=body, timeout=60, trust_env=False)
        return response.json()["data"]


def words_of(process: psutil.Process) -> list[str]:
    """Its command; none where it has ended since it was listed."""
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def items(answer: Any) -> list[dict[str, Any]]:
    return answer if isinstance(answer, list) else next(value for value in answer.values() if isinstance(value, list))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("up") / "home"
    smtp = SmtpPeer().start()
    workspace, dagster = free_port(), free_port()
    settings = {
        "AIOS_WORKSPACE_PORT": workspace,
        "AIOS_DAGSTER_PORT": dagster,
        "AIOS_CHROMA_PORT": free_port(),
        "AIOS_MODE": "live",
        "AIOS_SMTP_URL": smtp.url,
        "AIOS_OWNER_EMAIL": "mara@nordlicht.example",
        "AIOS_UNDO_SECONDS": 1,
        "AIOS_EMBEDDINGS": "lexical",
        "AIOS_BUSINESS_NAME": "Nordlicht Studio",
        "AIOS_BANK_IBAN": "DE75512108001245126199",
        "STRIPE_WEBHOOK_SECRET": STRIPE_SECRET,
    }
    process = subprocess.Popen(
        [AIOS, "up"], env=environment(home, **settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    url = f"http://127.0.0.1:{workspace}"
    running = Running(home, url, f"http://127.0.0.1:{dagster}", smtp, process)
    try:
        until(lambda: says_ready(process), timeout=120, what="aios up to be ready")
        drop(home)
        yield running
    finally:
        process.terminate()
        process.communicate(timeout=60)
        smtp.stop()


def says_ready(process: "subprocess.Popen[str]") -> bool:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"aios up ended with {process.poll()}"
    return line.startswith("Ready")


def drop(home: Path) -> None:
    for file in sorted((EXAMPLES / "inbox").iterdir()):
        drop_one(home, file.name, file.read_bytes())


def drop_one(home: Path, name: str, data: bytes) -> None:
    part = home / "inbox" / f".{name}.part"
    part.write_bytes(data)
    part.rename(home / "inbox" / name)


@pytest.fixture(scope="module")
def queue(running: Running) -> list[dict[str, Any]]:
    """The queue once the examples have been worked through."""

    def settled() -> list[dict[str, Any]]:
        cases = items(running.get("cases"))
        done = len(cases) >= 12 and all(case["status"] in ("waiting", "closed") for case in cases)
        return running.decisions() if done else []

    return until(settled, timeout=120, every=0.5, what="every example to have its place")


def test_the_examples_fill_the_queue(queue: list[dict[str, Any]]) -> None:
    assert len(queue) >= 10


def test_an_approved_reply_reaches_the_mail_server_once(running: Running, queue: list[dict[str, Any]]) -> None:
    decision = queue[0]
    assert running.answer(decision, "approve").status_code == 200
    assert running.answer(decision, "approve").status_code == 409
    until(lambda: running.case(decision["case_id"])["outcome"] == "answered", timeout=90, every=0.3)
    [effect] = items(running.get("effects", case=decision["case_id"]))
    assert effect["state"] == "succeeded"
    assert running.smtp.count(effect["receipt"]["message_id"]) == 1


def test_an_edited_reply_goes_out_as_edited(running: Running, queue: list[dict[str, Any]]) -> None:
    decision = queue[1]
    edits = {"text": "Dear friend,\n\nlet us talk tomorrow.\n\nMara"}
    assert running.answer(decision, "edit", edits=edits).status_code == 200
    until(lambda: running.case(decision["case_id"])["outcome"] == "answered", timeout=90, every=0.3)
    sent = [mail for mail in running.smtp.stored if b"let us talk tomorrow" in mail.raw]
    assert len(sent) == 1


def test_a_rejected_reply_sends_nothing(running: Running, queue: list[dict[str, Any]]) -> None:
    decision = queue[2]
    assert running.answer(decision, "reject", note="no").status_code == 200
    assert running.case(decision["case_id"])["outcome"] == "rejected"
    assert items(running.get("effects", case=decision["case_id"]))[0]["state"] == "withdrawn"


def test_feedback_brings_a_new_decision(running: Running, queue: list[dict[str, Any]]) -> None:
    decision = queue[3]
    assert running.answer(decision, "revise", note="Offer a call.").status_code == 200
    again = until(lambda: running.decision_of(decision["case_id"]), timeout=90, every=0.3)
    assert again["id"] != decision["id"]


def test_a_run_killed_while_it_sends_is_started_again_and_sends_nothing_twice(
    running: Running, queue: list[dict[str, Any]]
) -> None:
    decision, sent = queue[4], len(running.smtp.stored)
    running.smtp.fail("slow")  # keeps the mail and never answers, so that the run is caught in the middle
    assert running.answer(decision, "approve").status_code == 200
    until(lambda: len(running.smtp.stored) == sent + 1, timeout=60, what="the mail server to have the mail")
    [worker] = running.runs_under_way()
    worker.kill()
    asked = until(lambda: running.decision_of(decision["case_id"]), timeout=90, every=0.3)
    assert asked["kind"] == "outcome", "without a Sent folder only the owner can know"
    assert len(running.smtp.stored) == sent + 1
    query = """{ runsOrError(filter: {statuses: [FAILURE]}) { ... on Runs { results { runId
             eventConnection { events { ... on MessageEvent { message } } } } } }
             again: runsOrError(filter: {tags: [{key: "dagster/retry_number", value: "1"}]}) {
               ... on Runs { results { parentRunId status } } } }"""

    def ended() -> Any:
        found = running.graphql(query)
        return found if [run["status"] for run in found["again"]["results"]] == ["SUCCESS"] else None

    found = until(ended, timeout=60, every=0.3, what="the run that was started again to end well")
    [failed] = found["runsOrError"]["results"]
    said = [event.get("message", "") for event in failed["eventConnection"]["events"]]
    assert any(f"un's process {worker.pid}" in message for message in said), said
    assert found["again"]["results"][0]["parentRunId"] == failed["runId"]


def test_a_backfill_of_answered_cases_succeeds_and_sends_nothing_again(
    running: Running, queue: list[dict[str, Any]]
) -> None:
    sent = len(running.smtp.stored)
    cases = [case["id"] for case in items(running.get("cases")) if case["outcome"] == "answered"]
    assert len(cases) == 2
    launched = running.graphql(
        """mutation($assets: [AssetKeyInput!], $partitions: [String!]) {
          launchPartitionBackfill(backfillParams: {assetSelection: $assets, partitionNames: $partitions}) {
            __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }""",
        assets=[{"path": [name]} for name in ("lead", "lead_context", "lead_qualification", "lead_reply_draft")]
        + [{"path": ["lead_reply"]}],
        partitions=cases,
    )["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    status = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
        ... on PartitionBackfill { status numPartitions } } }"""

    def ended() -> str:
        found = running.graphql(status, id=launched["backfillId"])["partitionBackfillOrError"]["status"]
        return found if found.startswith(("COMPLETED", "FAILED")) else ""

    assert until(ended, timeout=200, every=1) == "COMPLETED_SUCCESS"
    assert len(running.smtp.stored) == sent


def test_dagster_shows_each_case_as_a_partition(running: Running, queue: list[dict[str, Any]]) -> None:
    found = running.graphql(
        """{ assetNodeOrError(assetKey: {path: ["lead"]}) { ... on AssetNode {
             partitionStats { numMaterialized numPartitions numFailed } } } }"""
    )
    stats = found["assetNodeOrError"]["partitionStats"]
    assert stats["numMaterialized"] == stats["numPartitions"] >= 12
    assert stats["numFailed"] == 0


def test_invoices_are_booked_and_paid_once_though_their_run_is_killed_in_the_middle(
    running: Running, queue: list[dict[str, Any]]
) -> None:
    for number in range(6):
        drop_one(running.home, f"bill{number}.xml", write_ubl(bill(f"R-{number}", price=f"{10 + number}.00")))
    worker = until(running.runs_under_way, timeout=60, every=0.01, what="a run for the invoices")[0]
    worker.kill()

    def asked() -> list[dict[str, Any]]:
        found = [each for each in running.decisions() if each["case_id"].startswith("invoice-")]
        return found if len(found) == 6 else []

    cases = [each["case_id"] for each in until(asked, timeout=90, every=0.3, what="every invoice to be booked")]
    booked = [each for each in items(running.get("events", type="booking.entered")) if each["case_id"] in cases]
    assert sorted(each["case_id"] for each in booked) == sorted(cases)
    running.decided(cases[0], "")
    until(lambda: running.case(cases[0])["outcome"] == "paid", timeout=60, every=0.3, what="the invoice to be paid")
    assert running.run_again(cases[0]) == "SUCCESS"
    assert len(list((running.home / "transfers").glob("*.xml"))) == 1


def test_a_failed_payment_recovers_though_its_run_is_killed_while_the_customer_is_told(
    running: Running, queue: list[dict[str, Any]]
) -> None:
    url = f"{running.url}/api/connectors/payments/mode"
    assert httpx.post(url, json={"mode": "sandbox"}, timeout=20, trust_env=False).status_code == 200
    owed = {"total": 4900, "amount_due": 4900, "amount_paid": 0, "currency": "eur", "number": "A-1"}
    who = {"customer_email": "mira@kaffeekontor.example", "customer_name": "Mira Kern", "subscription": "sub_1"}
    invoice = {"id": "in_1", "object": "invoice", **owed, **who, "attempt_count": 4, "next_payment_attempt": None}
    case_id, sent = "payment-0001", len(running.smtp.stored)
    running.told_by_stripe("invoice.payment_failed", {**invoice, "status": "open"})
    running.smtp.fail("slow")
    running.decided(case_id, "Tell Mira Kern")
    until(lambda: len(running.smtp.stored) == sent + 1, timeout=60, what="the mail server to have the mail")
    [worker] = running.runs_under_way()
    worker.kill()
    until(lambda: running.decision_of(case_id).get("kind") == "outcome", timeout=90, every=0.3)
    running.decided(case_id, "")  # the owner saw that it went out
    running.decided(case_id, "Pause the subscription")
    file = running.home / "outbox" / "payments" / "sub_1.json"
    until(file.exists, timeout=60, what="the subscription to be paused")
    running.told_by_stripe("invoice.paid", {**invoice, "status": "paid", "amount_paid": 4900})
    running.decided(case_id, "Go on with the subscription")
    until(lambda: running.case(case_id)["outcome"] == "recovered", timeout=60, every=0.3)
    before = file.read_text()
    assert running.run_again(case_id) == "SUCCESS"
    assert file.read_text() == before and json.loads(before)["pause_collection"] is None
    assert len(running.smtp.stored) == sent + 1


def test_a_decision_that_nobody_takes_expires(running: Running, queue: list[dict[str, Any]]) -> None:
    policy = running.home / "policies.yaml"
    text = policy.read_text()
    policy.write_text(re.sub(r"(?m)^decision_ttl_hours:.*$", "decision_ttl_hours: 0.001", text))
    until(lambda: adopted_twice(running), timeout=60, every=0.5, what="the changed policy to be in force")
    event = {
        "type": "lead.received",
        "source": "test",
        "source_id": "late",
        "payload": {
            "channel": "api",
            "sender": {"email": "late@lead.example", "name": "Lea Late"},
            "text": "We would like a website for our shop, about six pages. What does it cost?",
        },
    }
    posted = httpx.post(f"{running.url}/api/events", json=event, timeout=60, trust_env=False)
    assert posted.status_code == 202, posted.text
    case_id = posted.json()["case_id"]
    case = until(lambda: (c := running.case(case_id)) and c["waiting_on"] == "owner" and c, timeout=90, every=0.5)
    assert "Nobody decided in time" in case["reason"]
    assert items(running.get("effects", case=case_id))[0]["state"] == "withdrawn"


def adopted_twice(running: Running) -> bool:
    return len(items(running.get("events", type="policy.adopted"))) >= 2
