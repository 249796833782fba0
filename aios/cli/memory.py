"""`aios memory`: what the business knows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli import embedder, facts, links, summaries
from aios.cli.opened import opened
from aios.cli.output import AsJson, details, fields, listing, say_json, tame
from aios.errors import InvalidInput

if TYPE_CHECKING:  # what shows help needs no memory
    from aios.memory.hygiene import Examined
    from aios.memory.recalled import Recalled

app = typer.Typer(help="Memory: list, add, search, correct, retract, explain, repair.", no_args_is_help=True)
AnItem = Annotated[str, typer.Argument(help="Its id, from `aios memory search`.")]
COLUMNS = {"item_id": "ITEM", "kind": "KIND", "source": "SOURCE", "title": "TITLE", "subject": "ABOUT"}


def register(main: typer.Typer) -> None:
    """Add the commands."""
    facts.register(app)
    links.register(app)
    embedder.register(app)
    summaries.register(app)
    main.add_typer(app, name="memory")


@app.command("list")
def list_(
    kind: Annotated[str, typer.Option(help="Only this kind.")] = "",
    closed: Annotated[bool, typer.Option("--closed", help="Also what is no longer believed.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what is believed."""
    with opened() as kernel:
        found = kernel.memory.items(kinds=(kind,) if kind else (), closed=closed)
    listing(found, COLUMNS, as_json, empty="Nothing is known yet. Add a file with `aios memory add FILE`.")


@app.command()
def add(
    files: Annotated[list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Documents to learn.")] = None,
    text: Annotated[str, typer.Option(help="One thing to remember, instead of files.")] = "",
    title: Annotated[str, typer.Option(help="Its title.")] = "",
    kind: Annotated[str, typer.Option(help="What kind of thing it is.")] = "note",
    subject: Annotated[str, typer.Option(help="The contact it is about, or business.")] = "business",
    as_json: AsJson = False,
) -> None:
    """Learn documents, or one thing given with --text."""
    if bool(files) == bool(text):
        raise InvalidInput("Give files, or one text.", 'Such as `aios memory add offers.md`, or --text "…".')
    with opened() as kernel:
        if text:
            item_id = kernel.memory.add(kind=kind, title=title or text[:80], text=text, subject=subject)
            said = [{"name": title or text[:80], "status": "added", "item_id": item_id}]
        else:
            results = [kernel.memory.ingest_document(file.name, file.read_bytes()) for file in files or []]
            said = [result.__dict__ for result in results]
    listing(said, {"status": "STATUS", "name": "NAME", "item_id": "ITEM", "reason": "REASON"}, as_json)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many.")] = 8,
    kind: Annotated[str, typer.Option(help="Only this kind.")] = "",
    subject: Annotated[str, typer.Option(help="Only what is about this contact, or business.")] = "",
    at: Annotated[str, typer.Option(help="What is valid at this time, such as 2026-05-03.")] = "",
    known_at: Annotated[str, typer.Option(help="What was believed at this time.")] = "",
    as_json: AsJson = False,
) -> None:
    """Find what fits best, by words and, where an embedder is there, by meaning; says why each was found."""
    with opened() as kernel:
        recall = kernel.memory.search(
            query,
            k=k,
            kinds=(kind,) if kind else (),
            subjects=(subject,) if subject else (),
            at=at,
            known_at=known_at,
        )
    if as_json:
        say_json({"found": [item.__dict__ for item in recall.found], "notice": recall.notice})
        return
    if recall.notice:
        typer.echo(recall.notice, err=True)
    for item in recall.found:
        head = f"{item.item_id}  {tame(item.title)}  ({tame(item.source)}; {item.why})"
        typer.echo(f"{head}\n    {tame(item.text[:240]).replace(chr(10), ' ')}\n    {tame(_figures(item))}")
    if not recall.found:
        typer.echo("Nothing fits.")


def _figures(item: "Recalled") -> str:
    """How a score came about, for people."""
    parts = [
        f"words {item.lexical:.2f}" if item.lexical is not None else "",
        f"in its neighbours: {', '.join(item.beside)}" if item.beside else "",
        f"meaning {item.vector:.2f}" if item.vector is not None else "",
        f"similarity {item.similarity:.2f}" if item.similarity is not None else "",
        *(f"{name} +{value:.2f}" for name, value in item.priors.items()),
        f"also in {', '.join(item.also)}" if item.also else "",
    ]
    return f"score {item.score:.2f}: {'; '.join(part for part in parts if part)}"


