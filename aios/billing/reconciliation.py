"""`Reconciliation`: accounts for every entry of a bank statement once; what is unclear is for the owner to say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from aios.billing.accounting import Accounting, Place
from aios.billing.billing import Billing
from aios.billing.claims import Claims
from aios.billing.entries import BankEntry, Entries, Use
from aios.billing.matching import Found, Movement, Owed, Share, by_name, by_party
from aios.billing.movements import is_fee, is_return, movements
from aios.billing.returns import returned
from aios.connectors.payments.payout import PaidOut
from aios.errors import Conflict, InvalidInput
from aios.events.catalog import EntryBooked

STRIPE_FEE = "stripe_fee"
"""What Stripe calls what it takes for itself, apart from the fee of a payment."""

IGNORE, SAME = "ignore", "same"
"""What the owner may say of an entry besides invoices and an account."""

Rule = Callable[[Movement, Sequence[Owed]], Found | None]


@dataclass
class Part:
    """One payment of an entry, as far as it is not accounted for. `doubt` is an earlier entry that may say the same."""

    entry: BankEntry
    number: int
    said: EntryBooked
    movement: Movement
    uses: list[Use]
    count: int
    doubt: str = ""
    paid_out: tuple[PaidOut, ...] = ()

    @property
    def key(self) -> str:
        """What a question about it is named by."""
        return f"{self.entry.id}/{self.number}"

    @property
    def is_free(self) -> bool:
        """Whether a rule may say what it is: not where it may be a repetition, or the owner took something back."""
        return self.movement.minor != 0 and not self.doubt and not any(use.undone_on for use in self.uses)


class Reconciliation:
    """Whoever decides, everything that happens to an entry's money goes through `accounting`."""

    def __init__(self, entries: Entries, accounting: Accounting, billing: Billing) -> None:
        self.entries = entries
        self.accounting = accounting
        self.billing = billing

    def reconcile(
        self, tx: Connection, case_id: str, statement: str, paid_out: Mapping[str, tuple[PaidOut, ...]] | None = None
    ) -> list[Part]:
        """Account for whatever of the statement's entries is clear; returns what is not.

        `paid_out` says by entry what a payout of Stripe is made of.
        """
        parts = self.open_parts(tx, statement)
        for part in parts:
            self._set_aside(tx, case_id, part)
            part.paid_out = () if part.uses else (paid_out or {}).get(part.entry.id, ())
        while self._pass(tx, case_id, [part for part in parts if part.is_free]):
            pass
        return [part for part in parts if part.movement.minor]

    def choose(self, tx: Connection, case_id: str, part: Part, said: str, actor: str) -> None:
        """Do what the owner says it is: numbers of invoices and at most one account, `same`, or `ignore`.

        `InvalidInput` where it is none of them. What the invoices leave goes on the account, or is asked about again.
        """
        claims, words = Claims(tx), [word for word in said.replace("+", ",").split(",") if word.strip()]
        if not words:
            raise InvalidInput("Nothing says what it is.", "Name an invoice, an account, `same` or `ignore`.")
        for word in (each.strip() for each in words):
            if not part.movement.minor:
                raise InvalidInput(f"Nothing of it is left for {word[:40]}.", "Leave it out.")
            self._choose(tx, case_id, part, word, claims, actor)

    def part(self, connection: Connection, key: str) -> Part:
        """The part of an entry that a question is about; `Conflict` where it is accounted for."""
        entry = self.entries.get(connection, key.partition("/")[0])
        for part in self._parts(connection, entry, self.entries.uses(connection, [entry.id])):
            if part.key == key and part.movement.minor:
                return part
        raise Conflict("That money is accounted for already.", "See `aios statements entries`.")

    def open_parts(self, connection: Connection, statement: str) -> list[Part]:
        """What of the statement's entries is not accounted for."""
        entries = [each for each in self.entries.of_statement(connection, statement) if each.left]
        uses = self.entries.uses(connection, [each.id for each in entries])
        found: list[Part] = []
        for entry in entries:
            of_entry = [use for use in uses if use.entry == entry.id]
            found += [part for part in self._parts(connection, entry, of_entry) if part.movement.minor]
        return found

    def undo(self, tx: Connection, key: str, reason: str, actor: str) -> Use:
        """Take back what was said of an entry's money; from now on only the owner says what it is."""
        use = self.entries.use(tx, key)
        self.accounting.take_back(tx, use, reason, actor)
        if use.direction == "payable" and use.how == "invoice":
            self.billing.paid_no_longer(tx, use.what, reason, actor)
        return use

    def _parts(self, connection: Connection, entry: BankEntry, uses: list[Use]) -> list[Part]:
        said = self.entries.said(connection, entry.id)
        found: list[Part] = []
        for number, movement in enumerate(movements(said)):
            mine = [use for use in uses if use.part == number]
            used = sum(use.minor for use in mine if not use.undone_on)
            left = replace(movement, minor=movement.minor - used)
            found.append(Part(entry, number, said, left, mine, len(mine)))
        return found

    def _set_aside(self, tx: Connection, case_id: str, part: Part) -> None:
        """An entry that another statement says too is not counted again; where that is doubtful, it is asked about."""
        if part.uses:
            return
        twin, certain = self.entries.twin(tx, part.entry, part.said)
        if twin and certain:
            self._leave(tx, case_id, part, "said before", twin=twin)
        else:
            part.doubt = twin

    def _pass(self, tx: Connection, case_id: str, parts: list[Part]) -> bool:
        """One go at all that is open, the surest ways first; whether anything became of it."""
        changed = sum(self._of_the_bank(tx, case_id, part) for part in parts)
        claims = Claims(tx)
        changed += sum(self._of_stripe(tx, case_id, part, claims) for part in parts)
        for rule in (by_name, by_party):
            changed += sum(self._found(tx, case_id, part, rule, claims) for part in parts)
        return changed > 0

    def _of_the_bank(self, tx: Connection, case_id: str, part: Part) -> bool:
        """What the bank takes for itself, and what it gives back."""
        if part.movement.minor and is_fee(part.movement):
            account = self.accounting.books.chart.roles.fees
            self._book(tx, case_id, part, account, "bank fee", "system")
            return True
        if not part.movement.minor or not is_return(part.said, part.movement):
            return False
        shares = returned(tx, self.entries, part.movement)
        for share in shares:
            self._match(tx, case_id, part, share, self.accounting.day(part.entry), "returned", "system")
            self._given_back(tx, share)
        return bool(shares)

    def _of_stripe(self, tx: Connection, case_id: str, part: Part, claims: Claims) -> bool:
        """The payments in a payout are for the invoices that they name; what Stripe kept of them is a fee.

        What names no invoice is left, less its own fee.
        """
        paid_out, part.paid_out = part.paid_out, ()
        if not paid_out or sum(each.minor - each.fee for each in paid_out) != part.movement.minor:
            return False
        before, fees = part.movement.minor, 0
        for each in paid_out:
            found = by_name(Movement(each.minor, each.currency, words=each.words), claims.owed)
            if found and sum(share.minor for share in found.shares) == each.minor:
                for share in found.shares:
                    self._settle(tx, case_id, part, share, claims, f"stripe, {found.rule}", "system")
                fees += each.fee
            elif each.kind == STRIPE_FEE:
                fees += each.fee - each.minor
        if fees:
            roles = self.accounting.books.chart.roles
            self._book(tx, case_id, part, roles.fees, "stripe fee", "system", -fees)
        return part.movement.minor != before

    def _given_back(self, tx: Connection, share: Share) -> None:
        """What the bank gives back of an invoice that came in is owed again."""
        if share.owed.direction == "payable":
            reason = "the bank gave the payment back"
            if share.owed.clears == "transfer":
                self.billing.unpaid(tx, share.owed.key, reason)
            self.billing.paid_no_longer(tx, share.owed.key, reason)

    def _found(self, tx: Connection, case_id: str, part: Part, rule: Rule, claims: Claims) -> bool:
        found = rule(part.movement, claims.owed) if part.movement.minor else None
        for share in found.shares if found else ():
            self._settle(tx, case_id, part, share, claims, found.rule if found else "", "system")
        return found is not None

    def _choose(self, tx: Connection, case_id: str, part: Part, word: str, claims: Claims, actor: str) -> None:
        if word.casefold() == IGNORE:
            self._leave(tx, case_id, part, "ignored", actor=actor)
        elif word.casefold() == SAME:
            twin = self.entries.twin(tx, part.entry, part.said)[0]
            if not twin:
                raise InvalidInput("No other entry may say the same.", "Name an invoice, an account, or `ignore`.")
            self._leave(tx, case_id, part, "the same", twin=twin, actor=actor)
        elif owed := claims.named(word):
            minor = min(owed.minor, part.movement.minor, key=abs)
            if owed.minor * part.movement.minor < 0 or owed.currency != part.movement.currency:
                raise InvalidInput(f"{word[:40]} is not paid by such an entry.", "Name another one.")
            self._settle(tx, case_id, part, Share(owed, minor), claims, "chosen", actor)
        elif word in self.accounting.books.chart.accounts:
            self._book(tx, case_id, part, word, "chosen", actor)
        else:
            raise InvalidInput(f"{word[:40]!r} is no open invoice and no account.", "See `aios invoices open`.")

    def _settle(
        self, tx: Connection, case_id: str, part: Part, share: Share, claims: Claims, rule: str, actor: str
    ) -> None:
        on = max(self.accounting.day(part.entry), claims.since[share.owed.direction, share.owed.key])
        self._match(tx, case_id, part, share, on, rule, actor)
        claims.take(share)
        if share.owed.direction == "payable" and share.owed.clears == "invoice":
            self.billing.paid_by_bank(tx, share.owed.key)
        if share.owed.direction == "receivable":
            self.billing.dunning.thought_over(tx, share.owed.key)

    def _match(self, tx: Connection, case_id: str, part: Part, share: Share, on: str, rule: str, actor: str) -> None:
        self.accounting.match(tx, self._place(part, case_id, actor), share, on, rule)
        part.movement = replace(part.movement, minor=part.movement.minor - share.minor)

    def _book(
        self, tx: Connection, case_id: str, part: Part, account: str, rule: str, actor: str, minor: int | None = None
    ) -> None:
        """All that is left of it, or just so much, is booked on an account."""
        much = part.movement.minor if minor is None else minor
        text = f"{part.movement.name or rule}: {' '.join(part.movement.words.split())}"[:200]
        self.accounting.book(tx, self._place(part, case_id, actor), much, account, rule, text)
        part.movement = replace(part.movement, minor=part.movement.minor - much)

    def _leave(
        self, tx: Connection, case_id: str, part: Part, rule: str, *, twin: str = "", actor: str = "system"
    ) -> None:
        self.accounting.leave(tx, self._place(part, case_id, actor), part.movement.minor, rule, twin=twin)
        part.movement = replace(part.movement, minor=0)

    def _place(self, part: Part, case_id: str, actor: str) -> Place:
        part.count += 1
        return Place(part.entry, part.number, part.count, case_id, actor)
