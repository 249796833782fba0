"""Promises of the pages in a real browser: keys, inert text, phone width, live updates."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from aios.clock import SystemClock
from aios.kernel import Kernel
from aios.workspace.app import create_app
from tests.figures import issue
from tests.ports import free_port
from tests.waiting import until
from tests.workplace import ask, kernel_at, lead

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = pytest.mark.slow


@dataclass
class Site:
    """A workspace that is served, and the kernel behind it."""

    kernel: Kernel
    url: str


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium: {CHROMIUM} is not installed")
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        except PlaywrightError as error:
            pytest.skip(f"Chromium: it does not start ({error.message.splitlines()[0]})")
        yield browser
        browser.close()


@pytest.fixture
def site(home: Path) -> Iterator[Site]:
    kernel, port = kernel_at(home, SystemClock()), free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(kernel), port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started, what="the workspace")
    yield Site(kernel, f"http://127.0.0.1:{port}")
    server.should_exit = True
    thread.join()
    kernel.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(60_000)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()
    assert not faults


def status(site: Site, decision_id: str) -> str:
    with site.kernel.database.read() as connection:
        return site.kernel.decisions.get(connection, decision_id).status


def three(site: Site) -> list[str]:
    return [ask(site.kernel, lead(site.kernel, name=f"Lead {n}", email=f"p{n}@x.example")) for n in range(3)]


def test_the_queue_is_walked_and_answered_by_keys(site: Site, page: Page) -> None:
    first, second, third = three(site)
    page.goto(f"{site.url}/decisions")
    page.keyboard.press("j")
    page.wait_for_url(f"**/{second}")
    page.keyboard.press("k")
    page.wait_for_url(f"**/{first}")
    page.keyboard.press("a")
    page.wait_for_url(f"**/{second}?done={first}")
    expect(page.get_by_role("status")).to_contain_text("Approved")
    assert status(site, first) == "approved"
    page.keyboard.press("v")
    page.keyboard.type("Warmer, please. j k a")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/{third}?done={second}")
    assert status(site, second) == "revised"
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/decisions?done={third}")
    expect(page.locator("main")).to_contain_text("Nothing to decide")
    assert status(site, third) == "open"


def test_an_edit_by_keys_goes_out_as_edited(site: Site, page: Page) -> None:
    decision = three(site)[0]
    page.goto(f"{site.url}/decisions/{decision}")
    page.keyboard.press("e")
    page.get_by_label("Text").fill("Hello,\n\nthree thousand.")
    page.get_by_role("button", name="Approve as edited").click()
    page.wait_for_url(f"**done={decision}")
    assert status(site, decision) == "edited"


def test_help_shows_the_keys(site: Site, page: Page) -> None:
    three(site)
    page.goto(f"{site.url}/decisions")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("send it back with feedback")


def test_an_approval_is_taken_back_with_undo(site: Site, page: Page) -> None:
    decision = three(site)[0]
    page.goto(f"{site.url}/decisions/{decision}")
    page.get_by_role("button", name="Approve").first.click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("main")).to_contain_text("Withdrawn")


def test_script_in_a_lead_stays_text(site: Site, page: Page) -> None:
    evil = "<script>window.owned = 1</script><img src=x onerror='window.owned = 2'>"
    case_id = lead(site.kernel, name=evil, subject=evil, text=evil)
    decision = ask(site.kernel, case_id, text=evil)
    item = site.kernel.memory.add(kind="note", title=evil, text=evil)
    item = site.kernel.memory.correct(item, text=f"{evil} again", title=evil, reason=evil, actor="owner")
    memory = ("/memory", "/memory?q=window+owned", f"/memory/{item}")
    for path in ("/", f"/cases/{case_id}", f"/decisions/{decision}", "/contacts", "/outbox", *memory):
        page.goto(site.url + path)
        assert page.evaluate("window.owned") is None
    page.goto(f"{site.url}/decisions/{decision}")
    expect(page.locator(".mail .text")).to_have_text(evil)


def test_inline_script_is_refused_by_the_browser_too(site: Site, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(site.url)
    script = "() => { const made = document.createElement('script'); made.textContent = 'window.owned = 1';"
    script += " document.body.append(made); }"
    page.evaluate(script)
    assert page.evaluate("window.owned") is None
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_phone(site: Site, browser: Browser, scheme: str) -> None:
    long = "Donaudampfschifffahrtsgesellschaftskapitän" * 4
    case_id = lead(site.kernel, name=long, subject=long, text=long * 9)
    decision = ask(site.kernel, case_id, text=long * 9, warnings=(long,))
    site.kernel.intake.receive_file(f"{long}.json", b"{")
    with site.kernel.database.read() as connection:
        contact = site.kernel.contacts.list(connection)[0].id
    item = site.kernel.memory.add(kind="note", title=long, text=long * 9, subject=contact)
    item = site.kernel.memory.correct(item, text=long * 8, title=long, reason=long, actor="owner")
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # pyright: ignore
    page = context.new_page()
    bill = issue(site.kernel, "long", "2026-09-01", customer=long)
    paths = ["/", "/decisions", f"/decisions/{decision}", "/cases", f"/cases/{case_id}", "/contacts"]
    memory = ["/memory", "/memory?q=Donaudampf", f"/memory/{item}"]
    for path in [
        *paths,
        f"/contacts/{contact}?at=2099-01-01",
        *memory,
        "/outbox",
        "/costs",
        "/billing",
        f"/billing/{bill.name}",
        "/billing/rerun",
        "/books",
        "/quarantine",
        "/health",
        "/nowhere",
    ]:
        page.goto(site.url + path)
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, f"{path} scrolls {beyond} px sideways"
    expect(page.get_by_role("navigation", name="Pages").last).to_be_visible()
    context.close()


def test_a_new_lead_appears_by_itself(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/cases")
    expect(page.locator("main")).to_contain_text("No cases yet")
    lead(site.kernel, name="Late Arrival")
    expect(page.locator("#case-rows")).to_contain_text("Late Arrival")


def test_a_hidden_page_asks_nothing(site: Site, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install()
    page.goto(f"{site.url}/cases")
    with page.expect_response("**/pulse**"):
        page.clock.fast_forward(10_000)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    asked.clear()
    page.clock.run_for(60_000)
    assert asked == []
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    until(lambda: page.title() and asked, what="a pulse on coming back")


def test_a_dropped_file_becomes_a_case(site: Site, page: Page) -> None:
    page.goto(site.url)
    mail = b"From: Ada <ada@engines.example>\r\nSubject: Hello\r\nMessage-ID: <1@x.example>\r\n\r\nA website, please."
    page.set_input_files("#files", {"name": "hello.eml", "mimeType": "message/rfc822", "buffer": mail})
    expect(page.locator("#receipts")).to_contain_text("lead-0001")


def test_typing_into_an_open_form_survives_news(site: Site, page: Page) -> None:
    decision = three(site)[0]
    page.goto(f"{site.url}/decisions/{decision}")
    page.keyboard.press("v")
    page.keyboard.type("half a sent")
    lead(site.kernel, name="Somebody else", email="else@x.example")
    ask(site.kernel, "lead-0004")
    expect(page.locator("#queue-list")).to_contain_text("Somebody else")
    expect(page.get_by_label("What should be different?")).to_have_value("half a sent")


def test_memory_is_searched_as_one_types_and_by_enter(site: Site, page: Page) -> None:
    site.kernel.memory.add(kind="note", title="Opening hours", text="We answer the phone from nine to five.")
    site.kernel.memory.add(kind="note", title="Parking", text="There is a garage behind the house.")
    page.goto(f"{site.url}/memory")
    page.get_by_label("Search memory").focus()
    page.keyboard.type("garage")
    expect(page.locator("#found")).to_contain_text("1 thing fits")
    expect(page.locator("#found")).not_to_contain_text("Opening hours")
    page.keyboard.press("Enter")
    page.wait_for_url("**/memory?**q=garage**")
    page.get_by_role("link", name="Parking").click()
    expect(page.get_by_role("heading", name="Why it is believed")).to_be_visible()


def test_memory_is_searched_without_script(site: Site, browser: Browser) -> None:
    site.kernel.memory.add(kind="note", title="Parking", text="There is a garage behind the house.")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/memory")
    page.get_by_label("Search memory").fill("garage")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_contain_text("1 thing fits")
    context.close()


def test_versions_stand_side_by_side_on_a_desk_and_stacked_on_a_phone(site: Site, page: Page) -> None:
    first = site.kernel.memory.add(kind="note", title="Hours", text="Nine to five.")
    item = site.kernel.memory.correct(first, text="Ten to six.", reason="winter", actor="owner")
    page.goto(f"{site.url}/memory/{item}")
    gone, come = page.locator(".beside del").bounding_box(), page.locator(".beside ins").bounding_box()
    assert gone and come and gone["y"] == come["y"] and gone["x"] < come["x"]
    page.set_viewport_size({"width": 390, "height": 844})
    gone, come = page.locator(".beside del").bounding_box(), page.locator(".beside ins").bounding_box()
    assert gone and come and gone["x"] == come["x"] and gone["y"] < come["y"]
