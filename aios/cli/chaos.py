"""`aios chaos`: break things on purpose, in a home that is thrown away, and see that nothing is lost or done twice."""

from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.output import AsJson, listing, say_json
from aios.errors import NotFound

if TYPE_CHECKING:
    from aios.chaos.scenario import Outcome

COLUMNS = {
    "scenario": "SCENARIO",
    "connector": "CONNECTOR",
    "operations": "OPERATIONS",
    "faults": "FAULTS",
    "retried": "RETRIED",
    "buffered": "BUFFERED",
    "looked_up": "LOOKED UP",
    "duplicates": "DUPLICATES",
    "lost": "LOST",
    "out_of_turn": "OUT OF TURN",
    "recovery": "RECOVERED IN s",
}


def register(main: typer.Typer) -> None:
    """Add the command."""
    main.command()(chaos)


def chaos(
    scenario: Annotated[list[str] | None, typer.Option(help="Only this one; may be given several times.")] = None,
    connector: Annotated[list[str] | None, typer.Option(help="mail or calendar; both where none is named.")] = None,
    operations: Annotated[int, typer.Option(min=1, max=1000, help="How many in each scenario.")] = 12,
    as_json: AsJson = False,
) -> None:
    """Play failures against the sandbox, in a home of their own; ends with 1 if anything is lost or done twice."""
    from aios.chaos.home import REQUESTS, contract_of  # the kernel behind it is not for those who ask for help
    from aios.chaos.play import play
    from aios.chaos.scenario import SCENARIOS

    names = [each.name for each in SCENARIOS]
    if wrong := [name for name in scenario or () if name not in names]:
        raise NotFound(f"There is no scenario {wrong[0][:40]!r}.", f"There are: {', '.join(names)}.")
    chosen = [each for each in SCENARIOS if not scenario or each.name in scenario]
    through = [contract_of(name).name for name in connector or REQUESTS]
    outcomes: list[Outcome] = []
    for outcome in play(chosen, through, operations):
        typer.echo(f"{outcome.scenario}, {outcome.connector}: {'held' if outcome.held else 'BROKEN'}", err=True)
        outcomes.append(outcome)
    if as_json:
        say_json([{**each.__dict__, "held": each.held} for each in outcomes])
    else:
        listing(outcomes, COLUMNS, False)
    if not all(each.held for each in outcomes):
        raise typer.Exit(1)
