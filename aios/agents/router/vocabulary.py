"""The phrases by which the router's rules tell messages apart; in English and German, the plainest also elsewhere."""

from aios.agents.signals import signal

INTEREST = (
    signal(
        "asks for an offer",
        3,
        r"quot(?:e|ation)s?\b|proposal|estimate|angebot\b|kostenvoranschlag|offerte|devis\b|presupuesto"
        r"|preventivo|or[cç]amento"
        r"|wycen|nabídk",
    ),
    signal(
        "asks for a price",
        3,
        r"how much|what (?:does|do|would) .{1,40} cost|pric(?:e|es|ing)\b|costs?\b|rates?\b|was (?:kostet|kosten"
        r"|würde)"
        r"|preis|kosten\b|stundensatz|tarifs?\b|prix\b|combien|precios?\b|cuánto|prezz|prijs|koszt",
    ),
    signal(
        "needs something",
        2,
        r"(?:we|i)(?:'re| are| am|'m)? (?:need|looking|searching|planning|want|would like|interested|require"
        r"|hoping|seeking)"
        r"|looking for|interested in|in need of|could you (?:help|build|make|design|do|offer)|can you (?:help"
        r"|build|make|design|do|offer)"
        r"|wir (?:brauchen|suchen|benötigen|möchten|planen|wollen|bräuchten|würden)"
        r"|ich (?:brauche|suche|benötige|möchte|plane|bräuchte|würde)|interess(?:e|iert|ieren)|suchen (?:wir|eine)"
        r"|nous (?:cherchons|avons besoin|souhaitons|voulons|sommes intéressés)|je (?:cherche|souhaite|voudrais)"
        r"|necesit|buscamos|nos interesa|queremos|cerchiamo|vorr(?:ei|emmo)|abbiamo bisogno|wij zoeken|we zoeken"
        r"|potrzebuj",
    ),
    signal(
        "speaks of a project",
        2,
        r"projects?\b|projekt|projet|proyecto|progetto|relaunch|redesign|website|web ?site|webseite|homepage"
        r"|online ?shop|web ?shop"
        r"|workshops?\b|training|schulung|consult|beratung|support|wartung|maintenance|automat|branding|logo\b"
        r"|audit|migration"
        r"|implementation|integration|coaching|retainer|site (?:web|internet)|página web|sito web",
    ),
    signal("names a budget", 2, r"budgets?\b|can spend|afford|kostenrahmen|preisrahmen|presupuesto"),
    signal(
        "asks for a time",
        1,
        r"availab|timeline|deadline|lead time|how (?:long|soon|quickly)|start(?:ing)? in|by (?:the end of|next)"
        r"|verfügbar|zeitnah"
        r"|lieferzeit|wie (?:lange|schnell)|bis (?:ende|anfang|mitte)|kapazität|frist\b|délai|plazo",
    ),
    signal(
        "wants to talk",
        1,
        r"book a call|schedule a call|set up a call|hop on a call|appointment|erstgespräch|termin\b|telefonat"
        r"|rückruf|call me back",
    ),
    signal("was recommended to us", 2, r"recommend(?:ed|ation)|referred|empfehlung|empfohlen|recommandé"),
)

SPAM = (
    signal(
        "search engine offers",
        4,
        r"seo (?:services?|packages?|experts?|agency|audit)|first page of google|rank(?:ing)? (?:higher|#1|your)"
        r"|back ?links?\b"
        r"|guest posts?\b|link (?:building|insertion|exchange)|domain authority"
        r"|increase (?:your )?(?:web(?:site)? )?traffic"
        r"|auf seite 1 (?:von|bei) google",
    ),
    signal(
        "easy money",
        4,
        r"make money|earn \$|passive income|work from home|double your|get rich|crypto(?:currency)?|bitcoin|forex"
        r"|trading signals?"
        r"|investment opportunity|guaranteed (?:profit|returns?|income)|risk[- ]free|schnell(?:es)? geld"
        r"|geld verdienen",
    ),
    signal(
        "a fortune waiting",
        5,
        r"lottery|you (?:have |'ve )?won\b|winner|inheritance|next of kin|million (?:us )?(?:dollars|usd|euros)"
        r"|beneficiary|barrister"
        r"|prince\b|atm card|western union|gewonnen|erbschaft",
    ),
    signal(
        "loans",
        4,
        r"(?:business|personal|instant|quick) loans?\b|loan offer|sofortkredit|kredit ohne schufa|funding approved",
    ),
    signal(
        "pills and the like",
        5,
        r"viagra|cialis|casino|betting|porn|xxx\b|escort|weight loss|keto\b|cbd (?:oil|gummies)|potenzmittel",
    ),
    signal(
        "address lists",
        4,
        r"(?:email|contact|mailing|leads?) (?:list|database)s? (?:of|for sale|available)|verified (?:emails|leads"
        r"|contacts)"
        r"|adressen kaufen|email blast",
    ),
    signal(
        "pressure to act",
        2,
        r"act now|limited[- ]time|offer (?:ends|expires)|100% free|click (?:here|below|the link)|don't miss"
        r"|exclusive deal"
        r"|jetzt zuschlagen|nur (?:noch )?heute|klicken sie hier|hier klicken|risk free",
    ),
    signal(
        "no name",
        1,
        r"dear (?:sir|madam|friend|business owner|website owner|site owner|customer)"
        "|greetings of the day",
    ),
)

