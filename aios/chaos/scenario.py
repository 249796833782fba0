"""`Scenario`: one way in which things go wrong, and what a run of it has come to."""

from dataclasses import dataclass
from typing import Literal

Fault = Literal["lost", "reset", "busy", "broken", "silent", "drip"]
"""What the outside does to one call.

Its answer is lost; it breaks off before; it says later, or 500; it is silent; its answer comes byte by byte.
"""

STRUCK = "struck"
"""As `kill`: the first worker is killed from outside, once a fault has struck a call of its."""


@dataclass(frozen=True)
class Scenario:
    """`faults` hit so many calls of those that are made; `kill` is where the first worker kills itself (`aios.faults`).

    `every` is how many calls lie between two faults. `flapping` is how many calls in a row the outside takes, and then
    refuses, over and over; `workers` how many processes carry effects out at once.
    """

    name: str
    about: str
    fault: Fault | None = None
    every: int = 3
    kill: str = ""
    flapping: int = 0
    workers: int = 1


SCENARIOS = (
    Scenario("lost acknowledgement", "The outside does it, and its answer gets lost.", fault="lost"),
    Scenario("reset", "The connection breaks off before the outside has it.", fault="reset"),
    Scenario("too many requests", "429 with Retry-After: the account has to wait.", fault="busy"),
    Scenario("server error", "500: the outside says that it failed.", fault="broken"),
    Scenario("time-out", "The outside says nothing, and does it all the same.", fault="silent"),
    Scenario("killed before", "kill -9 after the claim, before the call.", kill="claimed:2"),
    Scenario("killed during", "kill -9 in the middle of the call.", kill="capturing:2"),
    Scenario("killed after", "kill -9 after the call, before it is written down.", kill="performed:2"),
    Scenario("two workers", "Two processes want to carry out the same at once.", workers=2),
    Scenario("flapping", "The outside comes and goes.", flapping=6, workers=2),
)
"""Every scenario in the sandbox."""

AT_PEERS = (
    Scenario("lost acknowledgement", "The service does it, and its answer gets lost.", fault="lost", every=2),
    Scenario("reset", "The connection breaks off in the middle of the request.", fault="reset", every=2),
    Scenario("too many requests", "429 with Retry-After (451 by SMTP).", fault="busy", every=2),
    Scenario("server error", "500 (421 by SMTP).", fault="broken", every=2),
    Scenario("time-out", "The service does it, and nothing is heard of it.", fault="silent", every=2),
    Scenario("slow drip", "The answer comes byte by byte.", fault="drip", every=2),
    Scenario("killed before", "kill -9 after the claim, before the call.", kill="claimed"),
    Scenario("killed during", "kill -9 while the service has it and has not answered.", "silent", every=2, kill=STRUCK),
    Scenario("killed after", "kill -9 after the call, before it is written down.", kill="performed"),
    Scenario("two workers", "Two processes want to carry out the same at once.", workers=2),
)
"""Every scenario at a service of the owner's own, where a proxy breaks the way there."""


@dataclass(frozen=True)
class Outcome:
    """What came of a scenario. Duplicates, losses and what went out of turn are counted outside, not in the ledger.

    `outside` is how many operations were counted there; `asked` how many only the owner can settle.
    `recovery` is how many seconds after the last fault everything was done, by the clock that the effects wait by.
    """

    scenario: str
    connector: str
    operations: int
    faults: int
    retried: int
    buffered: int
    looked_up: int
    duplicates: int
    lost: int
    out_of_turn: int
    recovery: float
    outside: int
    asked: int = 0

    @property
    def held(self) -> bool:
        """Whether each operation was done once, and in its turn."""
        return not (self.duplicates or self.lost or self.out_of_turn)
