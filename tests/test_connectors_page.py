"""The Connectors page, API and commands say how each way out stands, test it, and preview without doing."""

import json
from pathlib import Path
from threading import Event

import pytest
from typer.testing import Result

from aios.cli.connectors import app as family
from aios.cli.doctor import examine
from aios.effects import asking
from aios.errors import InvalidInput
from tests.commands import here
from tests.ports import free_port
from tests.workplace import client_of, kernel_at, post


def test_a_connector_that_is_held_back_says_why_and_a_test_that_passes_lets_it_go(home: Path) -> None:
    kernel = kernel_at(home)
    client = client_of(kernel)
    with kernel.database.write() as tx:
        kernel.executor.admission.breaker.failed(tx, "connector/mail/sandbox", "soft", "The disk is full.", 60)
    assert "The disk is full." in client.get("/connectors").text
    [mail] = [each for each in client.get("/api/connectors").json()["connectors"] if each["name"] == "mail"]
    assert (mail["breaker"], mail["mode"], mail["room"]) == ("open", "sandbox", 0)
    assert mail["operations"][0]["reversible"] is False
    assert "Tested: Ok." in post(client, "/connectors/test", connector="mail").text
    [mail] = [each for each in client.get("/api/connectors").json()["connectors"] if each["name"] == "mail"]
    assert mail["breaker"] == "closed"
    assert post(client, "/connectors/test", connector="nothing").status_code == 404
    kernel.close()


def test_an_operation_is_previewed_in_words_and_nothing_is_done(home: Path) -> None:
    kernel = kernel_at(home)
    client = client_of(kernel)
    request = json.dumps({"to": ["ada@engines.example"], "subject": "<b>Hi</b>", "text": "Hello"})
    shown = post(client, "/connectors/preview", connector="mail", operation="send", content=request)
    assert "A mail goes to ada@engines.example." in shown.text and "<b>Hi" not in shown.text
    for wrong in ("{", "[]", '{"to": []}'):
        answer = post(client, "/connectors/preview", connector="mail", operation="send", content=wrong)
        assert answer.status_code == 200 and 'role="alert"' in answer.text
    assert not (home / "outbox").exists()
    kernel.close()


def test_in_the_sandbox_a_test_says_how_live_would_be_where_everything_for_it_is_there(home: Path) -> None:
    kernel = kernel_at(home, aios_smtp_url=f"smtp://127.0.0.1:{free_port()}")
    said = client_of(kernel).post("/api/connectors/mail/test").json()
    assert said["state"] == "down" and said["detail"].startswith("in the sandbox now; The mail server")
    kernel.close()


def test_a_rehearsal_says_key_verdict_and_that_nothing_can_undo_it(home: Path) -> None:
    kernel = kernel_at(home)
    client = client_of(kernel)
    request = {"to": ["ada@engines.example"], "subject": "Hi", "text": "Hello"}
    kernel.policies.file.write_text('version: 1\npriorities: {critical: ["mail.*"]}\n')
    kernel.policies.reload()
    shown = post(client, "/connectors/preview", connector="mail", operation="send", content=json.dumps(request)).text
    for words in ("Sandbox: it would be captured", "You would be asked", "Irreversible.", "Message-ID", "before every"):
        assert words in shown, words
    said = client.post("/api/connectors/mail/preview", json={"operation": "send", "request": request}).json()
    assert (said["verdict"], said["rule"], said["reversible"]) == ("ask", "default", False)
    wrong = client.post("/api/connectors/mail/preview", json={"operation": "send", "request": {"to": []}})
    assert wrong.status_code == 422 and wrong.json()["remedy"]
    with kernel.database.read() as connection:
        assert kernel.log.read(connection, stream="effect/") == []
    assert not (home / "outbox").exists()
    kernel.close()


def test_the_pace_is_the_policies_and_is_shown_and_held_over_all_processes(home: Path) -> None:
    kernel = kernel_at(home, aios_mode="live", aios_smtp_url="smtp://me:secret99@127.0.0.1:9")
    client = client_of(kernel)
    assert "at most 30 per minute" in client.get("/connectors").text
    kernel.policies.file.write_text("version: 1\nrates:\n  mail: 2 per hour\n  male: 3 per day\n")
    assert kernel.policies.reload().outcome == "adopted"
    [mail] = [each for each in client.get("/api/connectors").json()["connectors"] if each["name"] == "mail"]
    assert mail["credentials"] == {"AIOS_SMTP_URL": "in the settings"}
    assert (mail["pace"], mail["room"], mail["account"]) == ("2 per hour", 2, "me at 127.0.0.1:9")
    parts = {part["name"]: part for part in client.get("/api/health").json()["parts"]}
    assert "male" in parts["policies"]["detail"]
    kernel.close()


def test_health_and_doctor_say_what_holds_a_connector_back(home: Path) -> None:
    kernel = kernel_at(home)
    with kernel.database.write() as tx:
        kernel.executor.admission.breaker.failed(tx, "connector/mail/sandbox", "soft", "The disk is full.", 600)
    parts = {part["name"]: part for part in client_of(kernel).get("/api/health").json()["parts"]}
    assert parts["mail"]["state"] == "degraded" and "The disk is full." in parts["mail"]["detail"]
    kernel.close()
    found = {one.name: one for one in examine(kernel.settings)}
    assert found["mail"].remedy == "Test it: aios connectors test mail" and found["mailbox"].state == "off"


def test_a_connector_that_never_answers_keeps_the_doctor_for_a_bounded_time() -> None:
    never = Event()
    assert asking.in_time("mail", never.wait, -1.9).state == "down"
    assert asking.in_time("mail", lambda: 1 / 0, 1).detail == "It cannot be asked (ZeroDivisionError)."
    never.set()


def test_stopped_on_the_page_it_is_stopped_and_says_so(home: Path) -> None:
    kernel = kernel_at(home)
    client = client_of(kernel)
    assert post(client, "/connectors/stop", connector="mail").status_code == 303
    [mail] = [each for each in client.get("/api/connectors").json()["connectors"] if each["name"] == "mail"]
    assert mail["stopped"]
    kernel.close()


def test_the_commands_say_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*words: str) -> Result:
        return here(family, home, monkeypatch, *words)

    kernel_at(home).close()
    assert "mail" in [each["name"] for each in json.loads(run("--json").output)]
    assert "cannot be taken back" in run("show", "mail").output
    assert json.loads(run("show", "mail", "--json").output)["last"] == []
    assert run("test", "mail").output.startswith("ok: sandbox")
    request = json.dumps({"to": ["ada@engines.example"], "subject": "Hi", "text": "Hello"})
    assert "A mail goes to ada" in run("preview", "mail", "send", request).output
    assert json.loads(run("preview", "mail", "send", request, "--json").output)["verdict"] == "ask"
    refused = run("preview", "mail", "send", "{}").exception
    assert isinstance(refused, InvalidInput) and "is missing" in refused.message
