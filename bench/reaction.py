"""Reaction: from a lead to its decision, and from the owner's yes to the receipt, beside the same on stock Dagster."""

import random
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from bench.report import Report, of
from bench.stack import Stack, aios, progress, stock

TIMES_FASTER = 10
P50, P95 = 1.5, 3.0
"""Seconds from lead to decision, as orientation; the target is the ratio."""

STOCK, IN_PROCESS = "stock dagster dev", "stock, in-process executor"


@dataclass
class Subject:
    """What is measured: how it is started, how many leads each round hands it, and the seconds they took."""

    name: str
    start: Callable[[], AbstractContextManager[Stack]]
    rounds: tuple[int, ...]
    decided: list[float] = field(default_factory=list[float])
    sent: list[float] = field(default_factory=list[float])


def run(quick: bool) -> Report:
    """Each stack alone on the machine, one after the other, in rounds."""
    few = (2,) if quick else (3, 2)
    subjects = [
        Subject("aios", aios, (5,) if quick else (10, 10)),
        Subject(STOCK, stock, few),
        Subject(IN_PROCESS, lambda: stock("in_process"), few),
    ]
    for number in range(len(few)):
        for subject in subjects:
            _round(subject, number)
    return report_of(subjects)


def _round(subject: Subject, number: int) -> None:
    leads = subject.rounds[number]
    progress(f"reaction: {subject.name}, round {number + 1} of {len(subject.rounds)}: starting")
    phase = random.Random(number)  # where between two looks of a sensor a lead arrives is chance; the same for all
    with subject.start() as stack:
        for lead in range(leads + 1):
            stack.settle()
            time.sleep(phase.random())
            decided, sent = react(stack, lead)
            warming = lead == 0
            progress(f"reaction: {subject.name}: {decided:.2f} s, {sent:.2f} s{' (warming up)' * warming}")
            if not warming:
                subject.decided.append(decided)
                subject.sent.append(sent)


def react(stack: Stack, lead: int) -> tuple[float, float]:
    """Hand in one lead and approve its reply; the seconds until the decision is there, and until the receipt is."""
    begun = time.perf_counter()
    case_id = stack.door.lead(lead)
    decision = stack.until(lambda: stack.decision(case_id), f"the decision of lead {lead}")
    decided = time.perf_counter() - begun
    begun = time.perf_counter()
    stack.door.approve(decision)
    stack.until(lambda: stack.has_receipt(case_id), f"the receipt of lead {lead}")
    return decided, time.perf_counter() - begun


def report_of(subjects: list[Subject]) -> Report:
    """The table: each way once for the decision and once for the receipt, compared with stock."""
    counted = ", ".join(f"{len(subject.decided)} on {subject.name}" for subject in subjects)
    report = Report(f"Reaction: one lead at a time ({counted})")
    for what, pick in (("lead → decision", _decided), ("approve → receipt", _sent)):
        medians = {subject.name: statistics.median(pick(subject)) for subject in subjects}
        for subject in subjects:
            mine = medians[subject.name]
            ratio, in_process = medians[STOCK] / mine, medians[IN_PROCESS] / mine
            name = f"{what}, {subject.name}"
            if subject.name == "aios":
                judged = {"target": f"≥ {TIMES_FASTER} ×", "met": ratio >= TIMES_FASTER}
                note = f"{in_process:.1f} × in-process"
                if what.endswith("decision"):
                    note += f"; orientation {P50:g} s, 95 % {P95:g} s"
                line = of(name, pick(subject), "s", ratio=ratio, against="stock", note=note, **judged)
            elif subject.name == STOCK:
                line = of(name, pick(subject), "s")
            else:
                line = of(name, pick(subject), "s", ratio=ratio, against="stock")
            report.add(line)
    return report


def _decided(subject: Subject) -> list[float]:
    return subject.decided


def _sent(subject: Subject) -> list[float]:
    return subject.sent
