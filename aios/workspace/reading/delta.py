"""Delta: what differs between two versions of an output, leaf by leaf, in lines that a person reads."""

import json
from collections.abc import Iterator
from typing import Any, cast

from aios.decisions.shown import Change


def changes(before: Any, after: Any) -> tuple[Change, ...]:
    """Each leaf that differs, by the names that lead to it; nothing where there is no version before."""
    if before is None:
        return ()
    old, new = dict(_leaves(before)), dict(_leaves(after))
    names = sorted(name for name in {**old, **new} if old.get(name) != new.get(name))
    return tuple(Change(field=name, before=old.get(name, ""), after=new.get(name, "")) for name in names)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in cast(dict[str, Any], value).items():
            yield from _leaves(inner, f"{name} \u203a {_words(key)}" if name else _words(key))
    elif isinstance(value, list):
        yield name, "\n".join(_line(one) for one in cast(list[Any], value))
    else:
        yield name, _line(value)


def _words(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _line(value: Any) -> str:
    """One element of a list as a line: what it is called or says, where it is a thing of several parts."""
    if isinstance(value, dict):
        said = cast(dict[str, Any], value)
        return str(said.get("title") or said.get("text") or json.dumps(said, ensure_ascii=False, sort_keys=True))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
