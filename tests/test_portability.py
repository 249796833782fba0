"""A home leaves as one file and arrives as it was: on both stores, whole or not at all, and silent at first."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aios.database.blobs import blobs, put_bytes
from aios.database.schema import metadata
from aios.effects import switches
from aios.errors import Conflict, InvalidInput, Paused, Tampered
from aios.events.catalog import CasePaused
from aios.events.event import NewEvent
from aios.events.integrity import projection_digests, verify
from aios.events.tables import events
from aios.kernel import projections
from aios.portability.arriving import import_
from aios.portability.layout import LEFT_OUT, NOT_SHOWN, TRAVELLING
from aios.portability.leaving import export
from aios.portability.unfinished import require_finished
from tests.commands import environment, inside
from tests.company import Company, found_company
from tests.invariants import check_promises
from tests.moving import ASKS, busy_company, files_below, members, moved, opened
from tests.tables import import_tables


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a busy company: its home `old`, and the file `old.zip`."""
    folder = tmp_path_factory.mktemp("made")
    company = busy_company(folder / "old")
    export(company.kernel, folder / "old.zip")
    company.kernel.close()
    return folder


def test_a_home_from_sqlite_to_postgres_and_back_gives_the_same_file(
    made: Path, tmp_path: Path, postgres_url: str
) -> None:
    on_postgres = moved(made / "old.zip", tmp_path / "postgres", postgres_url)
    on_sqlite = moved(on_postgres, tmp_path / "sqlite")
    assert members(on_postgres) == members(on_sqlite) == members(made / "old.zip")
    assert members(on_sqlite)["events"] > 100
    assert members(on_sqlite)["counts"]["rows/memory_uses.jsonl"] > 0


def test_a_home_that_arrives_has_the_same_tables_and_recalls_the_same(made: Path, tmp_path: Path) -> None:
    with opened(made / "old") as old, opened(tmp_path / "new") as new:
        came = import_(new, made / "old.zip")
        before, after = projection_digests(old.log), projection_digests(new.log)
        assert {name for name in after if after[name] != before[name]} == {"switches"}
        recalled = [
            [(one.item_id, one.text) for one in each.memory.recall("price of a website")] for each in (old, new)
        ]
        assert recalled[0] == recalled[1] != []
        assert (came.notice, new.memory.check().ok, verify(new.log).ok) == ("", True, True)
        assert new.policies.reload().outcome == "unchanged"
        assert {each.status for each in new.memory.ingest_folder(tmp_path / "new" / "business")} == {"unchanged"}
        check_promises(new.database)
    stays_behind = {name for name in files_below(made / "old") if name.startswith("outbox/")}
    assert files_below(tmp_path / "new") == files_below(made / "old") - stays_behind


DOINGS = st.lists(
    st.one_of(
        st.tuples(st.just("mail"), st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60)),
        st.tuples(st.just("know"), st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)),
        st.tuples(st.just("file"), st.binary(max_size=40).map(bytes.hex)),
        st.tuples(st.sampled_from(["approve", "reject", "undo", "pass", "stop"]), st.just("")),
    ),
    max_size=8,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(doings=DOINGS)
def test_whatever_a_company_has_done_it_arrives_as_it_left(
    doings: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory, sqlite_file: Path
) -> None:
    folder = tmp_path_factory.mktemp("doings")
    for home in ("old", "new"):
        (folder / home).mkdir()
        shutil.copy(sqlite_file, folder / home / "aios.db")
    company = found_company(folder / "old")
    for number, (kind, text) in enumerate(doings):
        _do(company, number, kind, text)
    company.work()
    export(company.kernel, folder / "old.zip")
    company.kernel.close()
    assert members(moved(folder / "old.zip", folder / "new")) == members(folder / "old.zip")
    shutil.rmtree(folder)


def _do(company: Company, number: int, kind: str, text: str) -> None:
    kernel = company.kernel
    match kind:
        case "mail":
            company.mail(f"{ASKS}\n{text}", id=f"m{number}", email=f"ana{number}@lead.example")
            company.work()
        case "know":
            kernel.memory.add(kind="note", title=f"Note {number}", text=f"{number} {text}")
        case "file":
            kernel.intake.receive_file(f"{number}.json", bytes.fromhex(text))
        case "pass":
            company.pass_undo_window()
        case "stop":
            switches.stop(kernel.log, switches.ALL, "owner", "a holiday")
        case "undo":
            _undo_all(company)
        case _:
            _answer_first(company, kind)


def _undo_all(company: Company) -> None:
    for effect in company.effects():
        if effect.state == "approved":
            company.kernel.gate.undo(effect.key, "owner")


def _answer_first(company: Company, verdict: str) -> None:
    with company.kernel.database.read() as connection:
        asked = company.kernel.decisions.list(connection, status="open")
    for decision in asked[:1]:
        company.kernel.answers.give(decision.id, verdict, decision.version, actor="owner")


