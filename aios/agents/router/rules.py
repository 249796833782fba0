"""The router without a model: signals in the text and the headers, weighed."""

from aios.agents.agent import MOST_READ, RULES_CONFIDENCE, RulesAnswer
from aios.agents.injection import injections
from aios.agents.language import language_of
from aios.agents.router.contract import Flag, Kind, RouterInput, Routing
from aios.agents.router.vocabulary import APPLICATION, COMPLAINT, INTEREST, NEWSLETTER, PAPERS, PHISHING, PITCH, SPAM
from aios.agents.signals import Found, look_for, weight
from aios.amounts import find_amounts
from aios.events.catalog import IncomingMessage
from aios.policies.words import plain

SPAM_AT = 4
"""The weight from which a message is spam, if nothing in it speaks for business as strongly."""

_Verdict = tuple[Kind, float, str]


def route(given: RouterInput) -> RulesAnswer[Routing]:
    """What the message is, by what it says; in doubt a lead, since a lost lead costs more than a look at one."""
    message = given.message
    text = said(message)
    language, sure = language_of(message.text or text)
    spam = look_for((*SPAM, *PITCH, *PHISHING), text)
    unwanted = weight(spam) + _shouting(message)
    interest = look_for(INTEREST, text)
    wanted = weight(interest) + _form_bonus(message)
    orders = injections(*everything(message))
    kind, confidence, reason = _machine(message, wanted, unwanted) or _judge(given, text, unwanted, wanted)
    reasons = [
        reason,
        *_because(interest if kind == "lead" else spam),
        *(f'It gives orders to a machine: "{orders[0][:60]}".' for _ in orders[:1]),
    ]
    output = Routing(
        kind=kind,
        language=language,
        flags=_flags(message, text, spam, bool(orders)),
        reasons=tuple(reasons[:6]),
        confidence=round(min(confidence - 0.1 * (sure < 0.5), RULES_CONFIDENCE), 2),
    )
    return RulesAnswer(output)


def said(message: IncomingMessage) -> str:
    """What the sender says: subject, text and form fields, as far as a person would read."""
    fields = (f"{name}: {value}" for name, value in message.fields.items())
    return "\n".join((message.subject, message.text, *fields))[:MOST_READ]


def everything(message: IncomingMessage) -> tuple[str, ...]:
    """Every text of the message that somebody outside wrote."""
    sender = message.sender
    return (
        said(message),
        message.quoted[:MOST_READ],
        message.signature[:MOST_READ],
        " ".join((sender.name, sender.organisation)),
        *(attachment.name for attachment in message.attachments),
    )


def _machine(message: IncomingMessage, wanted: int, unwanted: int) -> _Verdict | None:
    """What the headers say about mail that no person wrote to us."""
    flags = set(message.flags)
    if "bounce" in flags:
        return "other", 0.6, "The mail system reports that a mail could not be delivered."
    if "auto_reply" in flags:
        return "other", 0.6, "It is an automatic reply."
    if unwanted >= SPAM_AT and unwanted > wanted:
        return None
    listed = bool(flags & {"list", "bulk"})
    newsletter = weight(look_for(NEWSLETTER, said(message)))
    if (listed and newsletter + 2 >= wanted) or newsletter >= max(4, wanted):
        return "other", 0.6 if listed else 0.5, "It is a newsletter or a bulk mailing."
    return None


def _judge(given: RouterInput, text: str, unwanted: int, wanted: int) -> _Verdict:
    if unwanted >= SPAM_AT and unwanted > wanted:
        return "spam", 0.5 + 0.02 * min(unwanted - wanted, 5), "It reads like unwanted mail."
    if given.in_thread:
        return "reply", 0.6, "It continues a conversation."
    if weight(look_for(APPLICATION, text)) >= 4 and weight(look_for(APPLICATION, text)) > wanted - 2:
        return "other", 0.55, "It is a job application."
    if weight(look_for(PAPERS, text)) >= 3 and wanted < 3:
        return "other", 0.5, "It is an invoice, a receipt or a notice, not an inquiry."
    if not plain(given.message.text) and not given.message.fields:
        return "lead", 0.2, "There is no text to judge; please look yourself."
    if wanted >= 3:
        return "lead", 0.4 + 0.02 * min(wanted - unwanted, 10), "It asks for something we may sell."
    return "lead", 0.3, "Nothing says that it is not a lead; please look yourself."


def _shouting(message: IncomingMessage) -> int:
    text = f"{message.subject} {message.text}"
    letters = [letter for letter in text if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    loud = len(letters) > 30 and capitals > 0.6 * len(letters)
    return 2 * loud + (text.count("!") > 4) + (text.count("http") > 3)


def _form_bonus(message: IncomingMessage) -> int:
    return 2 * (message.channel in ("form", "csv")) + 2 * bool(find_amounts(said(message))) + ("?" in message.text)


def _because(found: tuple[Found, ...]) -> list[str]:
    strongest = sorted(found, key=lambda item: -item.signal.weight)[:3]
    return [f"{item.signal.name}: {', '.join(item.words[:3])}." for item in strongest]


def _flags(message: IncomingMessage, text: str, spam: tuple[Found, ...], orders: bool) -> tuple[Flag, ...]:
    names = {item.signal for item in spam}
    raised: dict[Flag, bool] = {
        "injection": orders,
        "auto_reply": "auto_reply" in message.flags,
        "bounce": "bounce" in message.flags,
        "newsletter": bool({"list", "bulk"} & set(message.flags)),
        "job_application": weight(look_for(APPLICATION, text)) >= 4,
        "sales_pitch": bool(names & set(PITCH)),
        "phishing": bool(names & set(PHISHING)),
        "complaint": weight(look_for(COMPLAINT, text)) >= 2,
    }
    return tuple(flag for flag, holds in raised.items() if holds)
