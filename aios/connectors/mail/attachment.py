"""A file that goes out with a mail: named in the request by the digest of its content, and read when it is sent."""

from collections.abc import Callable, Sequence
from email.message import EmailMessage

from pydantic import BaseModel, ConfigDict, Field, field_validator

from aios.connectors.mail.address import filled_line
from aios.errors import HardFailure, NotFound

MOST_FILES = 10
MOST_BYTES = 15_000_000
"""Of all files of a mail together. As base64 they take a third more, and many servers refuse beyond 20 to 25 MB."""

Contents = Callable[[str], bytes]
"""The bytes that are kept under a digest; raises `NotFound` where there are none."""


class MailAttachment(BaseModel):
    """A file of a mail. `blob` is the digest of its content, `size` how many bytes that has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=120)
    media_type: str = Field(pattern=r"^[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}$")
    blob: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0, le=MOST_BYTES)

    @field_validator("name")
    @classmethod
    def _plain(cls, value: str) -> str:
        return filled_line(value).replace("/", "_").replace("\\", "_")


def require_small(files: Sequence[MailAttachment]) -> None:
    """`ValueError` where the files are together more than a mail carries."""
    size = sum(each.size for each in files)
    if size > MOST_BYTES:
        raise ValueError(f"the files have {size / 1e6:.1f} MB, and {MOST_BYTES // 1_000_000} MB is the limit")


def attach(message: EmailMessage, files: Sequence[MailAttachment], contents: Contents) -> None:
    """Add the files to the message. `HardFailure` where one is not there any more, or is not what was approved."""
    for each in files:
        data = _read(each, contents)
        kind, _, subtype = each.media_type.partition("/")
        message.add_attachment(data, maintype=kind, subtype=subtype, filename=each.name)


def nothing_kept(digest: str) -> bytes:
    """The contents of a connector that was given none."""
    raise NotFound(f"No content is kept under {digest[:12]}.")


def _read(file: MailAttachment, contents: Contents) -> bytes:
    try:
        data = contents(file.blob)
    except NotFound as error:
        raise HardFailure(f"{file.name} cannot be attached: {error.message}", "Have it made again.") from None
    if len(data) != file.size:
        sentence = f"{file.name} has {len(data)} bytes, and {file.size} were approved."
        raise HardFailure(sentence, "Look at its case, then have the mail proposed again.")
    return data
