"""The first start in a new home goes on with what it has just put there."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aios.cli import up
from aios.invoices.seller import seller_of
from aios.settings import Settings, load_settings
from tests.ports import free_port


class NoParts:
    """Stands where the supervisor stands; all is ready at once."""

    def __init__(self, *_: object) -> None:
        pass

    def run(self, ready: Callable[[], Iterator[None]]) -> None:
        list(ready())


def test_the_first_start_knows_the_business_that_it_has_put_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIOS_HOME", str(tmp_path / "new"))
    for name in ("WORKSPACE", "DAGSTER", "CHROMA"):
        monkeypatch.setenv(f"AIOS_{name}_PORT", str(free_port()))
    monkeypatch.setattr(up, "Supervisor", NoParts)
    sellers: list[str] = []

    def then(settings: Settings) -> Iterator[None]:
        sellers.append(seller_of(settings).name)
        yield

    up.run(load_settings(os.environ), then)
    assert sellers == ["Nordlicht Studio"]
