"""The definitions that Dagster loads: the graph, what starts it, and how little it costs to import them."""

import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml

from aios.cases.process import PROCESSES
from aios.definitions import defs

ROOT = Path(__file__).parent.parent


def test_the_import_leaves_heavy_libraries_alone() -> None:
    code = "import json, sys, aios.definitions; print(json.dumps([m for m in sys.modules if '.' not in m]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert not loaded & {"chromadb", "openai", "pandera", "polars", "onnxruntime", "genai_prices", "py3langid"}


def test_the_graph_is_the_processes_and_the_tiers_of_memory() -> None:
    graph = defs.resolve_asset_graph()
    parents = {
        key.to_user_string(): sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
        for key in graph.get_all_asset_keys()
    }
    assert parents == {
        "lead": [],
        "lead_context": ["lead"],
        "lead_qualification": ["lead", "lead_context"],
        "lead_facts": ["lead", "lead_context", "lead_qualification"],
        "lead_appointment": ["lead"],
        "lead_reply_draft": ["lead", "lead_appointment", "lead_context", "lead_qualification"],
        "lead_reply": ["lead", "lead_context", "lead_qualification", "lead_reply_draft"],
        "invoice": [],
        "invoice_fields": ["invoice"],
        "invoice_checks": ["invoice", "invoice_fields"],
        "invoice_match": ["invoice", "invoice_checks", "invoice_fields"],
        "invoice_booking": ["invoice", "invoice_checks", "invoice_fields", "invoice_match"],
        "invoice_payment": ["invoice", "invoice_booking", "invoice_checks", "invoice_fields", "invoice_match"],
        "bill_draft": [],
        "bill_checks": ["bill_draft"],
        "bill_issued": ["bill_checks", "bill_draft"],
        "bill_sent": ["bill_issued"],
        "reminder": [],
        "reminder_sent": ["reminder"],
        "reminders": [],
        "payment_failure": [],
        "payment_notice": ["payment_failure"],
        "payment_retry": ["payment_failure"],
        "access_pause": ["payment_failure", "payment_retry"],
        "payment_outcome": ["access_pause", "payment_failure"],
        "card_change": [],
        "card_written": ["card_change"],
        "statement": [],
        "statement_payouts": ["statement"],
        "statement_matches": ["statement_payouts"],
        "statement_accounted": ["statement_matches"],
        "notice": [],
        "notice_delivered": ["notice"],
        "episodic_log": [],
        "semantic_index": [],
        "memory_hygiene": ["semantic_index"],
        "open_items": [],
        "aging": [],
        "cash_forecast": [],
        "vat_summary": [],
        "customer_revenue": [],
        "profit_and_loss": [],
        "booking_review": [],
        "finance_report": ["customer_revenue", "profit_and_loss", "vat_summary"],
    }


def test_every_step_is_partitioned_by_case_and_says_its_code_version() -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        if node.group_name not in PROCESSES:
            continue
        assert isinstance(node.partitions_def, dg.DynamicPartitionsDefinition)
        assert node.code_version and node.code_version.startswith(f"{node.group_name}@")
    assert "drafter@" in (graph.get(dg.AssetKey("lead_reply_draft")).code_version or "")


def test_one_job_runs_in_process() -> None:
    job = defs.resolve_job_def("lead_intake_job")
    assert job.executor_def.name == "in_process"
    assert defs.executor is dg.in_process_executor


def test_the_log_is_partitioned_by_day_and_scheduled_from_the_start() -> None:
    for daily in ("episodic_log", "memory_hygiene", "reminders"):
        days = defs.resolve_asset_graph().get(dg.AssetKey(daily)).partitions_def
        assert isinstance(days, dg.DailyPartitionsDefinition)
        assert days.timezone == "UTC"
    schedules = {schedule.name: schedule for schedule in defs.schedules or []}
    assert {schedule.default_status for schedule in schedules.values()} == {dg.DefaultScheduleStatus.RUNNING}
    assert {schedule.execution_timezone for schedule in schedules.values()} == {"UTC"}
    assert schedules["episodic_log_schedule"].cron_schedule == "5 0 * * *"
    assert schedules["memory_hygiene_schedule"].cron_schedule == "20 0 * * *"


def test_the_sensors_run_from_the_start() -> None:
    sensors = {sensor.name: sensor.default_status for sensor in defs.sensors or []}
    named = {
        "inbox_sensor",
        "mailbox_sensor",
        "address_book_sensor",
        "payments_sensor",
        "overdue_sensor",
        "paid_sensor",
        "events_sensor",
        "effects_sensor",
        "stranded_sensor",
        "upkeep_sensor",
        "finance_sensor",
    }
    assert set(sensors) == named
    assert set(sensors.values()) == {dg.DefaultSensorStatus.RUNNING}


@pytest.mark.parametrize(("setting", "wanted"), [("telemetry", {"enabled": False}), ("nux", {"enabled": False})])
def test_dagster_sends_nothing_home(setting: str, wanted: dict[str, bool]) -> None:
    assert yaml.safe_load((ROOT / "dagster.yaml").read_text())[setting] == wanted
