"""A believable week at a small company that makes shared boards for teachers; every person in it is made up.

Each talk: the channel, who writes, the subject, and lines (hours before now, who, text). `them` is the customer, a name
of the team answers, `note:` leaves a note, `close:` closes with these words, `away` is an automatic reply.
"""

from __future__ import annotations

from dataclasses import dataclass

TEAM = (
    ("Ann Keller", "founder"),
    ("Bo Lindqvist", "member"),
    ("Léa Moreau", "member"),
    ("Malik Benali", "member"),
    ("Greta Olsen", "member"),
)
ON_DUTY = "Léa Moreau"
ACCOUNTS = (
    ("mail", "support@boards.example", "Boards support"),
    ("schools", "schools@boards.example", "Boards for schools"),
    ("x", "@boards", "Boards on X"),
    ("sms", "+15550100", "Boards by SMS"),
    ("whatsapp", "whatsapp:+15550101", "Boards on WhatsApp"),
    ("telegram", "@boards_bot", "Boards on Telegram"),
    ("widget", "boards.example", "Chat on the site"),
    ("voice", "+15550102", "The phone"),
)


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation of the demo.

    offset: minutes east of UTC, as their clock stands; known: what the team notes about them.
    """

    channel: str
    who: str
    handle: str
    subject: str
    lines: tuple[tuple[float, str, str], ...]
    assignee: str = ""
    tags: tuple[str, ...] = ()
    offset: int | None = None
    known: str = ""


WEEK = (
    Talk(
        "mail",
        "Carol Diaz",
        "carol.diaz@riverside-school.example",
        "Can't export my board",
        (
            (21.8, "them", "Hello,\n\nwhen I press Export → PDF the page stays white. It worked last week.\n\nCarol"),
            (20.1, "note:Bo Lindqvist", "Happens with boards above 200 cards. Asked Ann whether the fix is out."),
            (3.2, "them", "I tried Firefox too, the same. My parents' evening is tomorrow, so I am a little worried."),
        ),
        assignee="Bo Lindqvist",
        tags=("export", "bug"),
        offset=-300,
        known="Teaches three classes at Riverside. Prints everything; rings rather than writes when it is urgent.",
    ),
    Talk(
        "voice",
        "Sam Okafor",
        "+15550147",
        "Missed call",
        (
            (
                23.3,
                "them",
                "Missed call, 14 seconds of voicemail: “Hi, it's Sam, please ring me back about the invoice.”",
            ),
        ),
    ),
    Talk(
        "whatsapp",
        "Dana Kim",
        "whatsapp:+15550162",
        "re: invoice",
        (
            (49.0, "them", "Hi! Can the invoice be made out to the school instead of to me?"),
            (47.5, "Léa Moreau", "Of course. Which name and address should stand on it?"),
            (13.1, "them", "Hillcrest Primary, 12 Orchard Lane. Thank you so much"),
        ),
        assignee="Léa Moreau",
        tags=("billing",),
    ),
    Talk(
        "mail",
        "Petra Novák",
        "petra@gymnazium.example",
        "Shared board disappeared",
        (
            (
                26.2,
                "them",
                "Our shared board “Chemie 9B” is gone since yesterday evening. 24 students used it. Please help.",
            ),
            (25.9, "note:Ann Keller", "Restored from the backup, waiting for the job to finish before we answer."),
        ),
        assignee="Ann Keller",
        tags=("data", "urgent"),
        offset=60,
    ),
    Talk(
        "x",
        "Marta",
        "@marta_teaches",
        "",
        (
            (
                6.4,
                "them",
                "@boards is there any way to lock a board while the class is working on it? Loving it so far.",
            ),
        ),
        tags=("idea",),
    ),
    Talk(
        "widget",
        "Jonas Weber",
        "visitor-7f31",
        "Question on the pricing page",
        (
            (1.6, "them", "Is there a price for a whole school? We are about 40 teachers."),
            (1.4, "them", "And can we pay by bank transfer?"),
        ),
        tags=("sales",),
    ),
    Talk(
        "telegram",
        "Aiko Tanaka",
        "aiko_t",
        "",
        (
            (30.0, "them", "Does the app work offline? Our wifi is bad on Fridays."),
            (28.7, "Bo Lindqvist", "Yes: open the board once while online, it stays on the device for 30 days."),
            (28.5, "them", "Perfect, thank you!"),
            (27.9, "close:Bo Lindqvist", "thanks"),
        ),
    ),
    Talk(
        "sms",
        "+1 555 0188",
        "+15550188",
        "",
        ((9.7, "them", "Login code never arrives. Tried 4 times. Grade 5 is waiting :("),),
        tags=("login",),
    ),
    Talk(
        "mail",
        "Henrik Larsen",
        "henrik@larsen-design.example",
        "Feature idea: colours per group",
        (
            (70.0, "them", "Would be wonderful if every group had its own colour. I mocked it up, happy to show you."),
            (66.5, "Ann Keller", "Lovely idea, Henrik. May I call you this week to see the mock-up?"),
            (65.0, "them", "Gladly! Thursday after 15:00 works."),
            (
                44.0,
                "Ann Keller",
                "Thank you for the call. It is on the roadmap now, and you will hear from me when it ships.",
            ),
        ),
        tags=("idea",),
    ),
    Talk(
        "mail",
        "Nadia Rossi",
        "nadia.rossi@liceo-verdi.example",
        "Accesso per i genitori",
        (
            (52.0, "them", "Buongiorno,\n\ni genitori possono vedere la bacheca senza registrarsi?\n\nGrazie, Nadia"),
            (45.1, "Léa Moreau", "Buongiorno Nadia, sì: “Condividi → Solo lettura” crea un link senza registrazione."),
            (44.9, "away", "I am out of the office until Monday."),
        ),
    ),
    Talk(
        "mail",
        "Tom Becker",
        "tom@becker.example",
        "Cancel my subscription",
        (
            (96.0, "them", "Please cancel, I change schools in January."),
            (
                91.0,
                "Bo Lindqvist",
                "Done, Tom. Your boards stay readable until the end of the year. What could we do better?",
            ),
            (80.0, "them", "Honestly? More templates for maths. Everything else was great."),
            (77.0, "Bo Lindqvist", "Passed on, with your name. Good luck at the new school."),
        ),
        tags=("cancelled",),
        offset=60,
    ),
    Talk(
        "mail",
        "Fatima Haddad",
        "fatima@ecole-lumiere.example",
        "Impossible d'inviter ma classe",
        (
            (
                15.8,
                "them",
                "Bonjour,\n\nle lien d'invitation affiche « expiré » alors que je viens de le créer.\n\nFatima",
            ),
            (
                15.0,
                "note:Léa Moreau",
                "Her clock is 2 h ahead; the link checks the time on the device. Known bug, fix planned.",
            ),
        ),
        assignee="Léa Moreau",
        tags=("bug",),
    ),
    Talk(
        "x",
        "Priya",
        "@priya_codes",
        "",
        (
            (33.0, "them", "@boards your dark mode on the board list is gorgeous, who made this?"),
            (31.2, "Léa Moreau", "Thank you! That was Bo, he blushes now."),
        ),
    ),
    Talk(
        "mail",
        "Growth Rocket",
        "hello@growth-rocket.example",
        "10x your leads in 7 days",
        ((39.0, "them", "Dear Sir, we guarantee 500 leads. Reply YES."), (38.8, "spam:Bo Lindqvist", "")),
    ),
    Talk(
        "mail",
        "Elena Petrova",
        "elena@school57.example",
        "Two accounts by mistake",
        (
            (120.0, "them", "I registered twice, once with my private address. Can you join the two?"),
            (95.0, "Ann Keller", "Done, both lists of boards are together now. Sorry that it took us more than a day."),
        ),
    ),
    Talk(
        "whatsapp",
        "Luis Romero",
        "whatsapp:+15550193",
        "",
        ((2.9, "them", "Hola, ¿puedo usar las plantillas del año pasado?"),),
    ),
)

LATER = (
    (
        "mail",
        "Grace Lee",
        "grace.lee@northside.example",
        "Printing",
        "Can I print a board on A3? The preview shows only A4.",
    ),
    ("telegram", "Omar", "omar_k", "", "The app says “session ended” every hour. Is that on purpose?"),
    ("widget", "Visitor from Lyon", "visitor-91ab", "Question on the sign-up page", "Do you store data in the EU?"),
    ("x", "Ben", "@ben_in_class", "", "@boards down for anyone else?"),
    ("mail", "Yuki Mori", "yuki@sakura-school.example", "Export again", "The export works now. Thank you!"),
)
"""Who writes while the demo is open, one every few minutes."""
