"""The stop switch says what it does: only what is there can be stopped, and a release tells what is still held."""

from pathlib import Path

import pytest

from tests.commands import inside
from tests.workplace import client_of, kernel_at, post


@pytest.mark.parametrize("word", ["stop", "release"])
def test_a_misspelt_connector_is_refused_and_not_taken_for_stopped(home: Path, word: str) -> None:
    ended = inside(home, "effects", word, "mial")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("There is no connector 'mial'. Known are ") and "mail" in ended.stderr


def test_a_release_of_one_connector_tells_that_everything_is_still_stopped(home: Path) -> None:
    assert inside(home, "effects", "stop").stdout == "Everything that goes out is stopped.\n"
    assert "* is still stopped" in inside(home, "effects", "release", "mail").stdout
    assert inside(home, "effects", "release").stdout == "Released; what waited goes out in order.\n"


def test_the_page_refuses_a_connector_that_is_not_there(home: Path) -> None:
    kernel = kernel_at(home)
    client = client_of(kernel)
    assert post(client, "/outbox/stop", connector="x" * 500).status_code == 404
    assert post(client, "/outbox/stop", connector="mail").status_code == 303
    kernel.close()
