"""`python -m bench.one MODULE FILE [--quick]`: one benchmark, in this process, its report into the file."""

import importlib
import json
import signal
import sys
import traceback
from pathlib import Path


def main(module: str, file: str, *options: str) -> int:
    """Run it; where it breaks, the file says why. SIGTERM ends it as Ctrl-C does, so that it cleans up."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        said = importlib.import_module(module).run("--quick" in options).as_json()
    except Exception as error:  # noqa: BLE001  # whatever it is, the other benchmarks go on
        traceback.print_exc()
        said = json.dumps({"broken": f"{type(error).__name__}: {error}"})
    Path(file).write_text(said, "utf-8")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
