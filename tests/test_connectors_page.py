"""The Connectors page, API and commands say how each way out stands, test it, and preview without doing."""

import json
from pathlib import Path

from tests.commands import aios
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


def test_stopped_on_the_page_it_is_stopped_and_says_so(home: Path) -> None:
    kernel = kernel_at(home)
    client = client_of(kernel)
    assert post(client, "/connectors/stop", connector="mail").status_code == 303
    [mail] = [each for each in client.get("/api/connectors").json()["connectors"] if each["name"] == "mail"]
    assert mail["stopped"]
    kernel.close()


def test_the_commands_say_the_same(home: Path) -> None:
    kernel_at(home).close()
    listed = json.loads(aios(home, "connectors", "--json").stdout)
    assert "mail" in [each["name"] for each in listed]
    assert "cannot be taken back" in aios(home, "connectors", "show", "mail").stdout
    assert aios(home, "connectors", "test", "mail").stdout.startswith("ok: sandbox")
    request = json.dumps({"to": ["ada@engines.example"], "subject": "Hi", "text": "Hello"})
    assert "A mail goes to ada" in aios(home, "connectors", "preview", "mail", "send", request).stdout
    refused = aios(home, "connectors", "preview", "mail", "send", "{}")
    assert refused.returncode == 1 and "is missing" in refused.stderr
