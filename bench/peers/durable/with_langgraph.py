"""LangGraph: a chain of nodes with `SqliteSaver` and `durability="sync"`, as its documentation has it."""

import operator
import sqlite3
import sys
import uuid
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from rounds import append_and_die, fibo, new_content, seconds, serve, size_of


class Value(TypedDict):
    """The state of a chain that hands one number on."""

    value: int


class Kept(TypedDict):
    """The state of a chain that keeps what each step has made, as a list of messages does."""

    made: Annotated[list[str], operator.add]


class Engine:
    """One saver on one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "checkpoints.db"
        self.connection = sqlite3.connect(self.file, check_same_thread=False)
        self.saver = SqliteSaver(self.connection)
        self.saver.setup()
        self.chains: dict[int, Any] = {}

    def steps(self, number: str) -> float:
        """Seconds for a chain of so many nodes."""
        count = int(number)
        if count not in self.chains:
            self.chains[count] = self._chain(Value, [lambda state: {"value": fibo(10)}] * count)
        return seconds(lambda: self._invoke(self.chains[count], {"value": 0}, uuid.uuid4().hex))

    def grow(self, number: str, size: str) -> int:
        """Bytes by which the file grows over so many nodes that each add to a list."""
        nodes = [self._adding(step, int(size)) for step in range(int(number))]
        chain = self._chain(Kept, nodes)
        before = self._bytes()
        self._invoke(chain, {"made": []}, "grow")
        return self._bytes() - before

    def effect(self, file: str) -> str:
        """One node with an effect; goes on with a run that a crash has left."""

        def act(state: Value) -> Value:
            append_and_die(file)
            return state

        chain = self._chain(Value, [act])
        known = self.saver.get_tuple({"configurable": {"thread_id": "effect"}})
        self._invoke(chain, None if known else {"value": 0}, "effect")
        return "done"

    def settings(self) -> dict[str, object]:
        """What the saver's connection is set to."""
        ask = self.connection.execute
        return {name: ask(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}

    def _adding(self, step: int, size: int) -> Any:
        return lambda state: {"made": [new_content(step, size)]}

    def _chain(self, state: Any, nodes: list[Any]) -> Any:
        graph = StateGraph(state)
        names = [f"step_{at}" for at in range(len(nodes))]
        for name, node in zip(names, nodes, strict=True):
            graph.add_node(name, node)
        for before, after in zip([START, *names], [*names, END], strict=True):
            graph.add_edge(before, after)
        return graph.compile(checkpointer=self.saver)

    def _invoke(self, chain: Any, given: Any, thread: str) -> None:
        config = {"configurable": {"thread_id": thread}, "recursion_limit": 1000}
        chain.invoke(given, config, durability="sync")

    def _bytes(self) -> int:
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return size_of(self.folder)


if __name__ == "__main__":
    engine = Engine(Path(sys.argv[1]))
    serve({"steps": engine.steps, "grow": engine.grow, "effect": engine.effect}, engine.settings())
