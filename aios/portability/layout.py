"""What an export holds: its members by name, its manifest, and what is left out of it with the reason."""

import re
from pathlib import PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1
"""The version of the layout. A change that this version could not read raises it."""

MANIFEST = "manifest.json"
EVENTS = "events.jsonl"
BLOB_LIST = "blobs.jsonl"
BLOBS = "blobs/"
ROWS = "rows/"
TABLES = "tables/"
PROMPTS = "prompts/"
POLICIES = "policies.yaml"
CHART = "chart.yaml"
BUSINESS = "business/"

DOCUMENTS = (POLICIES, CHART)
"""Files of the home that are the owner's own, besides those about the business."""

DENSE = 10 * 2**20
"""Bytes: content that is larger is not compressed, so that what unpacks to much more than its size can be refused."""

LARGEST_BLOB = 256 * 2**20
LARGEST_LINE = 64 * 2**20
LARGEST_MANIFEST = 64 * 2**20
"""Bytes: what is larger is not taken in, since each of these is held in memory as a whole."""

NOT_SHOWN = ("budget_reservations", "budget_totals", "switches")
"""Of the tables that follow from the log, those that an import itself changes; the others are added for other programs
to read, and an import checks and does not use them."""

TRAVELLING = ("memory_uses",)
"""Tables that do not follow from the log and belong into an export: their rows are imported as they are."""

LEFT_OUT = {
    "log_head": "It is the last event.",
    "memory_lexical": "The word index is made again from the memory.",
    "memory_postings": "The word index is made again from the memory.",
    "memory_lexical_state": "The word index is made again from the memory.",
    "memory_vectors": "Which vector index answers is found out anew.",
    "embeddings": "A cache: the embedder of the new home is asked again, which may be another one.",
    "working_contexts": "A cache: contexts are made again; what agents read is kept as artifacts.",
    "model_claims": "Calls under way belong to processes of the old home.",
    "model_breakers": "Whether a server answers is found out anew.",
    "rates": "How much of its pace an account has used is of the moment.",
    "book_cursors": "Where to go on reading the address book is found out anew; what was read before is recognised.",
    "book_files": "Which versions of cards were read is found out anew.",
    "event_cursors": "Where to go on asking is found out anew; what was told before is recognised.",
    "mail_cursors": "Where to go on reading is found out anew; what was read before is recognised.",
}
"""Tables that neither follow from the log nor belong into an export, each with the reason."""

LEFT_OUT_FILES = {
    "aios.toml": "It holds passwords and keys: write it anew.",
    "credentials": "It holds passwords and keys: set them anew with `aios credentials set`.",
    "inbox": "Files that were not read yet are nobody's facts: move them yourself.",
    "outbox": "What the sandbox took stands in the effects.",
    "transfers": "What was written for the bank stands in the effects; move what is not with the bank yet yourself.",
    "dagster, chroma, logs": "They are made again.",
    "finance": "Figures and reports are made again from the books.",
    "models": "`aios memory fetch-embedder` fetches them again.",
}
"""What stays behind in the home, each with the reason."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
_SHA256 = r"^[0-9a-f]{64}$"


class Member(BaseModel):
    """How long a member is, in bytes, and the SHA-256 of its content."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    size: int = Field(ge=0)
    sha256: str = Field(pattern=_SHA256)


class Manifest(BaseModel):
    """What the file says of itself. A blob is named by its digest, so only the list of blobs stands in `members`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int
    aios: str
    schema_revision: str
    created: str
    events: int = Field(ge=0)
    head: str = Field(pattern=_SHA256)
    blobs: int = Field(ge=0)
    counts: dict[str, int]
    members: dict[str, Member]
    left_out: dict[str, str]


class EventRow(BaseModel):
    """A line of `events.jsonl`: every column of the log; `forgotten_by` only where the event was emptied on request."""

    model_config = ConfigDict(extra="forbid", strict=True)
    position: int
    id: str
    stream: str
    seq: int
    type: str
    version: int
    at: str
    actor: str
    case_id: str | None
    source: str | None
    source_id: str | None
    caused_by: str | None
    payload: dict[str, Any]
    previous_hash: str
    hash: str
    forgotten_by: str | None = None


class BlobRow(BaseModel):
    """A line of `blobs.jsonl`; the bytes are the member `blobs/` and the digest."""

    model_config = ConfigDict(extra="forbid", strict=True)
    digest: str = Field(pattern=_SHA256)
    size: int = Field(ge=0, le=LARGEST_BLOB)
    media_type: str


def blob_name(digest: str) -> str:
    """The member with the blob's bytes."""
    return BLOBS + digest


def rows_name(table: str) -> str:
    """The member with the rows of a travelling table."""
    return f"{ROWS}{table}.jsonl"


def is_document(name: str) -> bool:
    """Whether the member becomes a file of the new home."""
    return name in DOCUMENTS or name.startswith(BUSINESS)


def is_known(name: str) -> bool:
    """Whether an export may hold a member of that name; a path that leads elsewhere is none."""
    if name in (MANIFEST, EVENTS, BLOB_LIST, *DOCUMENTS):
        return True
    folder, _, rest = name.partition("/")
    match f"{folder}/":
        case "blobs/":
            return _DIGEST.fullmatch(rest) is not None
        case "tables/" | "rows/":
            return rest.endswith(".jsonl") and _PLAIN.fullmatch(rest.removesuffix(".jsonl")) is not None
        case "prompts/":
            return rest.endswith(".md") and _PLAIN.fullmatch(rest.removesuffix(".md")) is not None
        case "business/":
            return _is_below(rest)
        case _:
            return False


def _is_below(path: str) -> bool:
    """Whether a relative path stays in its folder on every system, written in its one plain form."""
    parts = PurePosixPath(path).parts
    return (
        bool(parts)
        and "/".join(parts) == path
        and not any(part in (".", "..") or len(part.encode()) > 255 for part in parts)
        and not any(sign in path for sign in ("\\", ":"))
        and path.isprintable()
    )
