"""Rendering: Jinja with everything escaped, and what every page shows around its content."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from aios.kernel import Kernel
from aios.workspace.filters import FILTERS
from aios.workspace.reading import frame

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Place:
    """An entry of the navigation."""

    path: str
    label: str
    icon: str
    more: bool = False


PLACES = (
    Place("/", "Today", "today"),
    Place("/decisions", "Decisions", "decisions"),
    Place("/cases", "Cases", "cases"),
    Place("/outbox", "Outbox", "outbox"),
    Place("/contacts", "Contacts", "contacts", more=True),
    Place("/memory", "Memory", "memory", more=True),
    Place("/connectors", "Connectors", "connectors", more=True),
    Place("/billing", "Billing", "billing", more=True),
    Place("/books", "Books", "books", more=True),
    Place("/payments", "Payments", "payments", more=True),
    Place("/costs", "Costs", "costs", more=True),
    Place("/preferences", "Preferences", "preferences", more=True),
    Place("/quarantine", "Quarantine", "quarantine", more=True),
    Place("/health", "Health", "health", more=True),
)
"""The pages; on a phone those marked `more` are behind one button."""


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates; undefined names are errors, and every value is escaped."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)  # pyright: ignore[reportUnknownMemberType]
    return made


def kernel_of(request: Request) -> Kernel:
    """The kernel that the app works on."""
    return request.app.state.kernel


def form_token(request: Request) -> str:
    """The token that a form of this page carries."""
    session_id: str = getattr(request.state, "session_id", "")
    return str(request.app.state.tokens.form_token(session_id))


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A whole page, with the navigation around it."""
    kernel = kernel_of(request)
    with kernel.database.read() as connection:
        around = frame.read(kernel, connection)
    return fragment(
        request,
        template,
        status=status,
        frame=around,
        places=PLACES,
        path=request.url.path,
        signed_in=bool(getattr(request.state, "session_id", "")),
        **context,
    )


def fragment(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A part of a page that replaces itself."""
    kernel = kernel_of(request)
    shared = {
        "form_token": form_token(request),
        "dagster": kernel.settings.dagster_url,
        "settings": kernel.settings,
        "now": kernel.clock.now().astimezone(),
    }
    text = environment().get_template(template).render(**shared, **context)
    return HTMLResponse(text, status)
