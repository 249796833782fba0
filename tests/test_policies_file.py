"""The policy file: refused with line and reason where it is wrong, and the last good one stays in force."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aios.clock import ManualClock
from aios.database.engine import Database
from aios.events.log import EventLog
from aios.policies.document import Refused, default_text, read_policy
from aios.policies.policies import Policies

RULE = "  - name: {}\n    when: {{sample: 0.5}}\n    then: ask\n"


@pytest.fixture
def policies(database: Database, clock: ManualClock, home: Path) -> Policies:
    return Policies(EventLog(database, clock), home / "policies.yaml")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("version: 1\nrulez: []\n", 2, "did you mean 'rules'"),
        ("version: 1\nundo_seconds: soon\n", 2, "valid number"),
        ("version: 1\nundo_seconds: yes\n", 2, "valid number"),
        ("version: 1\n\nquiet_hours:\n  start: 22:00\n  end: 7:00\n  timezone: Mars/Base\n", 6, "time zone"),
        ("version: 1\nquiet_hours:\n  start: 22:00\n", 2, "needs 'end'"),
        ("version: 1\nquiet_hours: {start: 22:00, end: 22:00}\n", 2, "the same"),
        ("version: 1\nrules:\n" + RULE.format("a") + RULE.format("a"), 6, "twice"),
        ("version: 1\nrules:\n" + RULE.format("default"), 3, "taken by aios"),
        ("version: 1\nrules:\n  - name: a\n    when: {confidense_below: 1}\n    then: ask\n", 4, "confidence_below"),
        ("version: 1\nrules:\n  - name: a\n    when: {sample: 1.5}\n    then: ask\n", 4, "less than or equal to 1"),
        ("version: 1\nrules:\n  - name: a\n    when: {sample: 1}\n    then: maybe\n", 5, "'allow', 'ask' or 'deny'"),
        ("version: 1\nrules:\n  - name: a\n    when: {}\n    then: ask\n", 3, "no condition"),
        ("version: 1\nrules:\n  - name: a\n    when: {first_contact: false}\n    then: allow\n", 3, "name its effect"),
        (
            "version: 1\nrules:\n  - name: a\n    when: {effect: [x], words: [y]}\n    then: allow\n",
            3,
            "cannot rest on",
        ),
        ("version: 1\nversion: 1\n", 2, "set twice"),
        ("version: 1\nbudgets: {call: .nan}\n", 2, "valid decimal"),
        ("version: 1\nlegal_words: vertrag\n", 2, "valid array"),
        ("undo_seconds: 3\n", 1, "'version'"),
        ("version: 1\nrules: [\n", 3, "not valid YAML"),
        ("a: &x 1\nb: *x\n", 1, "anchors"),
        ("a: !!python/object:os.system ls\n", 1, "tags"),
        ("[" * 40, 1, "levels"),
        ("version: 1\n---\nversion: 1\n", 2, "more than one document"),
        ("version: 1\nx: \x01\n", 2, "character"),
        ("", 1, "empty"),
        ("- version\n", 1, "settings"),
    ],
)
def test_a_bad_file_is_refused_with_its_line_and_reason(text: str, line: int, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_policy(text.encode())
    assert refusal.value.line == line
    assert reason in refusal.value.reason


def test_bytes_that_are_no_text_and_files_without_end_are_refused() -> None:
    with pytest.raises(Refused, match="line 2: the file is not UTF-8"):
        read_policy(b"version: 1\nx: \xff\n")
    with pytest.raises(Refused, match="larger"):
        read_policy(b"#" * 300_000)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_a_policy_or_refused_never_a_crash(data: bytes) -> None:
    with suppress(Refused):
        read_policy(data)


def test_times_and_words_are_read_as_they_are_written() -> None:
    policy = read_policy(b"version: 1\nquiet_hours: {start: 22:00, end: 6:30}\nlegal_words: [no, on, 0x1]\n")
    assert policy.quiet_hours is not None
    assert str(policy.quiet_hours.start) == "22:00:00"
    assert policy.legal_words == ("no", "on", "0x1")


def test_before_any_file_the_shipped_policy_is_in_force(policies: Policies) -> None:
    assert policies.in_force().origin == "shipped"
    assert policies.current() == read_policy(default_text().encode())


def test_the_default_file_is_installed_once_and_never_written_over(policies: Policies) -> None:
    assert policies.install_default()
    policies.file.write_text("version: 1\n")
    assert not policies.install_default()
    assert policies.file.read_text() == "version: 1\n"


def test_a_good_file_takes_over_once(policies: Policies) -> None:
    policies.file.write_text("version: 1\nundo_seconds: 5\n")
    assert policies.reload().outcome == "adopted"
    assert policies.reload().outcome == "unchanged"
    assert policies.current().undo_window.total_seconds() == 5


def test_a_bad_file_is_told_and_the_last_good_one_stays_in_force(policies: Policies) -> None:
    policies.file.write_text("version: 1\nundo_seconds: 5\n")
    policies.reload()
    policies.file.write_text("version: 1\nundo_seconds: five\n")
    first, second = policies.reload(), policies.reload()
    assert (first.outcome, first.line) == (second.outcome, second.line) == ("refused", 2)
    assert policies.current().undo_seconds == 5
    with policies.log.database.read() as connection:
        told = policies.log.read(connection, types=["policy.refused"])
        problem = policies.problem(connection)
    assert len(told) == 1
    assert problem is not None
    assert problem.line == 2


def test_mending_the_file_back_to_the_last_good_one_ends_the_complaint(policies: Policies) -> None:
    for text in ("version: 1\n", "version: 2\n", "version: 1\n"):
        policies.file.write_text(text)
        policies.reload()
    with policies.log.database.read() as connection:
        assert policies.problem(connection) is None


def test_a_removed_file_changes_nothing(policies: Policies) -> None:
    policies.file.write_text("version: 1\nundo_seconds: 7\n")
    policies.reload()
    policies.file.unlink()
    assert policies.reload().outcome == "refused"
    assert policies.current().undo_seconds == 7


def test_another_process_sees_the_adopted_file(policies: Policies) -> None:
    policies.file.write_text("version: 1\nundo_seconds: 9\n")
    policies.reload()
    other = Policies(policies.log, policies.file.parent / "elsewhere.yaml", undo_seconds=1)
    assert other.in_force().digest == policies.in_force().digest
    assert other.current().undo_seconds == 1
