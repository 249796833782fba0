"""Injection: a text from outside that gives orders to a machine instead of speaking to a person."""

import re

from aios.policies.words import plain

_OF_YOURS = (
    r"(?:all |any |every |the |your |my |our |these |those |of |previous |prior |above |earlier |existing |internal "
    r"|safety )*"
)
_ORDERS = (
    rf"(?:ignore|disregard|forget|override|bypass|skip|drop|violate) {_OF_YOURS}"
    r"(?:instructions?|rules?|prompts?|guidelines?|polic(?:y|ies)|directives?|training|restrictions?|safeguards?"
    r"|approvals?)",
    r"(?:ignorier\w*|vergiss|vergessen sie|missacht\w*|übergeh\w*|umgeh\w*) (?:\w+ ){0,4}"
    r"(?:anweisung\w*|regeln?|vorgaben?|instruktion\w*|richtlinien?|prompts?|freigaben?)",
    r"(?:ignorez|oubliez|ignora|olvida|ignorate|negeer) (?:\w+ ){0,4}(?:instructions?|instrucciones|istruzioni"
    r"|règles|reglas|regole|instructies)",
    r"you are (?:now|no longer) (?:an? |the |my |our )?\w+",
    r"(?:du bist|sie sind) (?:jetzt|ab sofort|nun) (?:ein|eine|kein|keine|der|die|mein|meine) \w+",
    r"(?:system|developer|assistant) ?(?:prompt|message|override|instruction)s?",
    r"systemprompt|system-prompt|systemanweisung\w*",
    r"new (?:instructions?|rules?|directives?) (?:for|to) (?:you|the (?:ai|assistant|agent|model|system))",
    r"(?:note|message|instructions?|attention|hinweis|anweisung)\w* (?:to|for|an|für) (?:the |any |all |die |den "
    r"|alle )?"
    r"(?:ai|ki|llm|language model|assistant|assistent\w*|chatbot|agent|bot)s?",
    r"as an? (?:ai|language model|llm)(?: assistant| model)?",
    r"(?:developer|debug|god|admin|maintenance) mode",
    r"jailbreak|do anything now|prompt injection",
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>|\[/?inst\]|<</?sys>>|#{2,} ?(?:system|instruction"
    r"|response)",
    r"(?:^|\n| )(?:system|assistant) ?: ",
    r"(?:send|forward|email|mail|share|reveal|show|print|output|leak|disclose|give|tell) (?:me |us |them |over "
    r"|out )?"
    rf"{_OF_YOURS}(?:full |complete |entire |confidential |secret )*"
    r"(?:customer|client|contact|user|mailing|supplier|price)s?(?:'s?)? ?(?:lists?|data(?:base)?|records?"
    r"|details) (?:\w+ ){0,3}to [\w.+-]+@",
    rf"(?:send|forward|reveal|show|print|output|leak|disclose|repeat|tell me) (?:me |us )?{_OF_YOURS}(?:full "
    rf"|complete )*"
    r"(?:passwords?|credentials?|api[- ]?keys?|secrets?|tokens?|hidden prompt|configuration|customer list|client list"
    r"|customer data(?:base)?|kundenliste|kundendaten)",
    r"(?:schick\w*|send\w*|leite|gib|zeig\w*|verrat\w*) (?:\w+ ){0,5}(?:passw\w+|zugangsdaten|kundenliste\w*"
    r"|kundendaten|api-?schlüssel)",
    r"(?:respond|reply|answer|output|antworte\w*) (?:only |exactly |just |nur |ausschließlich "
    r"|ausschliesslich )+(?:with|mit)",
    r"(?:set|give|mark|assign|classify|rate|approve|treat|flag) (?:\w+ ){0,5}(?:confidence|score|as approved"
    r"|as trusted|priority to|automatically)",
    r"(?:without|ohne) (?:\w+ )?(?:asking|approval|human|confirmation|review|freigabe|rückfrage"
    r"|genehmigung) ?(?:the owner|review|approval)?"
    r" ?(?:send|transfer|pay|confirm|and send|senden|überweisen)?(?=[^.]{0,60}(?:agent|assistant|\bai\b|\bki\b"
    r"|system|bot|send|pay|transfer|senden))",
)
_PATTERN = re.compile("|".join(f"(?:{order})" for order in _ORDERS), re.IGNORECASE)


def injections(*texts: str) -> tuple[str, ...]:
    """The orders to a machine found in the texts, as they read with invisible characters gone; none is common."""
    found = (match.group().strip() for text in texts for match in _PATTERN.finditer(plain(text)))
    return tuple(dict.fromkeys(found))
