"""How the benchmark and an engine's program talk: a word on each line in, a JSON answer on each line out.

`steps 40` runs so many steps, each on disk before the next, and answers the seconds it took. `grow 100 5000` runs so
many steps that each add so many new bytes to what is kept, and answers how much the store has grown. `effect FILE`
runs one step that appends a line to the file and is killed right after it; started again, the program recovers as its
engine does, and answers when nothing is left to be done.
"""

import json
import os
import random
import signal
import string
import sys
import time
from collections.abc import Callable
from pathlib import Path

LETTERS = string.ascii_letters + string.digits + "!#$%&()*+,-./:;<=>?@[]^_{|}~"


def fibo(number: int) -> int:
    """The work of a step."""
    return number if number < 2 else fibo(number - 1) + fibo(number - 2)


def new_content(step: int, size: int) -> str:
    """Text that hardly compresses, another one for each step."""
    return "".join(random.Random(step).choices(LETTERS, k=size))


def append_and_die(file: str) -> None:
    """An effect on the outside world, and a crash before anybody could note it; the second time it lives."""
    path = Path(file)
    again = path.exists()
    with path.open("a", encoding="utf-8") as outside:
        outside.write("done\n")
        outside.flush()
        os.fsync(outside.fileno())
    if not again:
        os.kill(os.getpid(), signal.SIGKILL)


def size_of(folder: Path) -> int:
    """Bytes of everything in the folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def serve(verbs: dict[str, Callable[..., object]], settings: dict[str, object]) -> None:
    """Say what the store is set to, then do what each line asks for; whatever else is printed goes elsewhere."""
    answers, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps(settings), file=answers, flush=True)
    for line in sys.stdin:
        verb, *given = line.split()
        print(json.dumps(verbs[verb](*given)), file=answers, flush=True)
