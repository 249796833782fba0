"""Homes that move: a company with something in every state, its file, and new homes made from such a file."""

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aios.books import chart
from aios.clock import Clock, ManualClock
from aios.kernel import Kernel, open_kernel
from aios.portability.arriving import import_
from aios.portability.leaving import export
from aios.settings import Settings
from tests.company import EXAMPLES, Company, copy_examples, found_company

ASKS = "Hello, we need a website of six pages for our bakery. What does it cost and how long does it take? Ana"
INBOX = ("01-roastery-website.eml", "05-tender-with-attachments.eml", "14-webform-cut-off.json")


@contextmanager
def opened(home: Path, url: str = "", clock: Clock | None = None, **settings: Any) -> Iterator[Kernel]:
    """The kernel of a home, closed again."""
    given = {"aios_home": home, "aios_embeddings": "lexical", **settings, **({"aios_database_url": url} if url else {})}
    kernel = open_kernel(Settings.model_validate(given), clock or ManualClock())
    try:
        yield kernel
    finally:
        kernel.close()


def busy_company(home: Path, url: str = "") -> Company:
    """One answer has gone out, one is approved and waits, others are asked about, and one input is in quarantine."""
    company = found_company(home, url)
    copy_examples(home)
    company.kernel.memory.ingest_folder(home / "business")
    for name in INBOX:
        company.kernel.intake.receive_file(name, (EXAMPLES / "inbox" / name).read_bytes())
    sent, waiting = company.mail(ASKS, id="sent"), company.mail(f"{ASKS}!", id="waiting", email="bo@lead.example")
    company.work()
    company.answer(sent)
    company.pass_undo_window()
    company.answer(waiting)
    company.kernel.memory.add(kind="note", title="Fair", text="We meet at the fair in Kiel.")
    shipped = Path(chart.__file__).with_name(chart.FILE).read_text()
    (home / chart.FILE).write_text(shipped.replace("Other expenses", "Sonstiges"))
    return company


def moved(file: Path, home: Path, url: str = "") -> Path:
    """A new home made from the file, and the file that is made from it."""
    again = home.with_suffix(".zip")
    with opened(home, url) as kernel:
        import_(kernel, file)
        export(kernel, again)
    return again


def members(file: Path) -> dict[str, Any]:
    """Everything but the moment at which it was written: the manifest, with the digest of each member."""
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        blobs = sorted(name for name in archive.namelist() if name.startswith("blobs/"))
    return {**manifest, "created": "", "blob names": blobs}


def rewritten(file: Path, change: Callable[[dict[str, bytes]], object], name: str = "changed.zip") -> Path:
    """A copy of the file whose members are changed."""
    with zipfile.ZipFile(file) as archive:
        content = {entry: archive.read(entry) for entry in archive.namelist()}
    change(content)
    changed = file.with_name(name)
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in content.items():
            archive.writestr(entry, data)
    return changed


def files_below(folder: Path) -> set[str]:
    """Every file below the folder, but for what SQLite has open beside its own."""
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in names if not name.endswith(("-wal", "-shm"))}
