"""Publishing: an article goes live once, what others changed is not overwritten, and everything can be taken back."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from aios.clock import ManualClock
from aios.connectors.base import Absent, Found
from aios.connectors.contract import Compensation
from aios.connectors.publishing.article import slug_of
from aios.connectors.publishing.page import written
from aios.connectors.publishing.sandbox import SandboxArticles
from aios.connectors.site.contract import SITE
from aios.connectors.site.folder import SiteFolder
from aios.connectors.wordpress.post import html_of
from aios.connectors.wordpress.posts import WordPress
from aios.errors import CredentialRefused, HardFailure, InvalidInput, SoftFailure
from aios.settings import Settings
from tests.peers.git import GitFolder
from tests.peers.wordpress import WordPressPeer

KEY = "site.publish/content-0001/1"
ARTICLE: dict[str, Any] = {
    "slug": "how-we-roast",
    "title": "How we roast: slowly",
    "text": "# Heat\n\nWe *roast* on Mondays.",
    "summary": "Slow is smooth.",
    "tags": ["coffee", "roasting"],
    "language": "en",
    "day": "2026-11-01",
}
OTHER = {**ARTICLE, "text": "We roast on Tuesdays now."}

OPENED: list[WordPress] = []

Place = SandboxArticles | SiteFolder | WordPress


@pytest.fixture
def site(tmp_path: Path) -> GitFolder:
    return GitFolder(tmp_path / "site").start()


@pytest.fixture
def wordpress() -> Iterator[WordPressPeer]:
    peer = WordPressPeer()
    peer.start()
    yield peer
    for client in OPENED:
        client.disconnect()
    OPENED.clear()
    peer.stop()


def folder(home: Path, site: GitFolder) -> SiteFolder:
    given = Settings(aios_home=home, aios_site_folder=site.content, aios_owner_email="lena@nordlicht.example")
    return SiteFolder(given, ManualClock())


def posts(home: Path, peer: WordPressPeer, url: str = "") -> WordPress:
    given = Settings(aios_home=home, aios_wordpress_url=SecretStr(url or peer.url), aios_connector_timeout=30)
    OPENED.append(WordPress(given, ManualClock()))
    return OPENED[-1]


@pytest.fixture(params=["sandbox", "git", "wordpress"])
def place(request: pytest.FixtureRequest, home: Path) -> Place:
    match request.param:
        case "git":
            return folder(home, request.getfixturevalue("site"))
        case "wordpress":
            return posts(home, request.getfixturevalue("wordpress"))
        case _:
            return SandboxArticles("site", Settings(aios_home=home), ManualClock())


def undo(place: Place, operation: str, request: dict[str, Any], receipt: dict[str, Any], key: str) -> dict[str, Any]:
    """What the contract says undoes the operation."""
    how = SITE.operation(operation).undo
    assert isinstance(how, Compensation)
    return place.perform(how.operation, how.request(request, receipt), key)


# --- every place ---------------------------------------------------------------------------------------------------


def test_an_article_is_published_once_however_often_it_is_asked_for(place: Place) -> None:
    first = place.perform("publish", ARTICLE, KEY)
    assert place.perform("publish", ARTICLE, KEY)["version"] == first["version"] != ""
    assert isinstance(found := place.look_up("publish", ARTICLE, KEY), Found)
    assert found.receipt["version"] == first["version"]
    with pytest.raises(HardFailure, match="an article how-we-roast already"):
        place.perform("publish", OTHER, "another key")


def test_what_was_not_done_is_proven_absent(place: Place) -> None:
    assert isinstance(place.look_up("publish", ARTICLE, KEY), Absent)
    place.perform("publish", ARTICLE, f"{KEY}0")
    assert isinstance(place.look_up("publish", ARTICLE, KEY), Absent)
    assert isinstance(place.look_up("update", OTHER, "update/1"), Absent)


def test_each_operation_is_undone_by_the_one_that_its_contract_names(place: Place) -> None:
    published = place.perform("publish", ARTICLE, KEY)
    change = {**OTHER, "version": published["version"]}
    changed = place.perform("update", change, "update/1")
    assert changed["version"] != published["version"]
    assert isinstance(place.look_up("update", change, "update/1"), Found)
    assert isinstance(now := place.look_up("publish", ARTICLE, KEY), Found)
    assert now.receipt["version"] == changed["version"]
    back = undo(place, "update", change, changed, "undo/update/1")
    gone = place.perform("withdraw", {"slug": ARTICLE["slug"], "version": back["version"]}, "withdraw/1")
    assert gone["version"] == ""
    assert isinstance(place.look_up("withdraw", {"slug": ARTICLE["slug"]}, "withdraw/1"), Found)
    again = undo(place, "withdraw", {}, gone, "undo/withdraw/1")
    assert again["version"]
    assert undo(place, "publish", ARTICLE, {**published, "version": again["version"]}, "undo/1")["version"] == ""


def test_what_has_changed_since_it_was_shown_is_not_overwritten(place: Place) -> None:
    published = place.perform("publish", ARTICLE, KEY)
    place.perform("update", OTHER, "theirs")
    for operation, request in (("update", ARTICLE), ("withdraw", {"slug": ARTICLE["slug"]})):
        with pytest.raises(HardFailure, match="has changed since"):
            place.perform(operation, {**request, "version": published["version"]}, f"ours/{operation}")
    with pytest.raises(HardFailure, match="no article"):
        place.perform("update", {**OTHER, "slug": "unheard-of"}, "ours")


@pytest.mark.parametrize(
    "bad",
    [
        *({"slug": slug} for slug in ("", "../up", "a/b", "a..b", "-a", "A", "a" * 81, "a\n", "a.md", ".git", "a\x00")),
        {"title": ""},
        {"text": ""},
        {"day": "soon"},
        {"language": "english"},
        {"draft": True},
    ],
)
def test_what_can_be_no_article_is_refused_before_anything_happens(place: Place, bad: dict[str, Any]) -> None:
    with pytest.raises(HardFailure, match="cannot"):
        place.perform("publish", ARTICLE | bad, KEY)


# --- a folder under git --------------------------------------------------------------------------------------------


def test_the_file_has_front_matter_and_its_commit_the_key(home: Path, site: GitFolder) -> None:
    folder(home, site).perform("publish", ARTICLE, KEY)
    _, front, text = (site.content / "how-we-roast.md").read_text("utf-8").split("---\n", 2)
    assert yaml.safe_load(front)["title"] == "How we roast: slowly"
    assert text.strip() == ARTICLE["text"]
    assert site.effects() == [KEY]
    assert site.git("log", "-1", "--format=%an <%ae> %s") == "The owner <lena@nordlicht.example> Publish how-we-roast\n"


def test_a_title_that_looks_like_front_matter_adds_no_field(home: Path, site: GitFolder) -> None:
    hostile = {**ARTICLE, "title": "x\n---\ndraft: true", "tags": ["a: b", "- c", "!!python/object:os.system"]}
    folder(home, site).perform("publish", hostile, KEY)
    front = (site.content / "how-we-roast.md").read_text("utf-8").split("---\n", 2)[1]
    assert set(yaml.safe_load(front)) == {"title", "date", "slug", "description", "tags", "lang"}


def test_a_file_that_was_changed_by_hand_stays_as_it_is(home: Path, site: GitFolder) -> None:
    place, file = folder(home, site), site.content / "how-we-roast.md"
    published = place.perform("publish", ARTICLE, KEY)
    file.write_text("My own words.\n")
    for operation, request in (("update", OTHER), ("withdraw", {"slug": "how-we-roast"})):
        with pytest.raises(HardFailure, match="changed by hand"):
            place.perform(operation, request, operation)
    assert file.read_text() == "My own words.\n"
    file.unlink()
    file.symlink_to(site.root / "readme.txt")
    with pytest.raises(HardFailure, match="no ordinary file"):
        place.perform("withdraw", {"slug": "how-we-roast", "version": published["version"]}, "withdraw")
    assert (site.root / "readme.txt").read_text() == "My site\n"


def test_what_a_person_has_prepared_is_not_committed_with_it_and_their_hooks_do_not_run(
    home: Path, site: GitFolder
) -> None:
    (site.root / "draft.txt").write_text("not yet\n")
    site.git("add", "draft.txt")
    hook = site.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    folder(home, site).perform("publish", ARTICLE, KEY)
    assert site.git("show", "--name-only", "--format=", "HEAD") == "content/how-we-roast.md\n"
    assert site.git("status", "--porcelain") == "A  draft.txt\n"


def test_eight_workers_at_once_make_a_commit_each(home: Path, site: GitFolder) -> None:
    place = folder(home, site)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: place.perform("publish", {**ARTICLE, "slug": f"a-{n % 4}"}, f"key/{n % 4}"), range(8)))
    assert sorted(site.effects()) == [f"key/{n}" for n in range(4)]


def test_what_a_killed_worker_wrote_and_did_not_commit_is_committed(home: Path, site: GitFolder) -> None:
    from aios.connectors.publishing.article import Publish

    (site.content / "how-we-roast.md").write_bytes(written(Publish.model_validate(ARTICLE)))
    place = folder(home, site)
    assert isinstance(place.look_up("publish", ARTICLE, KEY), Absent)
    place.perform("publish", ARTICLE, KEY)
    assert site.effects() == [KEY]


def test_what_git_refuses_leaves_nothing_behind(home: Path, site: GitFolder) -> None:
    (site.root / ".gitignore").write_text("*.md\n")
    with pytest.raises(HardFailure, match="git refuses"):
        folder(home, site).perform("publish", ARTICLE, KEY)
    assert not (site.content / "how-we-roast.md").exists()
    (site.root / ".gitignore").unlink()
    (site.root / ".git" / "index.lock").touch()
    with pytest.raises(SoftFailure, match="Another program") as busy:
        folder(home, site).perform("publish", ARTICLE, KEY)
    assert "index.lock" in busy.value.remedy
    assert not (site.content / "how-we-roast.md").exists()


def test_a_site_that_is_not_set_up_says_what_to_do(
    home: Path, tmp_path: Path, site: GitFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    monkeypatch.setenv("GIT_DIR", str(site.root / ".git"))  # must not lead git elsewhere
    for where, said in ((bare, "git init"), (tmp_path / "none", "Make it"), (None, "AIOS_SITE_FOLDER")):
        place = SiteFolder(Settings(aios_home=home, aios_site_folder=where), ManualClock())
        assert said in place.check().remedy
        with pytest.raises(HardFailure):
            place.perform("publish", ARTICLE, KEY)
    monkeypatch.delenv("GIT_DIR")
    assert folder(home, site).check().state == "ok"
    monkeypatch.setenv("PATH", str(bare))
    assert "Install it" in folder(home, site).check().remedy


# --- WordPress -----------------------------------------------------------------------------------------------------


def test_a_post_shows_the_text_as_html_and_has_its_tags_once(home: Path, wordpress: WordPressPeer) -> None:
    place = posts(home, wordpress)
    receipt = place.perform("publish", ARTICLE, KEY)
    place.perform("update", OTHER, "update/1")
    (post,) = wordpress.seen()
    assert "<p>We roast on Tuesdays now.</p>" in post["content"]
    assert sorted(wordpress.tags) == ["coffee", "roasting"]
    assert receipt["place"].endswith("/how-we-roast/")


def test_markup_in_an_article_is_shown_and_not_obeyed() -> None:
    html = html_of("Hi <script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=y>\n\n| a |\n|---|\n| 1 |")
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "<table>" in html


def test_a_slug_that_somebody_takes_meanwhile_is_not_shared(home: Path, wordpress: WordPressPeer) -> None:
    theirs = {
        "id": 77,
        "slug": "how-we-roast",
        "status": "publish",
        "tags": [],
        "title": "",
        "content": "",
        "excerpt": "",
    }
    wordpress.before_create = lambda: wordpress.posts.setdefault(77, theirs)
    with pytest.raises(HardFailure, match="already"):
        posts(home, wordpress).perform("publish", ARTICLE, KEY)
    assert list(wordpress.posts) == [77]


def test_a_wrong_password_and_a_busy_server_are_told_apart(home: Path, wordpress: WordPressPeer) -> None:
    with pytest.raises(CredentialRefused, match="401"):
        posts(home, wordpress, wordpress.url.replace("abcd", "wrong")).perform("publish", ARTICLE, KEY)
    wordpress.answer = 429
    with pytest.raises(SoftFailure) as busy:
        posts(home, wordpress).perform("publish", ARTICLE, KEY)
    assert busy.value.retry_after == 7
    assert posts(home, wordpress).check().state == "ok"


# --- slugs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Größe & Maß: 3 Tipps!", "groesse-mass-3-tipps"),
        ("Café crème", "cafe-creme"),
        ("../../etc/passwd", "etc-passwd"),
        ("word " * 40, "-".join(["word"] * 16)),
    ],
)
def test_a_title_makes_an_address(title: str, slug: str) -> None:
    assert slug_of(title) == slug


@given(st.text(max_size=200))
def test_whatever_the_title_its_address_is_one(title: str) -> None:
    try:
        slug = slug_of(title)
    except InvalidInput as error:
        assert error.remedy  # noqa: PT017
    else:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
        assert len(slug) <= 80