@app.command()
def show(item_id: AnItem, as_json: AsJson = False) -> None:
    """One item: what it says, where it comes from, how sure it is and how it was used."""
    with opened() as kernel:
        found = kernel.memory.show(item_id)
    details(found, [name for name in fields(found) if name != "attributes"], as_json)


@app.command()
def history(item_id: AnItem, as_json: AsJson = False) -> None:
    """Every version of an item, by the id of any of them: what it said, who changed it, when and why."""
    with opened() as kernel:
        found = kernel.memory.history(item_id)
    if as_json:
        say_json([version.__dict__ for version in found])
        return
    for version in found:
        typer.echo(f"{version.number}  {version.item_id}  {tame(version.title)}\n    {tame(version.text[:240])}")
        typer.echo(f"    added {_when(version.added_at)} by {tame(version.added_by)} {tame(version.added_reason)}")
        if version.closed_at:
            typer.echo(
                f"    closed {_when(version.closed_at)} by {tame(version.closed_by)} {tame(version.closed_reason)}"
            )


def _when(moment: str) -> str:
    return f"{moment[:10]} {moment[11:16]}"


@app.command()
def correct(
    item_id: AnItem,
    text: Annotated[str, typer.Option(help="What is true instead.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    title: Annotated[str, typer.Option(help="A new title; without it, the old one stays.")] = "",
    as_json: AsJson = False,
) -> None:
    """Believe something else instead; the old version stays readable."""
    with opened() as kernel:
        new = kernel.memory.correct(item_id, text=text, title=title, reason=reason, actor="owner")
    if as_json:
        say_json({"item_id": new})
    else:
        typer.echo(f"{item_id} is superseded by {new}.")


@app.command()
def retract(item_id: AnItem, reason: Annotated[str, typer.Option(help="Why.")]) -> None:
    """No longer believe one thing; it is found no more, and stays readable as closed."""
    with opened() as kernel:
        kernel.memory.retract(item_id, reason, "owner")
    typer.echo(f"{item_id} is no longer believed.")


@app.command()
def doctor(
    mend: Annotated[bool, typer.Option("--mend", help="Put right what differs in the indexes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the items with both indexes, and say what has ended, what is double, and how memory has grown."""
    from dataclasses import asdict

    from aios.memory.hygiene import Hygiene

    with opened() as kernel:
        found = Hygiene(kernel.memory).examine(mend=mend)
    if as_json:
        say_json(asdict(found) | {"ok": found.ok})
    else:
        typer.echo("\n".join(findings(found)))
    if not found.ok:
        raise typer.Exit(1)


@app.command()
def forget(
    item_id: AnItem,
    reason: Annotated[str, typer.Option(help="Why.")] = "forgotten by the owner",
) -> None:
    """No longer believe one thing; it is found no more."""
    with opened() as kernel:
        kernel.memory.close(item_id, reason)
    typer.echo(f"{item_id} is forgotten.")


def findings(found: "Examined") -> list[str]:
    """What the examination came to, a line each."""
    agreement, said = found.agreement, list[str]()
    for name in ("words_missing", "words_strange", "words_lost", "vectors_missing", "vectors_strange", "vectors_lost"):
        if ids := getattr(agreement, name):
            said.append(f"{name.replace('_', ' ')}: {len(ids)}, such as {ids[0]}. Run `aios memory doctor --mend`.")
    if not agreement.differing:
        said.append(f"Items and indexes agree; {agreement.looked_up} items were looked up by themselves.")
    counted = {
        "differences were put right.": found.mended,
        "items have ended; the next daily hygiene closes them.": len(found.expired),
        "groups of items say the same; the next daily hygiene merges them.": len(found.double),
        "items are old and no case has read them for long.": found.unread,
    }
    said += [agreement.notice] if agreement.notice else []
    said += [f"{number} {what}" for what, number in counted.items() if number]
    for one in found.unreferenced:
        since = f"last read {one.last_used[:10]}" if one.last_used else "never read"
        said.append(f"  {one.item_id}  {one.kind}, {since}: {tame(one.title)}")
    for ids in found.proposed:
        said.append(f"You said the same more than once: {', '.join(ids)}. Keep one; `aios memory forget` the others.")
    for kind in found.growth:
        said.append(f"{tame(kind.kind)}: {kind.items} items, {kind.size} bytes, {kind.added} added today")
    return said
