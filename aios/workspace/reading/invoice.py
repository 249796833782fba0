"""An incoming invoice as its case's page shows it: sums as people read them, and every check with its rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aios.decisions.shown import Check


@dataclass(frozen=True)
class InvoiceCard:
    """What the steps have found so far. `sums` are names and minor units of `currency`, the one to pay last."""

    supplier: str
    vat_id: str
    number: str
    issued: str
    due: str
    currency: str
    credit: bool
    sums: tuple[tuple[str, int], ...]
    ibans: tuple[str, ...]
    checks: tuple[Check, ...]
    booked: tuple[dict[str, Any], ...]
    file: str


def read(contents: Mapping[str, Any]) -> InvoiceCard | None:
    """The card, from the newest output of each step; None for a case of another kind, or one that was forgotten."""
    fields = _output(contents, "invoice_fields")
    if "gross" not in fields:
        return None
    findings = [each for step in ("invoice_match", "invoice_checks") for each in _of(contents, step, "findings")]
    findings.sort(key=lambda each: each["severity"] != "error")
    return InvoiceCard(
        supplier=fields["supplier"]["name"],
        vat_id=fields["supplier"]["vat_id"],
        number=fields["number"],
        issued=fields["issued"],
        due=fields["due"],
        currency=fields["currency"],
        credit=fields["credit"],
        sums=_sums(fields),
        ibans=tuple(dict.fromkeys(each["iban"] for each in fields["pay_to"] if each["iban"])),
        checks=tuple(
            Check(rule=each["rule"], grade=each["severity"], text=each["sentence"], remedy=each["remedy"])
            for each in findings
        ),
        booked=tuple(_of(contents, "invoice_booking", "postings")),
        file=str(_output(contents, "invoice_payment").get("file", "")),
    )


def _of(contents: Mapping[str, Any], step: str, name: str) -> list[dict[str, Any]]:
    return list(_output(contents, step).get(name, ()))


def _output(contents: Mapping[str, Any], step: str) -> dict[str, Any]:
    found: dict[str, Any] | None = contents.get(step)
    return found or {}


def _sums(fields: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    said = [("Net", fields["net"])] if fields["net"] is not None else []
    said += [(f"Tax {each['rate'] or 0} %", each["amount"]) for each in fields["taxes"]]
    said.append(("Total", fields["gross"]))
    return (*said, *([("To pay", fields["payable"])] if fields["payable"] != fields["gross"] else []))
