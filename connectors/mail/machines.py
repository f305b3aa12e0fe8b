"""How programs that write mail call themselves and what they write about: words only, small questions about them."""

# ruff: noqa: RUF001  # letters of other alphabets that look like ours belong to their words

from __future__ import annotations

import re

from connectors.mail import phrases

DAEMONS = (
    "mailer-daemon",
    "mailerdaemon",
    "mdaemon",
    "mail-daemon",
    "maildaemon",
    "mail.delivery",
    "mail-delivery",
)
PACKED = frozenset(
    {
        "application/zip",
        "application/gzip",
        "application/x-gzip",
        "application/x-zip",
        "application/x-zip-compressed",
        "application/xml",
        "text/xml",
        "application/octet-stream",
        "application/dmarc+xml",
        "application/tlsrpt+gzip",
        "application/tlsrpt+json",
    }
)
_BOUNCE_SUBJECTS = phrases.words(
    "undeliver|undelivered|delivery status notification|delivery notification|delivery report|delivery failure"
    "|delivery failed|delivery has failed|delivery problem|delivery error|delivery delayed|failure notice"
    "|failure delivery|returned mail|returned to sender|returning message|mail failed|failed mail|failed delivery"
    "|non-delivery|nondelivery|not delivered|could not be delivered|couldn't be delivered|can't be delivered"
    "|cannot be delivered|mail error|mail system error|processing error|message delayed|delayed mail|user unknown"
    "|unknown user|message could not|mail delivery|message delivery|email delivery|permanent delivery"
    "|warning: message|bounced mail|mail bounce|automatically rejected|rejected mail|unzustellbar|zustellung"
    "|nicht zugestellt|nicht zustellbar|non remis|non distribu|échec de la remise|échec de distribution"
    "|remise retardée|notification d'échec|no se puede entregar|no entregado|error de entrega|fallo en la entrega"
    "|no se ha podido entregar|não entregue|falha na entrega|não foi possível entregar|impossibile recapitare"
    "|mancato recapito|recapito non riuscito|mancata consegna|onbestelbaar|niet bezorgd|bezorging mislukt"
    "|kan inte levereras|olevererbart|leveringsfejl|ikke leveret|kan ikke leveres|toimitusilmoitus|nie dostarczono"
    "|niedostarczono|niedoręczon|zwrot poczty|не доставлено|недоставлен|не может быть доставлено|kézbesíthetetlen"
    "|nedoručiteln|teslim edilemedi|退信|退件|配信不能|配送不能|送信エラー|반송"
)
_VACATION = phrases.words(
    "out of office|out of the office|out-of-office|automatic reply|auto reply|autoreply|auto-reply|auto response"
    "|autoresponse|auto-response|automated response|automated reply|automatic response|auto:|away from|on vacation"
    "|vacation|on holiday|on leave|away until|i am away|i'm away|absence|abwesen|automatische antwort|außer haus"
    "|nicht im büro|urlaub|réponse automatique|reponse automatique|absent|absence du bureau|en congé|en vacances"
    "|respuesta automática|fuera de la oficina|fuera de oficina|ausente|de vacaciones|resposta automática"
    "|fora do escritório|ausência|ausente do|risposta automatica|fuori sede|fuori ufficio|assenza|in ferie"
    "|automatisch antwoord|afwezig|niet aanwezig|automatiskt svar|frånvar|automatisk svar|fraværend|fravær"
    "|ikke på kontoret|automaattinen vastaus|poissa|odpowiedź automatyczna|automatyczna odpowiedź|nieobecn"
    "|poza biurem|автоответ|автоматический ответ|нет на месте|в отпуске|automatická odpověď|nepřítomn"
    "|automatikus válasz|távollét|otomatik yanıt|ofis dışında|自动回复|自動回覆|自動回復|自動返信|不在|자동 회신"
    "|자동회신|부재중|αυτόματη απάντηση|răspuns automat"
)
_PROGRAM_STARTS = tuple(
    phrases.words(
        "automatic reply:|auto reply:|autoreply:|auto-reply:|out of office:|out of office autoreply:"
        "|automatische antwort:|abwesenheitsnotiz:|réponse automatique :|réponse automatique:|respuesta automática:"
        "|resposta automática:|risposta automatica:|automatisch antwoord:|automatiskt svar:|automatisk svar:"
        "|automaattinen vastaus:|odpowiedź automatyczna:|автоматический ответ:|автоответ:|automatická odpověď:"
        "|automatikus válasz:|otomatik yanıt:|自动回复:|自動回覆:|自動返信:|자동 회신:"
    )
)
ANSWERED = ("re:", "aw:", "sv:", "antw:", "odp:", "ré:", "res:", "ref:", "回复:", "答复:", "回覆:")
FORWARDED = ("vs:", "rv:", "fwd:", "fw:", "wg:", "tr:", "enc:", "doorst:", "vb:", "转发:", "轉寄:")
_NO_REPLY = re.compile(
    r"(?:no|not|donot|do-not|do_not)[-_.]?reply|nepasrepondre|ne-pas-repondre|noresponder|no-responder|nicht-?antworten|keine-?antwort"
)


def is_bounce_subject(subject: str) -> bool:
    """Say whether the subject is one that mail servers give to delivery reports."""
    words = subject.lower()
    return any(phrase in words for phrase in _BOUNCE_SUBJECTS)


def is_vacation_subject(subject: str) -> bool:
    """Say whether the subject speaks of absence or an automatic answer, in many languages: weak evidence."""
    words = subject.lower()
    return not words.startswith((*ANSWERED, *FORWARDED)) and any(phrase in words for phrase in _VACATION)


def is_program_subject(subject: str) -> bool:
    """Say whether the subject begins exactly as answering programs write it before the old subject."""
    return subject.lower().startswith(_PROGRAM_STARTS)


def is_answering_program(mailer: str) -> bool:
    """Say whether an X-Mailer names a program that only answers."""
    words = mailer.lower()
    return any(name in words for name in ("vacation", "autorespon", "auto-respon", "autoreply", "responder"))


def is_no_reply(address: str) -> bool:
    """Say whether the address itself asks not to be answered."""
    return _NO_REPLY.match(address) is not None


def looks_automatic(address: str) -> bool:
    """Say whether an address looks like a program's."""
    local = address.partition("@")[0]
    return is_no_reply(address) or any(word in local for word in ("report", "noreply", "no-reply", "dmarc", "support"))
