"""DBOS on SQLite: a workflow of steps, as its documentation has it."""

import sys
from pathlib import Path

import sqlalchemy as sa
from dbos import DBOS
from rounds import append_and_die, fibo, new_content, seconds, serve, size_of

FOLDER = Path(sys.argv[1])
FILE = FOLDER / "dbos.sqlite"


@DBOS.step()
def one() -> int:
    """The work of a step."""
    return fibo(10)


@DBOS.step()
def make(step: int, size: int) -> str:
    """A step that makes new content."""
    return new_content(step, size)


@DBOS.step()
def act(file: str) -> str:
    """A step with an effect."""
    append_and_die(file)
    return "done"


@DBOS.workflow()
def chain(number: int) -> None:
    """So many steps, one after the other."""
    for _ in range(number):
        one()


@DBOS.workflow()
def growing(number: int, size: int) -> None:
    """So many steps that each make something."""
    for step in range(number):
        make(step, size)


@DBOS.workflow()
def acting(file: str) -> str:
    """One step with an effect."""
    return act(file)


def grow(number: str, size: str) -> int:
    """Bytes by which the file grows."""
    before = size_of(FOLDER)
    growing(int(number), int(size))
    return size_of(FOLDER) - before


def effect(file: str) -> str:
    """Start the workflow, or wait for the one that DBOS has taken up again after a crash."""
    pending = DBOS.list_workflows(name="acting")
    return DBOS.retrieve_workflow(pending[0].workflow_id).get_result() if pending else acting(file)


def settings() -> dict[str, object]:
    """What DBOS sets a SQLite connection to, beyond SQLite's own defaults: nothing that durability depends on."""
    with sa.create_engine(f"sqlite:///{FILE}").connect() as connection:
        names = ("journal_mode", "synchronous")
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


if __name__ == "__main__":
    DBOS(
        config={
            "name": "durable-steps",
            "system_database_url": f"sqlite:///{FILE}",
            "log_level": "ERROR",
            "application_version": "1",
        }
    )
    DBOS.launch()
    serve({"steps": lambda number: seconds(lambda: chain(int(number))), "grow": grow, "effect": effect}, settings())
    DBOS.destroy()
