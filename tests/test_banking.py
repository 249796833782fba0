"""Bank statements: every entry accounted for, and balances that are explained or flagged; transfers a bank takes."""

import re
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aios.banking.reader import read_statements
from aios.banking.statement import Status
from aios.banking.transfer import Account, Transfer, latin, reference, write_transfers
from aios.errors import InvalidInput

SHARED = Path(__file__).parents[1] / ".." / "shared" / "data"
here = pytest.mark.skipif(not (SHARED / "camt").exists(), reason="../shared/data has no bank statements")

CONTRADICTORY = {
    "camt053.v2.all-balance-types.xml",
    "camt053.v2.five.decimals.xml",
    "camt053.v4.xml",
    "camt052.v4.xml",
    "camt052.v6.xml",
}
"""Made-up samples whose own balances or currencies contradict their entries."""


@here
def test_every_entry_of_the_camt_files_is_read_and_contradictions_are_flagged() -> None:
    counts = {"files": 0, "statements": 0, "entries": 0}
    for file in sorted((SHARED / "camt").rglob("camt*.xml")):
        text = file.read_text("utf-8")
        said = (len(re.findall(r"<(?:Stmt|Rpt|Ntfctn)>", text)), len(re.findall("<Ntry>", text)))
        counts["files"] += 1
        if file.name == "camt053.v2.wrong.xml":
            with pytest.raises(InvalidInput, match="no statement"):
                read_statements(file.read_bytes())
            assert said == (0, 0)
            continue
        found = read_statements(file.read_bytes())
        assert (len(found), sum(len(each.entries) for each in found)) == said, file.name
        assert any(each.problems for each in found) is (file.name in CONTRADICTORY), file.name
        counts["statements"] += said[0]
        counts["entries"] += said[1]
    assert counts == {"files": 10, "statements": 9, "entries": 8}


@here
def test_every_entry_of_the_mt940_files_is_read_and_explains_the_balance() -> None:
    counts = {}
    for file in sorted((SHARED / "mt940").glob("*.sta")):
        text = file.read_text("utf-8", "replace")
        found = read_statements(file.read_bytes())
        assert len(found) == len(re.findall(r"^:20:", text, re.MULTILINE))
        assert sum(len(each.entries) for each in found) == len(re.findall(r"^:61:", text, re.MULTILINE))
        assert all(each.opening is not None and each.closing is not None for each in found)
        assert [each.problems for each in found] == [()] * len(found)
        counts[file.name] = (len(found), sum(len(each.entries) for each in found))
    assert counts == {"cmxl_mt940.sta": (2, 13), "raphaelm.sta": (3, 9)}


def mt940(closing: str, entry: str = ":61:2611021102DR800,NTRFNONREF//55555") -> bytes:
    return (
        f":20:1\n:25:10020030/1234567\n:28C:5/1\n:60F:C261101EUR2187,95\n{entry}\n"
        ":86:177?00LASTSCHRIFT?20EREF+RE-7?21Miete Grüße?30COBADEFF?31DE89370400440532013000?32Müller\n"
        f":62F:{closing}\n-\n"
    ).encode("cp1252")


def test_a_statement_that_does_not_add_up_says_both_figures() -> None:
    (good,), (bad,) = read_statements(mt940("C261130EUR1387,95")), read_statements(mt940("C261130EUR1387,96"))
    assert good.problems == ()
    assert bad.problems == ("Opening balance and entries make 1,387.95 EUR, but the closing balance is 1,387.96 EUR.",)


def test_an_entry_names_who_and_what_it_was() -> None:
    ((entry,),) = (each.entries for each in read_statements(mt940("C261130EUR1387,95")))
    (part,) = entry.parts
    assert (entry.amount, entry.booked, entry.bank_reference) == (-80000, date(2026, 11, 2), "55555")
    assert (part.name, part.account, part.reference) == ("Müller", "DE89370400440532013000", "RE-7")


@pytest.mark.parametrize(
    ("sign", "amount"), [("C", 500), ("D", -500), ("RC", -500), ("RD", 500), ("CR", 500), ("DR", -500)]
)
def test_a_reversal_turns_the_sign(sign: str, amount: int) -> None:
    (statement,) = read_statements(mt940("C261130EUR1,", f":61:2611021102{sign}5,NTRFNONREF"))
    assert statement.entries[0].amount == amount


GERMAN = (
    "Kontoinhaber;Nordlicht\nKonto;DE89370400440532013000\n\n"
    '"Buchungstag";"Valutadatum";"Beguenstigter/Zahlungspflichtiger";"Verwendungszweck";"Kontonummer/IBAN";"Betrag";'
    '"Waehrung";"Info"\n'
    '"02.11.26";"03.11.26";"Müller; Söhne";"Rechnung RE-7";"AT611904300234573201";"1.234,50";"EUR";"Umsatz gebucht"\n'
    '"02.11.26";"03.11.26";"Vermieter";"Miete";"";"-800,00";"EUR";"Umsatz vorgemerkt"\n'
    '"";"";"";"Summe";"";"";"";""\n'
).encode("cp1252")


def test_a_german_export_is_read_with_its_own_marks() -> None:
    (statement,) = read_statements(GERMAN)
    paid, rent = statement.entries
    assert (paid.amount, paid.currency, paid.booked, paid.valued) == (
        123450,
        "EUR",
        date(2026, 11, 2),
        date(2026, 11, 3),
    )
    assert (paid.parts[0].name, paid.parts[0].account) == ("Müller; Söhne", "AT611904300234573201")
    assert (rent.amount, rent.status) == (-80000, Status.PENDING)
    assert statement.booked == 123450
    assert statement.problems == ("1 rows hold no date or no amount and were left out.",)


