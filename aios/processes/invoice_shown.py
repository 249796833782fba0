"""What the owner is shown with a question about an invoice, and what policy judges it by."""

from collections.abc import Iterator

from aios.decisions.shown import Check, Evidence
from aios.invoices.numbers import valid
from aios.money import Money
from aios.policies.verdict import Subject
from aios.processes.context import StepContext
from aios.processes.invoice import FindingOut, IncomingFile, InvoiceChecks, InvoiceFields, InvoiceMatch

FORMATS = {"ubl": "UBL", "cii": "CII", "zugferd-1": "ZUGFeRD 1.0", "text": "text without data"}
SERIOUS = (
    "AIOS-ACCOUNT-CHANGED", "AIOS-DUPLICATE", "AIOS-NEAR-DUPLICATE", "AIOS-PDF-DIFF", "AIOS-ORDER", "AIOS-INJECTION",
)  # fmt: skip
"""Findings that are said once more as warnings, above everything else."""


def subject_of(
    step: StepContext, effect: str, key: str, fields: InvoiceFields, match: InvoiceMatch, text: str = ""
) -> Subject:
    """The invoice as the rules see it. Nothing of its own words is judged but what would go out."""
    return Subject(
        process=step.case.process,
        effect=effect,
        confidence=fields.confidence,
        text=text,
        amounts=(Money(abs(fields.payable), fields.currency),),
        recipients=(),
        tier="rules" if fields.source == "text" else "",
        first_contact=match.earlier == 0,
        flags=match.flags,
        now=step.kernel.clock.now(),
        case_id=step.case.id,
        key=key,
    )


def checks_of(fields: InvoiceFields, checks: InvoiceChecks, match: InvoiceMatch) -> tuple[Check, ...]:
    """Every finding with its rule, the worst first, and what was looked at and is right."""
    told = sorted((*match.findings, *checks.findings), key=lambda each: each.severity != "error")
    found = [Check(rule=each.rule, grade=each.severity, text=each.sentence, remedy=each.remedy) for each in told]
    return (*found, *_right(fields, checks, match))


def warnings_of(checks: InvoiceChecks, match: InvoiceMatch) -> tuple[str, ...]:
    """What must not be overlooked: the account, duplicates, differences; and how many rules are broken."""
    serious = [each for each in (*match.findings, *checks.findings) if each.rule in SERIOUS]
    broken = (
        [f"It breaks {checks.errors} rule{'s' if checks.errors > 1 else ''}; see the checks."] if checks.errors else []
    )
    return (*(f"{each.sentence} {each.remedy}" for each in serious), *broken)


def evidence_of(
    step: StepContext, file: IncomingFile, fields: InvoiceFields, match: InvoiceMatch
) -> tuple[Evidence, ...]:
    """Who asks for how much, until when, for what, and how it came."""
    link = f"/cases/{step.case.id}"
    earlier = f"{match.earlier} earlier invoice{'s' if match.earlier != 1 else ''}"
    vat = f"VAT id {fields.supplier.vat_id}" if fields.supplier.vat_id else "no VAT id"
    parts = [
        Evidence(
            label="Supplier",
            text=f"{match.supplier or 'nobody is named'}, {vat}; {earlier}.",
            source="contact",
            link=f"/contacts/{match.contact_id}" if match.contact_id else "",
        ),
        Evidence(label="Sums", text=sums(fields), source=FORMATS.get(fields.source, fields.source), link=link),
        Evidence(label="When", text=_dates(fields), source="invoice"),
    ]
    if fields.lines:
        more = f" and {fields.line_count - 5} more" if fields.line_count > 5 else ""
        said = "; ".join(f"{line.name} {Money(line.net, fields.currency)}" for line in fields.lines[:5])
        parts.append(Evidence(label="For", text=said + more, source="invoice", link=link))
    if referred := [f"order {fields.order}"] * bool(fields.order) + [f"contract {fields.contract}"] * bool(
        fields.contract
    ):
        parts.append(Evidence(label="Refers to", text=", ".join(referred), source="invoice"))
    if match.for_order:
        parts.append(Evidence(label="Is for", text=match.for_order, source="what was ordered"))
    way = f"{file.sender.name} <{file.sender.email}>: {file.subject}" if file.channel == "mail" else file.name
    return (*parts, Evidence(label="It came", text=way[:300], source=file.channel, link=link))


def sums(fields: InvoiceFields) -> str:
    """Net, each tax and the total, as people read them."""
    said = [f"net {Money(fields.net, fields.currency)}"] if fields.net is not None else []
    said += [
        f"{each.rate or 0} % tax {Money(each.amount, fields.currency)} on {Money(each.basis, fields.currency)}"
        for each in fields.taxes
    ]
    said.append(f"total {Money(fields.gross, fields.currency)}")
    if fields.payable != fields.gross:
        said.append(f"to pay {Money(fields.payable, fields.currency)}")
    return ", ".join(said)


def _dates(fields: InvoiceFields) -> str:
    due = f"due {fields.due}" if fields.due else "no day is named on which it is due"
    return f"dated {fields.issued or 'nothing'}, {due}"


def _right(fields: InvoiceFields, checks: InvoiceChecks, match: InvoiceMatch) -> Iterator[Check]:
    told: tuple[FindingOut, ...] = (*checks.findings, *match.findings)
    broken = {each.rule for each in told}
    if fields.source != "text" and not any(each.severity == "error" for each in checks.findings):
        official = " and the official Schematron" if checks.official else ""
        yield Check(rule="EN 16931", grade="ok", text=f"Sums, taxes and codes are right{official}.")
    if not broken & {"AIOS-DUPLICATE", "AIOS-NEAR-DUPLICATE"}:
        yield Check(rule="AIOS-DUPLICATE", grade="ok", text="It did not come before.")
    if match.for_order and "AIOS-ORDER" not in broken:
        yield Check(rule="AIOS-ORDER", grade="ok", text=f"It is as was ordered under {match.for_order}.")
    if match.account == "known":
        yield Check(
            rule="AIOS-ACCOUNT", grade="ok", text="This supplier was paid on, or named, the same account before."
        )
    if fields.ibans and all(valid("iban", each) for each in fields.ibans):
        yield Check(rule="AIOS-IBAN", grade="ok", text="The IBAN has the right check digits.")
