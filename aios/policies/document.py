"""A policy file as text: read strictly, and every complaint knows its line."""

import difflib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from aios.policies.schema import Conditions, PolicySet, Rule

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12


class Refused(Exception):
    """The file is not a policy; `line` counts from 1 (0: the file as a whole)."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class _Spot:
    """A value of the document with the line of each of its parts."""

    line: int
    value: Any
    parts: dict[str, "_Spot"]
    key_lines: dict[str, int]


def default_text() -> str:
    """The policy file that is shipped."""
    return resources.files("aios.policies").joinpath("default.yaml").read_text("utf-8")


@lru_cache(maxsize=32)
def read_policy(data: bytes) -> PolicySet:
    """The policy set in the file; `Refused` with line and reason where it is not one. The same file is read once."""
    if len(data) > MAX_BYTES:
        raise Refused(0, f"the file is larger than {MAX_BYTES // 1024} kB")
    root = _read_yaml(data)
    if not root.key_lines:
        raise Refused(root.line, "the file must consist of settings like `undo_seconds: 30`")
    try:
        policy = PolicySet.model_validate_json(json.dumps(root.value))
    except ValidationError as error:
        raise _refusal(root, error.errors()[0]) from None
    _refuse_doubles(root, policy)
    return policy


def _read_yaml(data: bytes) -> _Spot:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(data[: error.start].count(b"\n") + 1, "the file is not UTF-8 text") from None
    reader: Any = yaml
    try:
        _refuse_tricks(text)
        node: yaml.Node | None = reader.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        raise Refused(text[: int(error.position)].count("\n") + 1, "there is a character that YAML forbids") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise Refused(line, f"not valid YAML: {error.problem or error.context}") from None
    if node is None:
        raise Refused(1, "the file is empty")
    return _spot(node)


def _refuse_tricks(text: str) -> None:
    depth = documents = 0
    reader: Any = yaml
    for event in reader.parse(text, Loader=yaml.SafeLoader):
        line: int = event.start_mark.line + 1
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise Refused(line, "anchors and aliases (& and *) are not used here; put the text in quotes")
        if getattr(event, "tag", None) is not None:
            raise Refused(line, "tags (!) are not used here; put the text in quotes")
        if depth > MAX_DEPTH:
            raise Refused(line, "too many levels")
        if documents > 1:
            raise Refused(line, "there is more than one document in the file")


def _spot(node: yaml.Node) -> _Spot:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        spots = [_spot(item) for item in node.value]
        parts = {str(index): spot for index, spot in enumerate(spots)}
        return _Spot(line, [spot.value for spot in spots], parts, {})
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, line)
    return _Spot(line, _scalar(node), {}, {})


def _mapping(node: yaml.MappingNode, line: int) -> _Spot:
    parts: dict[str, _Spot] = {}
    key_lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key_line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise Refused(key_line, "a setting's name must be plain text")
        if key_node.value in parts:
            raise Refused(key_line, f"{key_node.value!r} is set twice (first on line {key_lines[key_node.value]})")
        parts[key_node.value], key_lines[key_node.value] = _spot(value_node), key_line
    return _Spot(line, {key: spot.value for key, spot in parts.items()}, parts, key_lines)


def _scalar(node: yaml.Node) -> Any:
    """A plain scalar by YAML 1.2's rules: YAML 1.1 would read 22:00 as 1320 and `no` as false."""
    text = str(node.value)
    if not isinstance(node, yaml.ScalarNode) or node.style is not None:
        return text
    words = {"": None, "~": None, "null": None, "true": True, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    if re.fullmatch(r"[-+]?\d{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(r"[-+]?\d{1,15}\.\d{1,15}", text) else text


def _refusal(root: _Spot, error: ErrorDetails) -> Refused:
    spot, line, path = root, root.line, list[str]()
    for name in (str(part) for part in error["loc"]):
        if name in spot.parts:
            line = spot.key_lines.get(name, spot.parts[name].line)
            spot = spot.parts[name]
            path.append(name)
    where = _where(root, path)
    if error["type"] == "extra_forbidden":
        return Refused(line, f"there is no setting {path[-1]!r}{_suggestion(path)}")
    if error["type"] == "missing":
        return Refused(line, f"{where + ' needs' if where else 'missing:'} {str(error['loc'][-1])!r}")
    reason = error["msg"].removeprefix("Value error, ")
    return Refused(line, f"{where}: {reason[:1].lower()}{reason[1:]}" if where else reason)


def _where(root: _Spot, path: list[str]) -> str:
    """The place in words; a rule is called by its name where it has one."""
    if len(path) > 1 and path[0] == "rules":
        name = root.parts["rules"].parts[path[1]].parts.get("name")
        return ".".join([f"rule {name.value if name else int(path[1]) + 1}", *path[2:]])
    return ".".join(path)


def _suggestion(path: list[str]) -> str:
    models: list[type[BaseModel]] = [PolicySet]
    models += [Conditions] if "when" in path else [Rule] if "rules" in path else []
    fields = PolicySet.model_fields
    if len(path) > 1 and path[0] in fields and isinstance(annotation := fields[path[0]].annotation, type):
        models = [annotation] if issubclass(annotation, BaseModel) else models
    close = difflib.get_close_matches(path[-1], list(models[-1].model_fields), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _refuse_doubles(root: _Spot, policy: PolicySet) -> None:
    first: dict[str, int] = {}
    for index, rule in enumerate(policy.rules):
        line = root.parts["rules"].parts[str(index)].key_lines["name"]
        if rule.name in first:
            raise Refused(line, f"the rule {rule.name!r} is there twice (first on line {first[rule.name]})")
        first[rule.name] = line
