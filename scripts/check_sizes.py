"""Refuse files and functions that have grown past what one person reads in one go.

A file over its limit is two nouns; a function over its limit is two verbs. The limits only ever go down.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 60
TEST_FUNCTION_LINES = 90
FOLDERS = ("aios", "assets", "sensors", "resources", "scripts", "tests", "bench")
CHECKOUT = Path(__file__).resolve().parents[1]
WRITTEN_ONCE = CHECKOUT / "aios/database/migrations/versions"
"""Migrations are lists of tables that nobody edits again."""


def main() -> int:
    """Print what is too long; 1 if anything is."""
    problems = [
        problem
        for folder in FOLDERS
        for file in sorted(CHECKOUT.glob(f"{folder}/**/*.py"))
        if file.parent != WRITTEN_ONCE
        for problem in too_long(file)
    ]
    print("\n".join(problems) or f"No file over {FILE_LINES} lines, no function over {FUNCTION_LINES}.")
    return 1 if problems else 0


def too_long(file: Path) -> Iterator[str]:
    """One sentence for each thing in the file that is too long."""
    source, name = file.read_text("utf-8"), file.relative_to(CHECKOUT)
    length = source.count("\n")
    if length > FILE_LINES:
        yield f"{name}: {length} lines, at most {FILE_LINES}: which two nouns is it?"
    limit = TEST_FUNCTION_LINES if name.parts[0] == "tests" else FUNCTION_LINES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > limit:
                yield f"{name}:{node.lineno}: {node.name} has {lines} lines, at most {limit}: which two verbs is it?"


if __name__ == "__main__":
    sys.exit(main())