PITCH = (
    signal(
        "offers its own services",
        3,
        r"we (?:offer|provide|specialise|specialize|are a leading|are an? (?:it|web|software|digital|seo"
        r"|marketing|design|offshore))"
        r"|our (?:team of (?:\w+ )?(?:developers|designers|experts|specialists)|services include"
        r"|(?:team|agency|developers|designers|experts) (?:offers?|provides?|can|will|helps?|guarantees?"
        r"|speciali[sz]\w+))"
        r"|i (?:came across|found|was (?:on"
        r"|browsing)) your (?:web ?site|company)"
        r"|wir bieten ihnen|wir sind (?:ein führender|eine führende|ein spezialisierter)|ich bin auf ihre (?:web"
        r"|inter)",
    ),
    signal(
        "wants to sell to us",
        2,
        r"outsourc|offshore|dedicated developers?|white[- ]label|boost your|grow your business|more customers"
        r"|increase your (?:sales|revenue)"
        r"|companies like yours|businesses like yours|interested in a (?:quick|free|short) (?:call|chat|demo"
        r"|audit)|free (?:audit|demo)"
        r"|mehr kunden|neukunden gewinnen|unternehmen wie ihr",
    ),
    signal("follows up on itself", 1, r"just following up on my (?:last|previous) email|did you get a chance to"),
)

PHISHING = (
    signal(
        "phishing",
        5,
        r"verify your (?:account|identity|email|password)|(?:account|mailbox|password) (?:has been |will be |is )?"
        r"(?:suspended|expir|deactivat|blocked|limited|locked|full)|unusual (?:sign|login|activity)"
        r"|confirm your (?:account|password|payment)"
        r"|update your (?:billing|payment|account)|konto (?:wurde |wird )?(?:gesperrt|eingeschränkt)"
        r"|passwort (?:läuft|abgelaufen)"
        r"|bestätigen sie ihr(?:e|en)? (?:konto|daten|identität)|gift cards?\b|wire transfer",
    ),
)

NEWSLETTER = (
    signal(
        "can be unsubscribed",
        3,
        r"unsubscribe|manage (?:your )?preferences|abbestellen|abmelden|newsletter abmelden|désabonner"
        r"|view in browser|im browser ansehen",
    ),
    signal("calls itself a newsletter", 2, r"newsletter|this week in|weekly digest|wochenrückblick|ausgabe nr"),
)

APPLICATION = (
    signal(
        "applies for a job",
        4,
        r"bewerbung|bewerbe (?:ich )?mich|initiativbewerbung|job application|apply(?:ing)? for (?:the|a|an"
        r"|your) (?:\w+ ){0,3}"
        r"(?:position|role|job|internship|vacancy)|application for (?:the )?(?:\w+ ){0,3}(?:position|role|job"
        r"|internship)|candidature",
    ),
    signal(
        "brings a curriculum vitae",
        2,
        r"my (?:cv|résumé|resume)\b|(?:attached|enclosed) (?:is |you will find )?my|curriculum vitae|lebenslauf"
        r"|praktik(?:um|ant)"
        r"|werkstudent|internship|job opening|vacanc|stellenanzeige|ausgeschriebene stelle",
    ),
)

PAPERS = (
    signal(
        "is a paper",
        3,
        r"(?:your |ihre )?(?:invoice|receipt|order confirmation|payment reminder|rechnung|mahnung"
        r"|zahlungserinnerung|auftragsbestätigung"
        r"|lieferschein|bestellbestätigung) (?:no\.?|nr\.?|number|nummer|#|\d|attached|is attached|im anhang|anbei)",
    ),
)

COMPLAINT = (
    signal(
        "complains",
        2,
        r"complain|unacceptable|disappointed|refund|not happy|lawyer|legal action|beschwer|reklam|enttäusch"
        r"|unzufrieden|anwalt"
        r"|geld zurück|mangelhaft|fristsetzung",
    ),
)
