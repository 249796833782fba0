"""`aios contacts`: who writes to us, and who is the same."""

from typing import Annotated, Any

import typer

from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, details, fields, listing, say_json, tame
from aios.errors import Misconfigured

app = typer.Typer(help="Contacts: list, show, merge, unmerge, forget, correct, sync.")
COLUMNS = {"id": "CONTACT", "kind": "KIND", "name": "NAME", "organisation": "ORGANISATION", "aliases": "ALIASES"}
PAST_MEMORY = {"item_id": "ITEM", "kind": "KIND", "title": "TITLE", "text": "TEXT", "source": "SOURCE"}
PAST_CASES = {"id": "CASE", "status": "STATUS", "waiting_on": "WAITS FOR", "outcome": "OUTCOME", "title": "TITLE"}
PAST_DECISIONS = {"id": "DECISION", "case_id": "CASE", "kind": "KIND", "opened_at": "SINCE", "title": "TITLE"}

Words = Annotated[str, typer.Option("--query", "-q", help="Part of a name, address or number.")]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="contacts")


@app.callback(invoke_without_command=True)
def default(context: typer.Context, query: Words = "", as_json: AsJson = False) -> None:
    """List contacts by name."""
    if context.invoked_subcommand is None:
        list_(query, as_json)


@app.command("list")
def list_(query: Words = "", as_json: AsJson = False) -> None:
    """List contacts by name."""
    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.contacts.list(connection, q=query)
    rows = [{**fields(one), "aliases": [alias.value for alias in one.aliases]} for one in found]
    listing(rows, COLUMNS, as_json, empty="Nobody fits.")


@app.command()
def show(
    contact_id: str,
    at: Annotated[str, typer.Option(help="As it was known then, with memory and cases: 2026-05-03, or a time.")] = "",
    as_json: AsJson = False,
) -> None:
    """One contact with what leads to it; with --at, everything that was known about it then."""
    if at:
        _show_past(contact_id, at, as_json)
        return
    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.contacts.get(connection, contact_id)
    _details(found, as_json)


def _show_past(contact_id: str, at: str, as_json: bool) -> None:
    from aios.processes.past import known_at, moment_of  # the kernel is not for those who ask for help

    with opened() as kernel:
        past = known_at(kernel, contact_id, moment_of(at))
    if as_json:
        say_json(fields(past))
        return
    typer.echo(f"As of {past.at[:19].replace('T', ' ')} UTC, after event {past.position}:\n")
    _details(past.contact, as_json)
    for heading, items, columns in (
        ("Memory", past.memory, PAST_MEMORY),
        ("Cases", past.cases, PAST_CASES),
        ("Open decisions", past.decisions, PAST_DECISIONS),
    ):
        typer.echo(f"\n{heading}")
        listing(items, columns, as_json, empty="  none")


def _details(contact: Any, as_json: bool) -> None:
    row = {**fields(contact), "aliases": [alias.value for alias in contact.aliases]}
    details(row, ("id", "kind", "name", "organisation", "language", "note", "aliases", "merged_from", "cases"), as_json)


@app.command()
def merge(kept: str, merged: str, reason: Annotated[str, typer.Option(help="Why.")] = "the owner says so") -> None:
    """MERGED is KEPT from now on; `unmerge` takes it back."""
    with opened() as kernel:
        into = kernel.contacts.merge(kept, merged, reason, OWNER)
    typer.echo(f"{merged} is {into} from now on.")


@app.command()
def unmerge(merged: str, reason: Annotated[str, typer.Option(help="Why.")] = "") -> None:
    """The merge was wrong."""
    with opened() as kernel:
        left = kernel.contacts.unmerge(merged, reason, OWNER)
    typer.echo(f"{merged} stands by itself again; it was {left}.")


@app.command()
def correct(
    contact_id: str,
    name: Annotated[str, typer.Option(help="What they are called.")] = "",
    note: Annotated[str, typer.Option(help="What you note about them.")] = "",
    email: Annotated[list[str] | None, typer.Option(help="One more mail address; several times for several.")] = None,
    phone: Annotated[list[str] | None, typer.Option(help="One more phone number.")] = None,
) -> None:
    """Say what is right about a contact. Where you have an address book, writing it there is proposed to you."""
    with opened() as kernel:
        case_id = kernel.corrections.correct(contact_id, OWNER, name, note, email or (), phone or ())
    typer.echo(f"Corrected.{f' Case {case_id} writes it into your address book.' if case_id else ''}")


@app.command()
def sync(as_json: AsJson = False) -> None:
    """Take over what has changed in your address book (AIOS_CARDDAV_URL) now; `aios up` does it each minute."""
    with opened() as kernel:
        if not kernel.address_book.is_set:
            raise Misconfigured("There is no address book.", "Set AIOS_CARDDAV_URL to its address.")
        changed = kernel.address_book.poll()
    if as_json:
        say_json({"changed": changed})
    else:
        typer.echo(f"{changed} cards are new or changed.")


@app.command()
def forget(
    contact_id: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove everything personal of a contact, everywhere; says first what goes, and asks. It cannot be taken back."""
    from aios.forgetting import forgetting  # the kernel behind it is not for those who ask for help

    with opened() as kernel:
        if not yes:
            _say_plan(forgetting.plan(kernel, contact_id))
            typer.confirm("Forget them for good?", abort=True, err=True)
        done = forgetting.forget(kernel, contact_id, actor=OWNER)
    if as_json:
        say_json(fields(done))
    else:
        typer.echo(f"Forgotten: {_counted(done.counts)}. The certificate is event {done.certificate}.")
        for mention in (*done.mentions, *done.files):
            typer.echo(tame(f"  speaks of them still: {mention}"))
    if not done.finished:
        typer.echo(done.notice, err=True)
        raise typer.Exit(1)


def _say_plan(plan: Any) -> None:
    """What would go and what would stay, to the person who is asked; a program reads the answer alone."""
    typer.echo(tame(f"{plan.name} ({plan.contact_id}): {_counted(plan.counts)}."), err=True)
    if plan.open_decisions or plan.withdrawn:
        void = f"{plan.open_decisions} open decisions become void, {len(plan.withdrawn)} effects do not go out."
        typer.echo(void, err=True)
    typer.echo("What stays: that it happened, keys, receipts without addresses, money.", err=True)
    for mention in (*plan.mentions, *plan.files):
        typer.echo(tame(f"  speaks of them and stays: {mention}"), err=True)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in counts.items() if number)
