"""What can be done to an article: publish, update, withdraw and restore it; and what comes of it."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aios.connectors.contract import parse_request
from aios.connectors.fields import Line, Words
from aios.connectors.mail.address import filled_line, one_line
from aios.errors import HardFailure, InvalidInput
from aios.ids import digest

LONGEST_SLUG = 80
Slug = Annotated[str, Field(max_length=LONGEST_SLUG, pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]
"""The last part of an article's address; it names a file too, so nothing in it can lead to another folder."""

_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "ł": "l"})


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Article(_Request):
    """What readers see. `text` is Markdown."""

    slug: Slug
    title: Annotated[str, AfterValidator(filled_line), Field(max_length=300)]
    text: Words = Field(min_length=1, max_length=200_000)
    summary: Line = Field("", max_length=1000)
    tags: tuple[Annotated[str, AfterValidator(filled_line), Field(max_length=60)], ...] = Field((), max_length=20)
    language: str = Field("", pattern=r"^(?:[a-z]{2}(?:-[A-Z]{2})?)?$")
    day: date


class Publish(Article):
    """A new article. There must be none under its slug."""


class Update(Article):
    """Other content for an article. `version` is the one that was shown ("": whichever there is)."""

    version: str = Field("", max_length=200)


class Withdraw(_Request):
    """Take an article off. `version` as for `Update`."""

    slug: Slug
    version: str = Field("", max_length=200)


class Restore(_Request):
    """Bring an article back to what a receipt kept as `was`; empty, there was none. `version` as for `Update`."""

    slug: Slug
    version: str = Field("", max_length=200)
    was: str = Field("", max_length=300_000)


Request = Publish | Update | Withdraw | Restore
REQUESTS: Mapping[str, type[Request]] = {
    "publish": Publish,
    "update": Update,
    "withdraw": Withdraw,
    "restore": Restore,
}


class Receipt(_Request):
    """What is out there now: `version` names it ("" where nothing is); `was` is what stood there before.

    What was only looked up afterwards may not know what was there (`was` is None).
    """

    slug: str
    version: str = ""
    place: str = ""
    was: str | None = None


def parse(operation: str, request: Mapping[str, Any]) -> Request:
    """The request of an effect; `HardFailure` where it can be none."""
    return parse_request("Publishing", REQUESTS, operation, request)


def must_fit(asked: Request, there: str | None, look: str) -> None:
    """Raise `HardFailure` where it does not fit the version that is there (None: nothing is); `look` is the remedy."""
    if isinstance(asked, Publish):
        if there is not None:
            raise HardFailure(f"There is an article {asked.slug} already.", "Choose another slug, or update it.")
    elif asked.version and asked.version != there:
        raise HardFailure("The article has changed since it was shown.", look)
    if isinstance(asked, Update) and there is None:
        raise HardFailure(f"There is no article {asked.slug}.", "Publish it instead.")


def slug_of(title: str) -> str:
    """A slug for the title, in the letters that every address takes; `InvalidInput` where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", title.casefold().translate(_LETTERS)).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:LONGEST_SLUG]
        if len(longer) > LONGEST_SLUG:
            break
        slug = longer
    if not slug:
        raise InvalidInput(f"No address can be made of the title {one_line(title)[:60]!r}.", "Give a slug.")
    return slug


def mark_of(key: str) -> str:
    """What an effect leaves in what it wrote, so that a look-up can tell that it was there."""
    return digest(f"publishing mark of {key}")[:32]
