"""`aios chaos`: break things on purpose, in a home that is thrown away, and see that nothing is lost or done twice."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.output import AsJson, listing, say_json
from aios.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from aios.chaos.scenario import Outcome, Scenario

COLUMNS = {
    "scenario": "SCENARIO",
    "connector": "CONNECTOR",
    "operations": "OPERATIONS",
    "faults": "FAULTS",
    "retried": "RETRIED",
    "buffered": "BUFFERED",
    "looked_up": "LOOKED UP",
    "outside": "OUTSIDE",
    "duplicates": "DUPLICATES",
    "lost": "LOST",
    "out_of_turn": "OUT OF TURN",
    "asked": "OWNER ASKED",
    "recovery": "RECOVERED IN s",
}

IN_SANDBOX, AT_PEER = 12, 3
"""How many operations there are in a scenario where nobody says."""

MOST_AT_PEER = 50


def register(main: typer.Typer) -> None:
    """Add the command."""
    main.command()(chaos)


def chaos(
    scenario: Annotated[list[str] | None, typer.Option(help="Only this one; may be given several times.")] = None,
    connector: Annotated[list[str] | None, typer.Option(help="Only through this one; may be given again.")] = None,
    operations: Annotated[int, typer.Option(min=0, max=1000, help="How many in each scenario; 0: a few.")] = 0,
    peer: Annotated[bool, typer.Option("--peer", help="At a service of your own, by a proxy that fails.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before anything is made at the service.")] = False,
    as_json: AsJson = False,
) -> None:
    """Play failures and count what came of them; ends with 1 if anything is lost or done twice.

    Against the sandbox, or with --peer against the service that a connector is set up for; in a home of their own.
    """
    if peer:
        played = _at_peer(scenario, connector, operations or AT_PEER, yes)
    else:
        played = _in_sandbox(scenario, connector, operations or IN_SANDBOX)
    outcomes: list[Outcome] = []
    for outcome in played:
        typer.echo(f"{outcome.scenario}, {outcome.connector}: {'held' if outcome.held else 'BROKEN'}", err=True)
        outcomes.append(outcome)
    if as_json:
        say_json([{**each.__dict__, "held": each.held} for each in outcomes])
    else:
        listing(outcomes, COLUMNS, False)
    if not all(each.held for each in outcomes):
        raise typer.Exit(1)


def _in_sandbox(scenario: list[str] | None, connector: list[str] | None, operations: int) -> "Iterable[Outcome]":
    from aios.chaos.home import REQUESTS, contract_of  # the kernel behind it is not for those who ask for help
    from aios.chaos.play import play
    from aios.chaos.scenario import SCENARIOS

    through = [contract_of(name).name for name in connector or REQUESTS]
    return play(_chosen(scenario, SCENARIOS), through, operations)


def _at_peer(
    scenario: list[str] | None, connector: list[str] | None, operations: int, yes: bool
) -> "Iterable[Outcome]":
    from aios.chaos.peers.known import PEERS, peer_of  # as above
    from aios.chaos.play_at_peer import play_at_peer
    from aios.chaos.scenario import AT_PEERS
    from aios.settings import load_settings

    if not connector or len(connector) > 1:
        raise InvalidInput("With --peer, one connector is tried.", f"Add --connector with one of {', '.join(PEERS)}.")
    if operations > MOST_AT_PEER:
        raise InvalidInput(f"A service is not burdened with more than {MOST_AT_PEER}.", "Ask for fewer --operations.")
    known, chosen, given = peer_of(connector[0]), _chosen(scenario, AT_PEERS), load_settings(os.environ)
    place = known.upstream(given)
    what = f"{len(chosen)} scenarios make {operations} things each at {place.host}:{place.port} and take them away."
    if not yes:
        typer.confirm(f"{what} {known.leaves}".strip() + " Go on?", abort=True, err=True)
    return play_at_peer(given, chosen, known.connector, operations, lambda said: typer.echo(said, err=True))


def _chosen(names: list[str] | None, scenarios: "tuple[Scenario, ...]") -> "list[Scenario]":
    known = [each.name for each in scenarios]
    if wrong := [name for name in names or () if name not in known]:
        raise NotFound(f"There is no scenario {wrong[0][:40]!r}.", f"There are: {', '.join(known)}.")
    return [each for each in scenarios if not names or each.name in names]
