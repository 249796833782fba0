"""`python -m resources.warm MODULE [FOLDER …]`: keep a warm process of that module for the home in DAGSTER_HOME."""

import logging
import os
import sys
from pathlib import Path

from aios.fingerprint import PACKAGES
from resources.warm.address import Unavailable
from resources.warm.keeper import keep


def main() -> None:
    """Keep the module warm until told to end."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    module, *folders = sys.argv[1:]
    try:
        keep(Path(os.environ["DAGSTER_HOME"]), module, [Path(folder) for folder in folders] or PACKAGES)
    except Unavailable as reason:
        sys.exit(str(reason))


if __name__ == "__main__":
    main()
