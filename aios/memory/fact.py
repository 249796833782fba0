"""A fact as one item: what it says, for which stretch of time, and what each of its sources claims."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from aios.memory.claim import Claim, Fact
from aios.memory.item import Item
from aios.memory.predicates import PREDICATES
from aios.memory.timeline import TRUST, Stretch

_TOLD_OF = re.compile(r" \(told of ([\w, ]+)\)$")


@dataclass(frozen=True)
class Doubtful:
    """A fact that overlaps others, and the ids that these are about."""

    item: Item
    beside: tuple[str, ...]


def fact_of(item: Item) -> Fact:
    """An item of kind `fact` as what it says."""
    fields = {name: getattr(item, name) for name in Fact.model_fields if hasattr(item, name)}
    label = PREDICATES[item.attributes["predicate"]].label
    return Fact.model_validate(item.attributes | fields | {"label": label})


def claims_of(item: Item) -> list[Claim]:
    """A fact as what its sources claim, the most trusted first."""
    about = {"subject": item.subject, "valid_from": item.valid_from, "valid_to": item.valid_to}
    about |= {name: item.attributes[name] for name in ("predicate", "value")}
    sources = sorted(item.attributes["sources"], key=lambda source: -TRUST[source["trust"]])
    return [Claim.model_validate({**source, **about}) for source in sources]


def overlapping(facts: Sequence[Item], *, single: bool) -> list[Doubtful]:
    """Of facts, in the order in which they were learned, those that cannot be believed beside earlier ones: other
    values, or the same one twice.
    """
    held: list[Item] = []
    doubtful: list[Doubtful] = []
    for item in facts:
        alike = [other for other in held if single or other.attributes["value"] == item.attributes["value"]]
        beside = [other.subject for other in alike if stretch_of(item).overlaps(stretch_of(other))]
        if beside:
            doubtful.append(Doubtful(item, tuple(dict.fromkeys(beside))))
        else:
            held.append(item)
    return doubtful


def stretch_of(item: Item) -> Stretch:
    """A fact as a value that holds for a span."""
    about = item.attributes
    return Stretch(str(about["value"]), item.valid_from, item.valid_to, str(about["trust"]), item.item_id)


def told_of(subjects: Sequence[str], reason: str) -> str:
    """Why a fact is closed, with the ids that what stands against it was told of."""
    return f"{reason[:300]} (told of {', '.join(subjects[:5])})"


def is_told_of_others(reason: str, ids: Collection[str]) -> bool:
    """Whether a fact was closed for what was told of an id that is none of these: they are not one any more."""
    found = _TOLD_OF.search(reason)
    return found is not None and not set(found[1].split(", ")) <= set(ids)