@pytest.mark.parametrize(
    ("rows", "amounts"),
    [
        ("Datum;Soll;Haben\n2026-11-02;800,00;\n2026-11-03;;1.000,10\n", [-80000, 100010]),
        ("Date,Amount,Description\n2026-11-02,-1234.50,Rent\n2026-11-03,5.00,Tea\n", [-123450, 500]),
        ("Buchungstag\tBetrag\tSoll/Haben\n02.11.2026\t7,00\tS\n02.11.2026\t8,00\tH\n", [-700, 800]),
        ('Date,Amount\n2026-11-02,"1,234.50"\n', [123450]),
        ("Buchung;Betrag (EUR)\n02.11.2026;12,00-\n", [-1200]),
    ],
)
def test_other_exports_are_read(rows: str, amounts: list[int]) -> None:
    (statement,) = read_statements(rows.encode())
    assert [entry.amount for entry in statement.entries] == amounts


SGML = """OFXHEADER:100
DATA:OFXSGML

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>42</BANKACCTFROM>
<BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261102120000[-5:EST]<TRNAMT>-12.34<FITID>a1<NAME>Tea &amp; Co
</STMTTRN><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261103<TRNAMT>50<FITID>a2<NAME>Ann<MEMO>RE-7
</STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>37.66<DTASOF>20261103</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def test_ofx_is_read_as_sgml_and_as_xml() -> None:
    closed = re.sub(
        r"<(CURDEF|BANKID|ACCTID|TRNTYPE|DTPOSTED|TRNAMT|FITID|NAME|MEMO|BALAMT|DTASOF)>([^<\n]*)", r"<\1>\2</\1>", SGML
    )
    for text in (SGML, closed):
        (statement,) = read_statements(text.encode())
        assert [entry.amount for entry in statement.entries] == [-1234, 5000]
        assert (statement.account, statement.closing) == ("42", 3766)
        assert statement.entries[0].parts[0].name == "Tea & Co"
        assert statement.entries[1].parts[0].text == "RE-7"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<a/>",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Document>&e;</Document>',
        b":20:1\n:25:1\n",
        b":20:1\n:60F:C269999EUR1,\n:61:269999C1,NTRF\n",
        b":20:1\n:60F:C261101EUR1,\n:61:rubbish\n",
        b"<OFX><STMTRS><CURDEF>EUR",
        b"<OFX><STMTRS><CURDEF>EUR<STMTTRN><TRNAMT>1e99999<DTPOSTED>20261101</STMTTRN></STMTRS></OFX>",
        b"Datum;Betrag\n02.11.2026;1,00\n03.11.2026;1.00\n",
        b"Datum;Betrag\n02.11.2026;1.000\n",
        b"Datum;Betrag\nyesterday;1,00\n",
        b"\xff\xfe" + "Datum;Betrag\nx;1,00\n".encode("utf-16-le"),
        b" " * 31_000_000,
    ],
)
def test_what_is_no_statement_is_refused_with_a_remedy(data: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_statements(data)
    assert caught.value.remedy


@given(st.binary(max_size=300) | st.text(":20:61CD62F,EUR0123456789\n<>/STMRX", max_size=200).map(str.encode))
def test_no_bytes_raise_anything_but_a_refusal(data: bytes) -> None:
    try:
        read_statements(data)
    except InvalidInput as error:
        remedy = error.remedy
        assert remedy


PAYER = Account("Nordlicht Studio GmbH", "DE89370400440532013000", "COBADEFFXXX")
TO = Account("Müller & Söhne", "AT611904300234573201")
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def transfers(*given: Transfer, key: str = "payments/2026-11-25") -> bytes:
    return write_transfers(key, PAYER, given, on=date(2026, 11, 26), made_at=NOW)


def test_a_transfer_file_keeps_to_the_banks_schema() -> None:
    schema = etree.XMLSchema(file=str(resources.files("sepaxml") / "schemas" / "pain.001.001.09.xsd"))
    data = transfers(Transfer("a", TO, 123450, "RE-7 für „Konzept“"), Transfer("b", PAYER, 1, "Übertrag"))
    schema.assertValid(etree.fromstring(data))
    text = data.decode()
    assert '<InstdAmt Ccy="EUR">1234.50</InstdAmt>' in text
    assert text.count("<CtrlSum>1234.51</CtrlSum>") == 2
    assert "<Nm>Mueller + Soehne</Nm>" in text
    assert "RE-7 fuer Konzept" in text


def test_the_same_key_gives_the_same_file_and_another_key_other_ids() -> None:
    one = Transfer("a", TO, 100, "x")
    assert transfers(one) == transfers(one)
    assert reference("a") != reference("b")
    assert len(reference("a" * 500)) <= 35


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        (Transfer("a", Account("X", "DE89370400440532013001"), 1, ""),),
        (Transfer("a", TO, 0, ""),),
        (Transfer("a", TO, -5, ""),),
        (Transfer("a", TO, 10**11, ""),),
        (Transfer("a", Account("海", "AT611904300234573201"), 1, ""),),
        (Transfer("a", TO, 1, ""), Transfer("a", TO, 1, "")),
    ],
)
def test_a_wrong_transfer_is_refused_before_the_bank_sees_it(wrong: tuple[Transfer, ...]) -> None:
    with pytest.raises(InvalidInput) as caught:
        transfers(*wrong)
    assert caught.value.remedy


def test_sepa_letters_only() -> None:
    assert latin("Café Łódź & „Süß“", 70) == "Cafe Lodz + Suess"
