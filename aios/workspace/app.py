"""`create_app`: the workspace as an ASGI app, pages and JSON API together, behind its guards."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from aios.clock import SystemClock
from aios.credentials.credentials import Credentials
from aios.kernel import Kernel, open_kernel
from aios.settings import load_settings
from aios.workspace import api, failures, routes
from aios.workspace.api.openapi import describe
from aios.workspace.guard.attempts import Attempts
from aios.workspace.guard.headers import SecurityHeaders
from aios.workspace.guard.hosts import HostGuard, check_exposure
from aios.workspace.guard.origin import OriginGuard
from aios.workspace.guard.secret import server_secret
from aios.workspace.guard.signin import SignInGuard
from aios.workspace.guard.tokens import Tokens
from aios.workspace.rendering import HERE

LARGEST_BODY = 30_000_000
"""Bytes of a request; a larger file goes into the inbox folder."""


def create_app(kernel: Kernel | None = None) -> FastAPI:
    """The app on a kernel; without one, on the kernel of the environment, opened when the server starts.

    Raises `Misconfigured` where the workspace would be open to a network without a password.
    """
    settings = kernel.settings if kernel else load_settings(os.environ)
    check_exposure(settings)
    clock = kernel.clock if kernel else SystemClock()
    found = Credentials(settings).find("AIOS_PASSWORD")
    password = found.get_secret_value() if found else ""
    tokens = Tokens(server_secret(settings.home), password, clock)
    attempts = Attempts(clock)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        own = None if kernel else open_kernel(settings, clock)
        app.state.kernel = kernel or own
        yield
        if own:
            own.close()

    app = FastAPI(
        title="aios",
        version="0.1.0",
        summary="The workspace from which one person runs a company.",
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        max_body_size=LARGEST_BODY,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(HostGuard, settings=settings),
            Middleware(SignInGuard, tokens=tokens, attempts=attempts),
            Middleware(OriginGuard, tokens=tokens),
        ],
    )
    app.state.kernel, app.state.tokens, app.state.attempts = kernel, tokens, attempts
    failures.register(app)
    for router in (*api.routers(), *routes.routers()):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), "static")
    describe(app)
    return app
