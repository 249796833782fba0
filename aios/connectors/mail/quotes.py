"""A mail's text taken apart: what is new, what it quotes, and the signature. Linear in the length of the text."""

import re
from dataclasses import dataclass

LONG_LINE = 400
SIGNATURE_LINES = 14
SIGNATURE_WIDTH = 100

_VERBS = "wrote|schrieb|a écrit|escribió|ha scritto|schreef|skrev|napisał|napsal|escreveu|kirjoitti|пишет|писал|написал"
_WROTE = re.compile(rf"\b(?:{_VERBS})(?:\b|\().{{0,60}}[:：]$|のメール[:：]?$")
_WHEN = re.compile(r"\d{1,2}[:.]\d\d|\d{4}|@")
_SEPARATOR = re.compile(
    r"^-{2,}\s*(original message|forwarded message|original-?nachricht|ursprüngliche nachricht"
    r"|weitergeleitete nachricht|message d'origine|message original|message transféré"
    r"|mensaje original|messaggio originale"
    r"|oorspronkelijk bericht|original meddelelse|oprindelig meddelelse)\s*-{2,}$|^_{20,}$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\**(from|von|de|da|van|från|fra|od|от|expéditeur|remitente)\s?\**\s?[:：]\**\s?\S", re.IGNORECASE)
_OTHER = re.compile(
    r"^\**(sent|date|to|cc|subject|gesendet|datum|an|betreff|kopie|envoyé|à|objet|enviado|fecha|para|asunto"
    r"|inviato|data|a|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne"
    r"|wysłano|do|temat|дата|кому|тема)"
    r"\s?\**\s?[:：]",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"^\**(subject|betreff|objet|asunto|oggetto|onderwerp|ämne|emne|temat|тема)\b", re.IGNORECASE)
_DEVICE = re.compile(
    r"^(sent from my|sent from mail|get outlook for|gesendet von|von meinem .{2,40} gesendet|envoyé de|envoyé depuis"
    r"|enviado desde|inviato da|verzonden vanaf|skickat från|sendt fra|wysłane z|отправлено)\b.{0,80}$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^((with )?(best|kind|warm|many)?\s?regards|(best|warm|kind|all the) (wishes|best)|best|cheers|sincerely"
    r"|yours (sincerely|truly|faithfully)|thanks( and regards| in advance| a lot)?|many thanks|thank you"
    r"|mit (freundlichen|besten|herzlichen|lieben) grü(ß|ss)en"
    r"|(viele|beste|liebe|freundliche|herzliche|schöne) grü(ß|ss)e"
    r"|(viele|beste|liebe|freundliche) gruesse|mit freundlichen gruessen|mfg|vg|lg|gruß"
    r"|(bien )?cordialement|bien à vous|sincères salutations|merci( d'avance)?"
    r"|(un )?(cordial )?saludos?( cordiales?)?|atentamente|gracias|cordiali saluti|distinti saluti|grazie"
    r"|met vriendelijke groet(en)?|med vänlig(a)? hälsning(ar)?|(med )?venlig hilsen|mvh"
    r"|z poważaniem|pozdrawiam|s pozdravem|с уважением|よろしくお願い(いた)?します|以上)"
    r"\s*(,.{0,30}|[.!。]|from .{2,40}|aus .{2,40})?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Split:
    """The three parts of a mail's text."""

    text: str
    quoted: str = ""
    signature: str = ""


def split(text: str) -> Split:
    """Take the text apart. A mail that is nothing but a quote (a forward) keeps it all as its text."""
    lines = [line.rstrip() for line in text.split("\n")]
    cut = next((at for at in range(len(lines)) if _starts_history(lines, at)), len(lines))
    fresh, quoted = _without_marked(lines[:cut])
    quoted += lines[cut:]
    at = _signature_start(fresh)
    new = _join(fresh[:at])
    if not new:
        return Split(_join(lines))
    return Split(new, _join(quoted), _join(fresh[at:]))


def _starts_history(lines: list[str], at: int) -> bool:
    """Whether everything from this line on is an older message."""
    line = lines[at].strip()
    if not line or len(line) > LONG_LINE:
        return False
    if _SEPARATOR.match(line):
        return not line.startswith("_") or _is_header_block(lines, at + 1)
    if _FROM.match(line):
        return _is_header_block(lines, at)
    return _is_attribution(lines, at) and not _next_is_marked(lines, at)


def _is_header_block(lines: list[str], at: int) -> bool:
    block = [line.strip() for line in lines[at : at + 8] if line.strip()][:6]
    starts = any(_FROM.match(line) for line in block[:1])
    return starts and any(map(_SUBJECT.match, block)) and sum(bool(_OTHER.match(line)) for line in block) >= 2


def _is_attribution(lines: list[str], at: int) -> bool:
    """`On … , somebody wrote:` on this line, or broken over this and the next one."""
    here, two = lines[at].strip(), " ".join(line.strip() for line in lines[at : at + 2])
    return any(len(each) <= LONG_LINE and bool(_WROTE.search(each) and _WHEN.search(each)) for each in (here, two))


def _next_is_marked(lines: list[str], at: int) -> bool:
    following = (line for line in lines[at + 1 : at + 5] if line.strip() and not line.rstrip().endswith((":", "：")))
    return next(following, "").lstrip().startswith(">")


def _without_marked(lines: list[str]) -> tuple[list[str], list[str]]:
    """Lines that are new, and lines marked with `>` together with what introduces them."""
    fresh: list[str] = []
    quoted: list[str] = []
    for line in lines:
        if line.lstrip().startswith(">"):
            quoted += [*_take_attribution(fresh), line]
        elif line or not (fresh and not fresh[-1]):
            fresh.append(line)
    return fresh, quoted


def _take_attribution(fresh: list[str]) -> list[str]:
    """Remove the line or two before a quote that end in a colon and say who wrote it, and when."""
    end = len(fresh)
    while end and not fresh[end - 1].strip():
        end -= 1
    for count in (1, 2, 3):
        start = end - count
        if start < 0 or not fresh[start].strip():
            break
        joined = " ".join(line.strip() for line in fresh[start:end])
        if len(joined) <= LONG_LINE and joined.endswith((":", "：")) and _WHEN.search(joined):
            taken = fresh[start:end]
            del fresh[start:]
            return taken
    return []


def _signature_start(lines: list[str]) -> int:
    """Where the signature starts: at `--`, or at closing words that only a name and its details follow."""
    filled = [at for at, line in enumerate(lines) if line.strip()]
    dashes = [at for at in filled[1:][-SIGNATURE_LINES * 2 :] if lines[at].strip() == "--"]
    closings = [at for at in filled[1:][-SIGNATURE_LINES:] if _closes(lines, at)]
    return min([*dashes[:1], *closings[:1]], default=len(lines))


def _closes(lines: list[str], at: int) -> bool:
    line = lines[at].strip()
    closing = len(line) <= SIGNATURE_WIDTH and bool(_CLOSING.match(line) or _DEVICE.match(line))
    return closing and not any(_says_something(each.strip()) for each in lines[at + 1 :])


def _says_something(line: str) -> bool:
    """Whether a line after the closing words is more than a name, an address or a number."""
    sentence = len(line.split()) > 4 and line.endswith((".", "!", "?"))
    return sentence or len(line) > SIGNATURE_WIDTH or line.lower().startswith(("ps:", "ps ", "p.s."))


def _join(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
