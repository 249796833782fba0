"""The phrases from which a reply is put together without a model, in the languages we write."""

from dataclasses import dataclass

from aios.agents.qualifier.contract import Fact


@dataclass(frozen=True)
class Phrases:
    """One language's phrases; `{name}` and `{offer}` are filled in. None of them states a fact or promises anything."""

    greeting: str
    greeting_without_name: str
    thanks: str
    thanks_again: str
    offer: str
    no_offer: str
    also: str
    question: str
    questions: str
    no_question: str
    closing: str
    subject: str
    ask: dict[Fact, str]


ENGLISH = Phrases(
    greeting="Hello {name},",
    greeting_without_name="Hello,",
    thanks="thank you for your message.",
    thanks_again="thank you for your reply.",
    offer="From what you write, our {offer} fits best.",
    no_offer="I would like to understand what you need before I say anything about it.",
    also="On your other points:",
    question="To give you a proper answer I have one question:",
    questions="To give you a proper answer I have a few short questions:",
    no_question="If anything is unclear, simply reply to this message.",
    closing="Best regards,",
    subject="Your enquiry",
    ask={
        "need": "What would you like to have in the end, and for whom?",
        "scope": "How large is it roughly, for example in pages, sources or tasks?",
        "budget": "Is there a budget you would like to stay within?",
        "timeline": "When would you like it to be in use?",
        "contact": "How do we reach you best?",
        "company": "For which company or organisation is it?",
    },
)

GERMAN = Phrases(
    greeting="Guten Tag {name},",
    greeting_without_name="Guten Tag,",
    thanks="vielen Dank für Ihre Nachricht.",
    thanks_again="vielen Dank für Ihre Antwort.",
    offer="Nach dem, was Sie schreiben, passt {offer} am besten.",
    no_offer="Bevor ich etwas dazu sage, möchte ich verstehen, was Sie brauchen.",
    also="Zu Ihren weiteren Punkten:",
    question="Für eine gute Antwort habe ich noch eine Frage:",
    questions="Für eine gute Antwort habe ich noch kurze Fragen:",
    no_question="Wenn etwas unklar ist, antworten Sie einfach auf diese Nachricht.",
    closing="Mit freundlichen Grüßen",
    subject="Ihre Anfrage",
    ask={
        "need": "Was soll am Ende entstehen, und für wen?",
        "scope": "Wie groß ist es ungefähr, zum Beispiel in Seiten, Quellen oder Aufgaben?",
        "budget": "Gibt es ein Budget, in dem Sie bleiben möchten?",
        "timeline": "Wann soll es im Einsatz sein?",
        "contact": "Wie sind Sie am besten zu erreichen?",
        "company": "Für welches Unternehmen oder welche Organisation ist es?",
    },
)

PHRASES = {"en": ENGLISH, "de": GERMAN}
"""The languages that the rules write; others are answered in English."""
