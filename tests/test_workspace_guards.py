"""Promises of the guards: who is let in, from where, and what no page can be made to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from aios.clock import ManualClock
from aios.errors import Misconfigured
from aios.kernel import Kernel
from aios.settings import Settings
from aios.workspace.app import create_app
from tests.workplace import ORIGIN, client_of, form_token, kernel_at, lead, post

PASSWORD = "correct horse battery"


@pytest.fixture
def kernel(home: Path) -> Iterator[Kernel]:
    kernel = kernel_at(home)
    yield kernel
    kernel.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def guarded(home: Path, clock: ManualClock) -> Iterator[TestClient]:
    kernel = kernel_at(home, clock, aios_host="0.0.0.0", aios_password=SecretStr(PASSWORD))
    yield client_of(kernel)
    kernel.close()


def sign_in(client: TestClient, password: str, **fields: str):
    token = client.get("/signin").text.split('name="form_token" value="', 1)[1].split('"', 1)[0]
    return client.post("/signin", data={"form_token": token, "password": password, **fields})


def test_a_foreign_host_name_is_refused(kernel: Kernel) -> None:
    client = client_of(kernel)
    for host in ("evil.example", "evil.example:8400", "127.0.0.1.evil.example", "", "[bad"):
        assert client.get("/", headers={"Host": host}).status_code == 421
    for host in ("127.0.0.1:8400", "localhost:8400", "[::1]:8400", "192.168.1.7"):
        assert client.get("/", headers={"Host": host}).status_code == 200


def test_further_host_names_are_a_setting(home: Path) -> None:
    kernel = kernel_at(home, aios_hostnames="office.example, Desk.local")
    client = client_of(kernel)
    assert client.get("/", headers={"Host": "desk.local:8400"}).status_code == 200
    kernel.close()


def test_every_answer_forbids_inline_script_and_sniffing(kernel: Kernel) -> None:
    client = client_of(kernel)
    for path in ("/", "/api/cases", "/nowhere", "/static/app.js"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def test_no_page_holds_inline_script_or_style(kernel: Kernel) -> None:
    client = client_of(kernel)
    case_id = lead(kernel)
    for path in ("/", "/decisions", "/cases", f"/cases/{case_id}", "/outbox", "/costs", "/quarantine", "/health"):
        text = client.get(path).text
        assert " style=" not in text
        assert "<style" not in text
        assert text.count("<script") == text.count('<script src="/static/')
        assert " onclick" not in text


def test_a_form_without_its_token_changes_nothing(kernel: Kernel) -> None:
    client, case_id = client_of(kernel), lead(kernel)
    assert client.post(f"/cases/{case_id}/pause").status_code == 403
    assert client.post(f"/cases/{case_id}/pause", data={"form_token": "guess"}).status_code == 403
    assert post(client, f"/cases/{case_id}/pause").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_changes_nothing_even_with_a_token(kernel: Kernel, headers: dict[str, str]) -> None:
    client, case_id = client_of(kernel), lead(kernel)
    data = {"form_token": form_token(client)}
    assert client.post(f"/cases/{case_id}/pause", data=data, headers=headers).status_code == 403
    answer = client.post(f"/api/cases/{case_id}/pause", json={}, headers=headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.delete("/api/memory/x", headers=headers).status_code == 403


def test_our_own_origin_may_change_things(kernel: Kernel) -> None:
    client, case_id = client_of(kernel), lead(kernel)
    headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    assert client.post(f"/api/cases/{case_id}/pause", json={}, headers=headers).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_the_api_takes_nothing_that_a_form_of_another_site_can_send(kernel: Kernel, kind: str) -> None:
    answer = client_of(kernel).post("/api/events", content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_it_does_not_open_to_a_network_without_a_password(home: Path) -> None:
    kernel = kernel_at(home, aios_host="0.0.0.0")
    with pytest.raises(Misconfigured, match="AIOS_PASSWORD"):
        create_app(kernel)
    kernel.close()


def test_a_stranger_sees_nothing_but_the_sign_in_page(guarded: TestClient) -> None:
    for path in ("/", "/cases/lead-0001", "/pulse", "/outbox/effect/file?key=x"):
        answer = guarded.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/signin?next=")
    for path in ("/api/cases", "/api/openapi.json", "/api/nowhere"):
        assert guarded.get(path).status_code == 401
    assert guarded.get("/alive").text == "ok"


def test_the_password_opens_the_workspace_where_one_wanted_to_go(guarded: TestClient) -> None:
    assert sign_in(guarded, "wrong").status_code == 401
    answer = sign_in(guarded, PASSWORD, next="/cases?status=failed")
    assert answer.headers["location"] == "/cases?status=failed"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert guarded.get("/cases").status_code == 200
    post(guarded, "/signout")
    assert guarded.get("/cases").status_code == 303


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_sign_in_never_leads_to_another_site(guarded: TestClient, there: str) -> None:
    assert sign_in(guarded, PASSWORD, next=there).headers["location"] == "/"


def test_a_few_wrong_passwords_and_the_next_must_wait(guarded: TestClient, clock: ManualClock) -> None:
    for _ in range(5):
        assert sign_in(guarded, "wrong").status_code == 401
    blocked = sign_in(guarded, PASSWORD)
    assert blocked.status_code == 429
    assert int(blocked.headers["retry-after"]) > 0
    clock.advance(minutes=16)
    assert sign_in(guarded, PASSWORD).status_code == 303


def test_a_session_ends_with_its_time_and_cannot_be_made_up(guarded: TestClient, clock: ManualClock) -> None:
    sign_in(guarded, PASSWORD)
    clock.advance(days=8)
    assert guarded.get("/").status_code == 303
    guarded.cookies.set("aios_session", "eyJpZCI6IngifQ.forged")
    assert guarded.get("/").status_code == 303


def test_a_session_ends_when_the_password_changes(guarded: TestClient, home: Path, clock: ManualClock) -> None:
    sign_in(guarded, PASSWORD)
    other = kernel_at(home, clock, aios_host="0.0.0.0", aios_password=SecretStr("another"))
    client = client_of(other)
    client.cookies.update(guarded.cookies)
    assert client.get("/").status_code == 303
    other.close()


def test_a_program_signs_in_with_the_password_as_bearer(guarded: TestClient) -> None:
    right, wrong = ({"Authorization": f"Bearer {word}"} for word in (PASSWORD, "wrong"))
    assert guarded.get("/api/cases", headers=right).status_code == 200
    assert guarded.get("/", headers=right).status_code == 303
    for _ in range(5):
        assert guarded.get("/api/cases", headers=wrong).status_code == 401
    assert guarded.get("/api/cases", headers=right).status_code == 429


def test_a_password_may_have_any_letters(home: Path, clock: ManualClock) -> None:
    password = "Schlüssel – 鍵"
    kernel = kernel_at(home, clock, aios_host="0.0.0.0", aios_password=SecretStr(password))
    client = client_of(kernel)
    assert client.get("/api/cases", headers={"Authorization": f"Bearer {password}".encode()}).status_code == 200
    sign_in(client, password)
    assert client.get("/").status_code == 200
    kernel.close()


def test_the_address_that_is_shown_can_be_opened() -> None:
    shown = {host: Settings(aios_host=host).workspace_url for host in ("127.0.0.1", "0.0.0.0", "::", "::1", "box.lan")}
    assert shown == {
        "127.0.0.1": "http://127.0.0.1:8400",
        "0.0.0.0": "http://127.0.0.1:8400",
        "::": "http://127.0.0.1:8400",
        "::1": "http://[::1]:8400",
        "box.lan": "http://box.lan:8400",
    }


def test_a_token_of_another_session_is_no_token(guarded: TestClient) -> None:
    sign_in(guarded, PASSWORD)
    token = form_token(guarded)
    guarded.cookies.clear()
    sign_in(guarded, PASSWORD)
    assert guarded.post("/outbox/stop", data={"form_token": token, "connector": "*"}).status_code == 403


def test_the_secret_is_readable_by_its_owner_alone(kernel: Kernel) -> None:
    client_of(kernel)
    assert (kernel.settings.home / "secret.key").stat().st_mode & 0o777 == 0o600
