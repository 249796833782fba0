"""`python -m aios.workspace`: the workspace of `AIOS_HOME`, served until told to end."""

import os

import uvicorn

from aios.server import serve
from aios.settings import load_settings


def main() -> None:
    """Serve the app where the settings say."""
    settings = load_settings(os.environ)
    serve(
        uvicorn.Config(
            "aios.workspace.app:create_app",
            factory=True,
            host=settings.aios_host,
            port=settings.aios_workspace_port,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
    )


if __name__ == "__main__":
    main()
