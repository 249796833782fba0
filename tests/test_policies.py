"""Policy files: a bad one is refused with its line and reason, and the last good one stays in force."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios.clock import ManualClock
from aios.database.engine import Database
from aios.events.log import EventLog
from aios.policies.document import Refused, default_text, read_policy
from aios.policies.policies import SHIPPED, Policies
from aios.policies.rules import evaluate
from tests.policing import SUBJECT, policy

# --- The file ----------------------------------------------------------------------------------------------------

REFUSED = {
    "a broken bracket": ("version: 1\nlegal_words: [a, b\nrules: []\n", 3, "not valid YAML"),
    "a tab": ("version: 1\nbudgets:\n\tcall: 1\n", 3, "not valid YAML"),
    "an unknown setting": ("version: 1\nundo_second: 3\n", 2, "did you mean 'undo_seconds'"),
    "an unknown condition": (
        "version: 1\nrules:\n  - name: a\n    when:\n      confidence_bellow: 0.5\n    then: ask\n",
        5,
        "did you mean 'confidence_below'",
    ),
    "an unknown part of a section": ("version: 1\nbudgets:\n  call: 1\n  cases: 2\n", 4, "did you mean 'case'"),
    "a pace that is none": ("version: 1\nrates:\n  mail: fast\n", 3, "30 per minute"),
    "a pace of nothing": ("version: 1\nrates:\n  mail: 0 per day\n", 3, "rates.mail"),
    "an unknown priority": ("version: 1\npriorities:\n  urgent: [x]\n", 3, "no setting 'urgent'"),
    "a word for a number": ("version: 1\nundo_seconds: soon\n", 2, "undo_seconds"),
    "a number in quotes": ('version: 1\nundo_seconds: "30"\n', 2, "undo_seconds"),
    "a yes that is no truth value": ("version: 1\nredaction:\n  emails: yes\n", 3, "redaction.emails"),
    "a share above one": (
        "version: 1\nrules:\n  - {name: a, when: {sample: 1.5}, then: ask}\n",
        3,
        "rule a.when.sample",
    ),
    "a verdict that is none": ("version: 1\nrules:\n  - {name: a, when: {sample: 1}, then: alow}\n", 3, "rule a.then"),
    "a rule without a name": ("version: 1\nrules:\n  - {when: {sample: 1}, then: ask}\n", 3, "'name'"),
    "two rules of one name": (
        "version: 1\nrules:\n  - {name: a, when: {sample: 1}, then: ask}\n"
        "  - {name: a, when: {sample: 1}, then: deny}\n",
        4,
        "twice (first on line 3)",
    ),
    "a setting given twice": ("version: 1\nundo_seconds: 3\nundo_seconds: 4\n", 3, "set twice (first on line 2)"),
    "a rule that decides everything": ("version: 1\nrules:\n  - {name: a, when: {}, then: allow}\n", 3, "no condition"),
    "a rule that allows any effect": (
        "version: 1\nrules:\n  - {name: a, when: {tier: [mid]}, then: allow}\n",
        3,
        "must name its effect",
    ),
    "a rule that allows because of a suspicion": (
        "version: 1\nrules:\n  - {name: a, when: {effect: [mail.send], flags: [injection]}, then: allow}\n",
        3,
        "cannot rest on flags",
    ),
    "a rule with a name of ours": (
        "version: 1\nrules:\n  - {name: default, when: {sample: 1}, then: ask}\n",
        3,
        "taken",
    ),
    "a zone that does not exist": (
        'version: 1\nquiet_hours:\n  timezone: Mars/Olympus\n  start: "1:00"\n  end: "2:00"\n',
        3,
        "no time zone",
    ),
    "a time that is none": ('version: 1\nquiet_hours:\n  start: "25:00"\n  end: "2:00"\n', 3, "quiet_hours.start"),
    "an endless quiet": ('version: 1\nquiet_hours:\n  start: "2:00"\n  end: "2:00"\n', 2, "the same"),
    "a negative limit": ("version: 1\nbudgets:\n  day: -1\n", 3, "budgets.day"),
    "no version": ("undo_seconds: 3\n", 1, "'version'"),
    "a version from the future": ("version: 2\n", 1, "version"),
    "an alias": ("version: 1\nnever_auto: &x [a]\nlegal_words: *x\n", 2, "anchors"),
    "an unquoted star": ("version: 1\nnever_auto: [*.delete]\n", 2, ""),
    "a tag": ("version: !!python/object:os.system 1\n", 1, "tags"),
    "two documents": ("version: 1\n---\nversion: 1\n", 2, "more than one document"),
    "nothing": ("", 1, "empty"),
    "only a comment": ("# nothing\n", 1, "empty"),
    "a list": ("- version\n", 1, "settings"),
    "a word": ("version", 1, "settings"),
    "a nest": ("version: 1\nrules: " + "[" * 500 + "]" * 500 + "\n", 2, "too many levels"),
    "a control character": ("version: 1\nlegal_words: [\x07]\n", 2, "forbids"),
}


@pytest.mark.parametrize(("text", "line", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_file_is_refused_with_its_line_and_reason(text: str, line: int, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read_policy(text.encode())
    assert refused.value.line == line
    assert reason in refused.value.reason


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"version: 1\n\xe4: 2\n", b"#" * 300_000, b"\x00"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read_policy(data)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_is_in_the_file_it_is_read_or_refused(data: bytes) -> None:
    try:
        read_policy(data)
    except Refused as refused:
        complaint = (refused.line >= 0, bool(refused.reason))
        assert complaint == (True, True)


def test_the_shipped_file_is_good_and_lets_nothing_out_by_itself() -> None:
    shipped = read_policy(default_text().encode())
    allowed = {effect for rule in shipped.rules if rule.then == "allow" for effect in rule.when.effect or ("*",)}
    assert allowed == {"booking.enter"}  # which lets nothing out
    assert evaluate(shipped, SUBJECT).outcome == "ask"


def test_the_rules_that_are_offered_in_the_shipped_file_work_when_their_marks_are_removed() -> None:
    opened = default_text().replace("  # - name: ", "  - name: ").replace("\n  #  ", "\n   ")
    verdicts = {evaluate(read_policy(opened.encode()), replace(SUBJECT, key=str(n))).rule for n in range(40)}
    assert verdicts == {"known-contacts", "spot-check"}


def test_times_and_words_are_not_mistaken_for_numbers_and_truth_values() -> None:
    found = policy("quiet_hours: {start: 22:00, end: 7:00}\nlegal_words: [no, on, 0x10]\n")
    assert found.quiet_hours is not None
    assert (found.quiet_hours.start.hour, found.quiet_hours.end.hour) == (22, 7)
    assert found.legal_words == ("no", "on", "0x10")


# --- In force ----------------------------------------------------------------------------------------------------


@pytest.fixture
def policies(database: Database, clock: ManualClock, home: Path) -> Policies:
    return Policies(EventLog(database, clock), home / "policies.yaml")


def write(policies: Policies, text: str) -> None:
    policies.file.write_text(f"version: 1\n{text}")


def types(policies: Policies) -> list[str]:
    with policies.log.database.read() as connection:
        return [event.type for event in policies.log.read(connection, stream="policy")]


def test_before_any_file_was_adopted_the_shipped_policy_is_in_force(policies: Policies) -> None:
    assert policies.in_force().origin == SHIPPED
    assert policies.current() == read_policy(default_text().encode())


def test_the_shipped_file_is_installed_where_there_is_none_and_never_over_the_owners(policies: Policies) -> None:
    assert policies.install_default()
    write(policies, "undo_seconds: 7\n")
    assert not policies.install_default()
    assert "undo_seconds: 7" in policies.file.read_text()


def test_a_good_file_is_adopted_once(policies: Policies) -> None:
    write(policies, "undo_seconds: 7\n")
    assert [policies.reload().outcome for _ in range(3)] == ["adopted", "unchanged", "unchanged"]
    assert policies.current().undo_seconds == 7
    assert types(policies) == ["policy.adopted"]


def test_a_bad_file_leaves_the_last_good_one_in_force_and_is_reported_once(policies: Policies) -> None:
    write(policies, "undo_seconds: 7\n")
    policies.reload()
    write(policies, "undo_seconds: soon\n")
    refused = [policies.reload() for _ in range(3)][-1]
    assert (refused.outcome, refused.line) == ("refused", 2)
    assert policies.current().undo_seconds == 7
    assert types(policies) == ["policy.adopted", "policy.refused"]
    with policies.log.database.read() as connection:
        problem = policies.problem(connection)
    assert problem is not None
    assert (problem.line, problem.reason) == (2, refused.reason)


def test_a_mended_file_takes_over_again_even_where_it_is_the_one_before(policies: Policies) -> None:
    for text in ("undo_seconds: 7\n", "oops\n", "undo_seconds: 7\n"):
        write(policies, text)
        outcome = policies.reload().outcome
    assert outcome == "adopted"
    with policies.log.database.read() as connection:
        assert policies.problem(connection) is None


def test_a_file_that_is_gone_changes_nothing(policies: Policies) -> None:
    write(policies, "undo_seconds: 7\n")
    policies.reload()
    policies.file.unlink()
    assert policies.reload().outcome == "refused"
    assert policies.current().undo_seconds == 7


def test_the_policy_in_force_is_known_after_a_restart_whatever_the_file_says_by_then(policies: Policies) -> None:
    write(policies, "undo_seconds: 7\n")
    policies.reload()
    write(policies, "oops\n")
    assert Policies(policies.log, policies.file).current().undo_seconds == 7


def test_a_setting_may_shorten_the_undo_window_of_every_file(policies: Policies) -> None:
    write(policies, "undo_seconds: 7\n")
    own = Policies(policies.log, policies.file, undo_seconds=0)
    own.reload()
    assert own.current().undo_window == timedelta(0)
