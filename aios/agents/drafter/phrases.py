"""Phrases: the fixed wording of a reply without a model, in English and German."""

from dataclasses import dataclass

from aios.agents.qualifier.contract import Fact


@dataclass(frozen=True)
class Phrases:
    """The wording of one language and form of address. It states no fact; facts are quoted from documents."""

    name: str
    language: str
    hello: str
    hello_nobody: str
    thanks: str
    thanks_again: str
    fits: str
    may_fit: str
    unclear: str
    we_offer: str
    outside: str
    costs: str
    takes: str
    their_budget: str
    below_price: str
    look_myself: str
    ask_one: str
    ask_more: str
    questions: dict[Fact, str]
    english_fine: str
    farewell: str


ENGLISH = Phrases(
    name="en",
    language="en",
    hello="Hello {name},",
    hello_nobody="Hello,",
    thanks="Thank you for your message.",
    thanks_again="Thank you for getting back to me.",
    fits="From what you describe, our {offer} looks like the right fit.",
    may_fit="From what you describe, our {offer} comes closest.",
    unclear="From your message alone I cannot tell yet which of our services would help you.",
    we_offer="What we do: {offers}.",
    outside="Part of what you ask about is outside what we do. As our page puts it: {statement}",
    costs="{offer}: {amount}{per}.",
    takes="Lead time: {duration}.",
    their_budget="Thank you for naming your budget of {amount}.",
    below_price=(
        "I see that this is above your budget of {amount}; please tell me whether it makes sense for you all the same."
    ),
    look_myself="You also ask something that I want to look at myself before I answer.",
    ask_one="One question, so that my answer suits you:",
    ask_more="A few questions, so that my answer suits you:",
    questions={
        "need": "What exactly do you need, and what is it for?",
        "scope": "How large is it: what has to be part of it, and how much of it?",
        "timeline": "By when do you need it?",
        "budget": "Do you have a budget in mind?",
        "contact": "How can I best reach you?",
        "company": "Which company or organisation is it for?",
    },
    english_fine="I hope an answer in English is all right.",
    farewell="Best regards,",
)

GERMAN = Phrases(
    name="de",
    language="de",
    hello="Guten Tag {name},",
    hello_nobody="Guten Tag,",
    thanks="vielen Dank für Ihre Nachricht.",
    thanks_again="vielen Dank für Ihre Antwort.",
    fits="Nach dem, was Sie schreiben, ist „{offer}“ das Richtige für Sie.",
    may_fit="Nach dem, was Sie schreiben, kommt „{offer}“ dem am nächsten.",
    unclear="Aus Ihrer Nachricht allein sehe ich noch nicht, welche unserer Leistungen Ihnen hilft.",
    we_offer="Das machen wir: {offers}.",
    outside="Ein Teil Ihrer Anfrage liegt außerhalb dessen, was wir tun. Bei uns heißt es dazu: {statement}",
    costs="{offer}: {amount}{per}.",
    takes="Lieferzeit: {duration}.",
    their_budget="Danke, dass Sie Ihr Budget von {amount} nennen.",
    below_price=(
        "Ich sehe, dass das über Ihrem Budget von {amount} liegt; sagen Sie mir bitte, ob es für Sie trotzdem in Frage "
        "kommt."
    ),
    look_myself="Sie fragen außerdem etwas, das ich mir selbst ansehe, bevor ich antworte.",
    ask_one="Eine Frage noch, damit meine Antwort zu Ihnen passt:",
    ask_more="Ein paar Fragen noch, damit meine Antwort zu Ihnen passt:",
    questions={
        "need": "Was genau brauchen Sie, und wofür?",
        "scope": "Welchen Umfang hat es: Was soll dazugehören, und wie viel davon?",
        "timeline": "Bis wann brauchen Sie es?",
        "budget": "Haben Sie einen Kostenrahmen im Sinn?",
        "contact": "Wie erreiche ich Sie am besten?",
        "company": "Für welches Unternehmen oder welche Organisation ist es?",
    },
    english_fine="",
    farewell="Herzliche Grüße",
)

GERMAN_DU = Phrases(
    name="de-du",
    language="de",
    hello="Hallo {name},",
    hello_nobody="Hallo,",
    thanks="vielen Dank für deine Nachricht.",
    thanks_again="vielen Dank für deine Antwort.",
    fits="Nach dem, was du schreibst, ist „{offer}“ das Richtige für dich.",
    may_fit="Nach dem, was du schreibst, kommt „{offer}“ dem am nächsten.",
    unclear="Aus deiner Nachricht allein sehe ich noch nicht, welche unserer Leistungen dir hilft.",
    we_offer=GERMAN.we_offer,
    outside="Ein Teil deiner Anfrage liegt außerhalb dessen, was wir tun. Bei uns heißt es dazu: {statement}",
    costs=GERMAN.costs,
    takes=GERMAN.takes,
    their_budget="Danke, dass du dein Budget von {amount} nennst.",
    below_price=(
        "Ich sehe, dass das über deinem Budget von {amount} liegt; sag mir bitte, ob es für dich trotzdem in Frage "
        "kommt."
    ),
    look_myself="Du fragst außerdem etwas, das ich mir selbst ansehe, bevor ich antworte.",
    ask_one="Eine Frage noch, damit meine Antwort zu dir passt:",
    ask_more="Ein paar Fragen noch, damit meine Antwort zu dir passt:",
    questions={
        "need": "Was genau brauchst du, und wofür?",
        "scope": GERMAN.questions["scope"],
        "timeline": "Bis wann brauchst du es?",
        "budget": "Hast du einen Kostenrahmen im Sinn?",
        "contact": "Wie erreiche ich dich am besten?",
        "company": GERMAN.questions["company"],
    },
    english_fine="",
    farewell="Herzliche Grüße",
)
