"""The kernel that a command works on: that of the environment, closed again when the command is done."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aios.kernel import Kernel

OWNER = "owner"
"""The actor of everything that is done on the command line."""


@contextmanager
def opened(*, unfinished: bool = False) -> "Generator[Kernel]":
    """The kernel of `AIOS_HOME` and its settings; one whose import was broken off only where that is said."""
    from aios.cli.home import make_folder  # the kernel costs most of a second to import, which help need not pay
    from aios.cli.store import require_database
    from aios.kernel import open_kernel
    from aios.portability.unfinished import require_finished
    from aios.settings import load_settings

    settings = load_settings(os.environ)
    make_folder(settings.home)
    if not unfinished:
        require_finished(settings.home)
    require_database(settings)
    kernel = open_kernel(settings)
    try:
        yield kernel
    finally:
        kernel.close()
