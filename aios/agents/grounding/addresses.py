"""Links, mail addresses and phone numbers in a reading, also where they are written so as not to look like it."""

import re
from collections.abc import Iterator

from aios.agents.grounding.figure import Figure

_DOT = r"(?:\s?(?:\(dot\)|\[dot\]|\[\.\]|\(punkt\))\s?|\sdot\s|\spunkt\s|\.)"
_EMAIL = re.compile(
    rf"(?<![\w.+%/-])[\w.+%-]+(?:\s?(?:\(at\)|\[at\]|{{at}})\s?|\sat\s(?=[\w-]+\sdot\s)|@)[\w-]+(?:{_DOT}[\w-]{{2,}})+",
    re.I,
)
_TOP_LEVEL = (
    "com|de|net|org|io|eu|co|ai|app|dev|info|biz|shop|store|xyz|online|site|tech|cloud|agency|design|studio|page|link"
    "|click|top|at|ch|fr|uk|nl|be|es|pt|pl|cz|dk|se|fi|ie|us|ca|au|cn|jp|br|ru|ua|me|ly|gl|tv|cc|gg|sh|li|lu"
    "|example|test"
)
_URL = re.compile(r"(?<!\w)(?:(?:h[tx]{2}ps?|ftp|file|data|javascript|mailto|tel):\S+|www\.\S+)", re.I)
_DOMAIN = re.compile(
    rf"(?<![\w@-])(?<!\w\.)[\w-]+(?:{_DOT}[\w-]+)*?{_DOT}(?:{_TOP_LEVEL})(?![\w-])(?![.][\w])(?:[:/?#][^\s<>\"]*)?",
    re.I,
)
_ADDRESS_NUMBER = re.compile(r"(?<!\w)\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:/\S*)?(?!\w)")
_PHONE = re.compile(
    r"(?<![\w.,:-])(?:\+\s?\d|00\d|\(\+?\d|0\d)[\d() /.-]{4,20}\d(?!\w|[.,]\d|\s?(?:€|eur|%))"
    r"|(?<![\w.,-])\d{3}[-. ]\d{3}[-. ]\d{4}(?!\w)",
    re.I,
)


def emails(text: str) -> Iterator[Figure]:
    """Every mail address."""
    for match in _EMAIL.finditer(text):
        plain = re.sub(r"\s?(?:\(at\)|\[at\]|\{at\})\s?|\sat\s", "@", match.group().lower())
        yield Figure(
            "email", frozenset({(re.sub(_DOT, ".", plain, flags=re.I).strip("."),)}), match.start(), match.end()
        )


def links(text: str) -> Iterator[Figure]:
    """Every link, domain name or network address."""
    for pattern in (_URL, _DOMAIN, _ADDRESS_NUMBER):
        for match in pattern.finditer(text):
            written = match.group().rstrip(".,;:!?)]}>'\"")
            yield Figure("link", frozenset({(normal_link(written),)}), match.start(), match.start() + len(written))


def phones(text: str) -> Iterator[Figure]:
    """Every phone number of at least seven digits."""
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match.group().replace("(0)", ""))
        if len(digits) >= 7:
            yield Figure("phone", frozenset({(normal_digits(digits),)}), match.start(), match.end())


def normal_link(written: str) -> str:
    """The link without what does not matter to where it leads: scheme, `www.`, case of the host, last slash."""
    bare = re.sub(r"^h[tx]{2}ps?:/*", "", written.strip(), flags=re.I)
    host, slash, path = bare.partition("/")
    host = re.sub(_DOT, ".", host, flags=re.I).lower().removeprefix("www.")
    return f"{host}{slash}{path}".rstrip("/")


def normal_digits(digits: str) -> str:
    """The number's digits without the prefix that depends on where one calls from (00, or a single 0)."""
    return digits.removeprefix("00").removeprefix("0")


def same_phone(one: str, other: str) -> bool:
    """Whether two numbers are one, written with and without the country's prefix."""
    short, long = sorted((one, other), key=len)
    return long == short or (len(short) >= 7 and 1 <= len(long) - len(short) <= 3 and long.endswith(short))
