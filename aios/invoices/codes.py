"""Codes of the UN/EDIFACT lists that EN 16931 uses, as closed choices."""

from enum import StrEnum


class VatCategory(StrEnum):
    """How a supply is taxed (UNTDID 5305, BT-95, BT-102, BT-118, BT-151)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUTSIDE_SCOPE = "O"
    CANARIES = "L"
    CEUTA_MELILLA = "M"
    SPLIT_PAYMENT = "B"


INVOICE_TYPES = frozenset(
    "71 80 82 84 102 130 202 203 204 211 218 219 295 325 326 331 380 382 383 384 385 386 387 388 389 390 393 394 395 "
    "456 457 527 553 575 623 633 751 780 817 870 875 876 877 935".split()
)
"""UNTDID 1001 codes for which the buyer owes the amount due (BT-3)."""

CREDIT_TYPES = frozenset("81 83 261 262 296 308 381 396 420 458 502 503 532".split())
"""UNTDID 1001 codes by which the seller credits (BT-3)."""

CARDS = frozenset(("48", "54", "55"))
TRANSFERS = frozenset(("30", "58"))
DEBITS = frozenset(("49", "59"))
"""UNTDID 4461 codes of payment means that ask for more (BT-81)."""

PAYMENT_MEANS = frozenset([*(str(number) for number in [*range(1, 71), *range(74, 79), *range(91, 99)]), "ZZZ"])
"""UNTDID 4461 codes (BT-81)."""
