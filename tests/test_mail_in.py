"""Incoming mail: read as its writer meant it, or refused with a reason."""

from pathlib import Path

import pytest

from aios.connectors.mail.charset import decode, header_text
from aios.connectors.mail.html import html_to_text
from aios.connectors.mail.parse import parse_mail
from aios.connectors.mail.quotes import split
from aios.errors import InvalidInput
from tests.mails import raw_mail

TORTURE = Path(__file__).parents[1] / ".." / "shared" / "data" / "mail-torture"


@pytest.mark.skipif(not TORTURE.exists(), reason="../shared/data/mail-torture is not here")
def test_every_odd_mail_of_the_torture_set_is_read_or_refused_with_a_reason() -> None:
    read, refused = [], {}
    for file in sorted(file for file in TORTURE.rglob("emails/**/*") if file.is_file() and file.name[0] != "."):
        try:
            read.append(parse_mail(file.read_bytes()))
        except InvalidInput as error:
            refused[file.name] = error
    assert len(read) == 44
    without_sender = {"bad_encoded_subject.eml", "example13.eml", "sample_output_multipart"}
    assert set(refused) == without_sender, "only the mails without a sender"
    assert all(error.remedy for error in refused.values())
    assert all(item.message.sender.email for item in read)


@pytest.mark.skipif(not TORTURE.exists(), reason="../shared/data/mail-torture is not here")
def test_a_delivery_report_is_flagged_and_names_the_mail_it_is_about() -> None:
    (file,) = TORTURE.rglob("multi_address_bounce2.eml")
    message = parse_mail(file.read_bytes()).message
    assert "bounce" in message.flags
    assert message.references


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-8859-1", "Grüße aus dem Allgäu, größer"),
        ("windows-1252", "“Curly” quotes – and 300 €"),
        ("shift_jis", "海風旅館の佐藤と申します。"),
        ("koi8-r", "Здравствуйте, нам нужен новый сайт"),
        ("gb2312", "我们需要一个新网站"),
        ("utf-16", "wide letters, ünïcödé"),
    ],
)
def test_the_declared_charset_is_believed(charset: str, text: str) -> None:
    assert decode(text.encode(charset), charset) == text


@pytest.mark.parametrize("declared", ["", "us-ascii", "no-such-charset", "iso-8859-1\x00", "idna", "zlib", "punycode"])
def test_a_missing_or_wrong_charset_does_not_lose_the_text(declared: str) -> None:
    assert decode("Grüße aus dem Allgäu".encode(), declared) == "Grüße aus dem Allgäu"


def test_a_character_cut_in_two_by_encoded_words_is_whole_again() -> None:
    assert header_text("=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3=9Fe?= =?utf-8?B?IGhlcmU=?= end") == "Grüße here end"


def test_quotes_and_signature_are_taken_off_and_kept() -> None:
    parts = split(
        "Yes, please go ahead.\n\nBest regards,\nMira Halvorsen\nTel. +47 55 50 12 34\n\n"
        "On Mon, 2 Nov 2026 at 09:00, Lena\nBrandt <lena@nordlicht.example> wrote:\n> Shall we start?\n> Lena\n"
    )
    assert parts.text == "Yes, please go ahead."
    assert parts.signature.startswith("Best regards,")
    assert "> Shall we start?" in parts.quoted
    assert "wrote:" in parts.quoted


def test_an_answer_written_below_or_between_the_quotes_is_the_text() -> None:
    parts = split(
        "Am 02.11.2026 um 09:00 schrieb Lena Brandt:\n> Wann sollen wir anfangen?\n\nAm 1. Dezember.\n\n"
        "> Und wie viele Seiten?\n\nZehn.\n"
    )
    assert parts.text == "Am 1. Dezember.\n\nZehn."


def test_outlooks_unmarked_history_is_a_quote() -> None:
    parts = split(
        "Passt, danke!\n\nVon: Lena Brandt\nGesendet: Montag, 2. November 2026\nAn: Mira\n"
        "Betreff: Ihr Angebot\n\nGuten Tag, anbei das Angebot.\n"
    )
    assert parts.text == "Passt, danke!"
    assert "anbei das Angebot" in parts.quoted


@pytest.mark.parametrize(
    "text",
    [
        "Hello\n\nwe need:\n- a shop\n- a site\nThanks, our budget is 5000 EUR and not more.\nBye",
        "Hi,\nThanks.\nWe need a website for five people.\nThe budget is 5000 EUR for all of it.",
        "We move goods.\nFrom: Hamburg\nTo: Bergen\nDate: 12 May\nCan you automate that?",
        "He wrote:\nnothing so far",
    ],
)
def test_what_only_looks_like_a_quote_or_a_signature_stays(text: str) -> None:
    assert split(text).text == text


def test_a_forward_without_a_word_keeps_its_content() -> None:
    text = "---------- Forwarded message ---------\nFrom: A <a@b.example>\nSubject: Site\n\nWe need a site."
    assert "We need a site." in split(text).text


def test_html_shows_what_a_person_would_see() -> None:
    text = html_to_text(
        "<html><head><style>p{}</style><title>no</title></head><body><script>alert(1)</script>"
        "<div style='display: none'>hidden order</div><p>Hello &amp; <b>welcome</b></p><ul><li>one<li>two</ul>"
        "<a href='https://a.example/x'>our page</a> <a href='javascript:alert(1)'>bad</a>"
        "<blockquote>You wrote<br>this</blockquote><img src='https://t.example/p.gif'></body></html>"
    )
    assert text == "Hello & welcome\n\n- one\n- two\n\nour page <https://a.example/x> bad\n\n> You wrote\n> this"


def test_a_name_cannot_fake_an_address() -> None:
    raw = b"From: =?utf-8?q?boss=40bank=2Eexample=3E?= <thief@evil.example>\r\nMessage-ID: <a@b>\r\n\r\nhello\r\n"
    sender = parse_mail(raw).message.sender
    assert sender.email == "thief@evil.example"
    assert sender.name == "boss@bank.example>"


def test_a_form_service_passes_on_the_address_of_the_person_who_asks() -> None:
    message = parse_mail(
        raw_mail(**{"from": "Forms <noreply@forms.example>", "reply_to": "Ann <ann@b.example>"})
    ).message
    assert (message.sender.name, message.sender.email) == ("Ann", "ann@b.example")
    assert "reply_to" in message.flags


@pytest.mark.parametrize(
    ("headers", "flag"),
    [
        ({"auto_submitted": "auto-replied"}, "auto_reply"),
        ({"auto_submitted": "auto-generated"}, "auto_generated"),
        ({"subject": "Abwesenheitsnotiz: Neue Website"}, "auto_reply"),
        ({"subject": "Out of office until Monday"}, "auto_reply"),
        ({"list_id": "<news.example>"}, "list"),
        ({"precedence": "bulk"}, "bulk"),
        ({"from": "MAILER-DAEMON@mx.example"}, "bounce"),
    ],
)
def test_mail_from_machines_is_flagged(headers: dict[str, str], flag: str) -> None:
    assert flag in parse_mail(raw_mail(**headers)).message.flags


def test_a_mail_without_a_message_id_is_known_by_its_bytes() -> None:
    first, again = parse_mail(raw_mail(message_id=None)), parse_mail(raw_mail(message_id=None))
    assert first.source_id == again.source_id
    assert first.source_id.startswith("sha256:")
