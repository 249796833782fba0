"""Calendar and address book as peers: appointments on a day long past, and cards of nobody, counted by their marks."""

from typing import Any

from aios.chaos.peers.peer import HTTP_ANSWERS, Peer, Requests, led, web_upstream
from aios.chaos.upstream import Upstream
from aios.connectors.calendar import address as calendar_address
from aios.connectors.calendar import request as calendar_request
from aios.connectors.contacts import address as book_address
from aios.connectors.contacts import request as book_request
from aios.connectors.web import WEB
from aios.credentials.account import read_account
from aios.credentials.credentials import Credentials
from aios.settings import Settings

PUT = b"PUT "

_APPOINTMENTS = b"""<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start="20010101T000000Z" end="20010102T000000Z"/></C:comp-filter></C:comp-filter></C:filter>
</C:calendar-query>"""


def _appointment(_settings: Settings, word: str, number: int) -> dict[str, Any]:
    """A few minutes of a day that nobody looks at."""
    hour, quarter = number // 4 % 24, number % 4 * 15
    start, end = f"2001-01-01T{hour:02}:{quarter:02}:00Z", f"2001-01-01T{hour:02}:{quarter + 10:02}:00Z"
    return {"title": f"Chaos {word} {number}", "start": start, "end": end}


def _appointments(settings: Settings, asked: Requests) -> dict[str, int]:
    from aios.clock import SystemClock
    from aios.connectors.calendar.caldav import CalDav  # icalendar takes a while to import

    calendar = CalDav(settings, SystemClock())
    headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
    try:
        text = calendar.account.web().call("REPORT", "", body=_APPOINTMENTS, headers=headers).body
    finally:
        calendar.disconnect()
    return {key: text.count(calendar_request.mark_of(key).encode()) for key in asked}


def _card(_settings: Settings, word: str, number: int) -> dict[str, Any]:
    return {"name": f"Chaos {word} {number}", "emails": [f"chaos.{word}.{number}@example.com"]}


def _cards(settings: Settings, asked: Requests) -> dict[str, int]:
    from aios.connectors.contacts.carddav import address_book
    from aios.contacts.listing import files_of, texts_of

    account = address_book(settings)
    try:
        texts = [file.text for file in texts_of(account.web(), files_of(account.web()))]
    finally:
        account.close()
    return {key: sum(book_request.mark_of(key).encode() in text for text in texts) for key in asked}


def _upstream(setting: str, settings: Settings) -> Upstream:
    return web_upstream(read_account(setting, Credentials(settings).require(setting), WEB, "https://user:password@…"))


def _through(setting: str, settings: Settings, port: int) -> dict[str, Any]:
    return {setting.lower(): led(Credentials(settings).require(setting).get_secret_value(), "http", port)}


CALENDAR_PEER = Peer(
    connector="calendar",
    operation="create",
    request=_appointment,
    marker=PUT,
    answers=HTTP_ANSWERS,
    upstream=lambda settings: _upstream(calendar_address.SETTING, settings),
    through=lambda settings, port: _through(calendar_address.SETTING, settings, port),
    counts=_appointments,
)
BOOK_PEER = Peer(
    connector="contacts",
    operation="create",
    request=_card,
    marker=PUT,
    answers=HTTP_ANSWERS,
    upstream=lambda settings: _upstream(book_address.SETTING, settings),
    through=lambda settings, port: _through(book_address.SETTING, settings, port),
    counts=_cards,
)
