"""Check the lock files: every package pinned with hashes, no address in them, and as new as pyproject.toml asks."""

import re
import sys
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(r"://|@ file|^-|--index-url|--extra-index-url|--find-links|--trusted-host", re.MULTILINE)
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(\[[^]]*])?==([^ ;\\]+)(.*(?:\n .*)*)", re.MULTILINE)


def main() -> int:
    """Print what is wrong; 1 if anything is."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["build"]]
    problems = [
        *check("requirements.lock", wanted),
        *check("requirements-dev.lock", [*wanted, *extras["dev"]]),
    ]
    print("\n".join(problems) or "Both lock files are whole.")
    return 1 if problems else 0


def check(name: str, wanted: list[str]) -> list[str]:
    """What is wrong with one lock file."""
    text = (CHECKOUT / name).read_text("utf-8")
    problems = [
        f"{name} holds an address or an option: {text[at.start() : at.start() + 60]!r}" for at in ADDRESS.finditer(text)
    ]
    packages = {normal(found[1]): found[4] for found in PINNED.finditer(text)}
    problems += [f"{name}: {package} has no hash" for package, rest in packages.items() if "--hash=sha256:" not in rest]
    missing = {normal(re.split(r"[\[<>=!~; ]", requirement)[0]) for requirement in wanted} - packages.keys()
    return problems + [f"{name} lacks {package}; run `make lock`" for package in sorted(missing)]


def normal(package: str) -> str:
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", package).lower()


if __name__ == "__main__":
    sys.exit(main())