def test_every_table_follows_from_the_log_or_travels_or_is_left_out_with_a_reason() -> None:
    import_tables()
    derived = {table.name for each in projections() for table in each.tables}
    assert set(metadata.tables) - derived - {events.name, blobs.name} == {*LEFT_OUT, *TRAVELLING}
    assert not set(TRAVELLING) & {*LEFT_OUT, *derived}
    assert set(NOT_SHOWN) <= derived


def test_an_export_holds_one_moment_while_others_write(database_url: str, tmp_path: Path) -> None:
    with opened(tmp_path / "old", database_url) as kernel:
        for number in range(1500):
            kernel.log.record(NewEvent("case/x", CasePaused(reason=str(number))))

        def meanwhile(what: str, done: int) -> None:
            kernel.memory.add(kind="note", title="Late", text=f"{what} {done}")

        exported = export(kernel, tmp_path / "old.zip", progress=meanwhile)
        assert exported.events == 1500
        with kernel.database.read() as connection:
            assert kernel.log.head(connection) > 1500
    said = members(tmp_path / "old.zip")
    assert (said["counts"]["tables/memory_items.jsonl"], said["blobs"]) == (0, 0)


def test_a_file_that_is_there_is_kept_unless_told_otherwise_and_a_failure_leaves_nothing(
    made: Path, tmp_path: Path
) -> None:
    file = tmp_path / "company.zip"
    file.write_text("mine")
    with opened(made / "old") as kernel:
        with pytest.raises(Conflict, match="--force"):
            export(kernel, file)

        def fail(_what: str, _done: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            export(kernel, file, force=True, progress=fail)
        assert (file.read_text(), files_below(tmp_path)) == ("mine", {"company.zip"})
        export(kernel, file, force=True)
    assert members(file) == members(made / "old.zip")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_large_content_of_one_colour_is_no_trap(tmp_path: Path) -> None:
    with opened(tmp_path / "old") as old, old.database.write() as tx:
        put_bytes(tx, bytes(11 * 2**20), "image/bmp")
    (tmp_path / "old" / "business").mkdir()
    (tmp_path / "old" / "business" / "white.bmp").write_bytes(b"\xff" * 11 * 2**20)
    with opened(tmp_path / "old") as old:
        export(old, tmp_path / "old.zip")
    assert members(moved(tmp_path / "old.zip", tmp_path / "new")) == members(tmp_path / "old.zip")


@pytest.mark.breaks_promises
def test_a_log_that_was_changed_is_not_exported(tmp_path: Path) -> None:
    with opened(tmp_path / "old") as kernel:
        for number in range(3):
            kernel.log.record(NewEvent("case/x", CasePaused(reason=str(number))))
        with kernel.database.write() as tx:
            tx.execute(sa.update(events).where(events.c.position == 2).values(actor="somebody else"))
        with pytest.raises(Tampered, match="Event 2"):
            export(kernel, tmp_path / "old.zip")
    assert not (tmp_path / "old.zip").exists()


def test_no_secret_and_no_linked_file_gets_into_the_file(tmp_path: Path) -> None:
    home, secret = tmp_path / "old", "sk-tell-nobody"
    busy_company(home).kernel.close()
    (home / "aios.toml").write_text(f'OPENAI_API_KEY = "{secret}"\n')
    (tmp_path / "elsewhere.md").write_text(secret)
    (home / "business" / "linked.md").symlink_to(tmp_path / "elsewhere.md")
    (home / "inbox").mkdir()
    (home / "inbox" / "waits.eml").write_text(secret)
    ended = inside(
        home, "export", str(tmp_path / "old.zip"), AIOS_PASSWORD=secret, AIOS_SMTP_URL=f"smtp://a:{secret}@b.c"
    )
    assert ended.returncode == 0, ended.stderr
    assert "Not in it: aios.toml" in ended.stdout
    assert "business/linked.md" in ended.stderr
    with zipfile.ZipFile(tmp_path / "old.zip") as archive:
        assert not [name for name in archive.namelist() if secret.encode() in archive.read(name)]
        assert b"We meet at the fair" in b"".join(archive.read(name) for name in archive.namelist())


def test_a_home_that_is_not_empty_is_refused_with_the_way_out(made: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "used") as kernel:
        kernel.memory.add(kind="note", title="Mine", text="This was here before.")
        with pytest.raises(Conflict, match=r"holds a company already.*AIOS_HOME"):
            import_(kernel, made / "old.zip")
        assert len(kernel.memory.items()) == 1
    with opened(tmp_path / "written") as kernel:
        (tmp_path / "written" / "policies.yaml").write_text("version: 1\n")
        with pytest.raises(Conflict, match="documents, policies or a chart"):
            import_(kernel, made / "old.zip")
        assert (tmp_path / "written" / "policies.yaml").read_text() == "version: 1\n"


def test_nothing_goes_out_of_a_new_home_before_the_owner_releases_it(made: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "new") as kernel:
        import_(kernel, made / "old.zip")
        company = Company(kernel)
        [waiting] = [effect for effect in company.effects() if effect.state == "approved"]
        kernel.clock.advance(hours=1)
        with kernel.database.read() as connection:
            assert "old home" in switches.stopped(connection)[switches.ALL]
            assert kernel.executor.due(connection) == []
        with pytest.raises(Paused):
            kernel.executor.carry_out(waiting.key)
        assert company.outbox() == []


def test_what_the_old_home_sent_meanwhile_is_found_and_not_sent_again(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "old", tmp_path / "old")
    with opened(tmp_path / "new") as kernel:
        import_(kernel, made / "old.zip")
        old = found_company(tmp_path / "old")
        old.kernel.clock.advance(hours=1)
        [waiting] = [effect for effect in old.effects() if effect.state == "approved"]
        assert old.kernel.executor.carry_out(waiting.key).done
        old.kernel.close()
        shutil.copytree(tmp_path / "old" / "outbox", tmp_path / "new" / "outbox")  # both look at the same outside
        went_out = sorted((tmp_path / "new" / "outbox").rglob("*.eml"))
        kernel.clock.advance(hours=1)
        switches.release(kernel.log, switches.ALL, "owner")
        assert Company(kernel).effects(waiting.case_id)[0].state == "unknown"
        assert kernel.executor.carry_out(waiting.key).done
        assert sorted((tmp_path / "new" / "outbox").rglob("*.eml")) == went_out
        claims = kernel.log.read(kernel.database.engine.connect(), types=["effect.claimed"], case_id=waiting.case_id)
        assert claims == []


def test_what_never_went_out_does_so_once_after_the_release(made: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "new") as kernel:
        import_(kernel, made / "old.zip")
        company = Company(kernel)
        [waiting] = [effect for effect in company.effects() if effect.state == "approved"]
        kernel.clock.advance(hours=1)
        switches.release(kernel.log, switches.ALL, "owner")
        assert kernel.executor.carry_out(waiting.key).state == "captured"
        assert len(company.outbox()) == 1
        switches.stop(kernel.log, switches.ALL, "owner")
        switches.release(kernel.log, switches.ALL, "owner")
        check_promises(kernel.database)


def test_money_that_a_call_of_the_old_home_held_is_booked_as_spent(tmp_path: Path) -> None:
    with opened(tmp_path / "old") as old, old.database.write() as tx:
        old.budgets.reserve(tx, case_id="", process="", amount_micros=700, purpose="test")
    with opened(tmp_path / "old") as old, opened(tmp_path / "new") as new:
        export(old, tmp_path / "old.zip")
        import_(new, tmp_path / "old.zip")
        with new.database.read() as connection:
            rows = connection.execute(sa.select(metadata.tables["budget_totals"])).mappings().all()
        assert {(row["held_micros"], row["spent_micros"]) for row in rows} == {(0, 700)}
        export(new, tmp_path / "new.zip")
    assert members(tmp_path / "new.zip") == members(tmp_path / "old.zip")


@pytest.mark.parametrize(
    ("fault", "began"), [("taken in:1", "anew"), ("commit:2", "finished"), ("moved in", "finished")]
)
def test_an_import_that_is_killed_leaves_nothing_that_looks_whole_and_can_be_done_again(
    made: Path, tmp_path: Path, fault: str, began: str
) -> None:
    home, words = tmp_path / "new", ["import", str(made / "old.zip")]
    command = [sys.executable, "-c", "from aios.cli.main import main; main()", *words]
    killed = subprocess.run(
        command, env=environment(home, AIOS_FAULT=fault), capture_output=True, timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with pytest.raises(Conflict, match="broken off"):
        require_finished(home)
    assert "broken off" in inside(home, "cases").stderr
    ended = inside(home, *words, "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["began"] == began
    with opened(home) as kernel:
        assert kernel.memory.check().ok
        export(kernel, tmp_path / "again.zip")
    assert members(tmp_path / "again.zip") == members(made / "old.zip")
    assert not (home / "importing").exists()


def test_the_commands_say_what_they_did_and_what_is_left_to_do(made: Path, tmp_path: Path) -> None:
    home = tmp_path / "new"
    ended = inside(home, "import", str(made / "old.zip"))
    assert ended.returncode == 0, ended.stderr
    assert "Everything that goes out is stopped." in ended.stdout
    assert "aios effects release" in ended.stdout
    again = inside(home, "import", str(made / "old.zip"))
    assert (again.returncode, again.stdout) == (1, "")
    assert "holds a company already" in again.stderr
    exported = inside(home, "export", str(tmp_path / "new.zip"), "--json")
    assert json.loads(exported.stdout)["events"] == members(made / "old.zip")["events"]


def test_a_file_that_is_missing_or_no_export_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no zip")
    with opened(tmp_path / "new") as kernel:
        for name, said in (("none.zip", "There is no file"), ("text.zip", "is no export"), (os.curdir, "is no export")):
            with pytest.raises(InvalidInput, match=said):
                import_(kernel, tmp_path / name)
