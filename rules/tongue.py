"""Which language a text is written in, when that is certain: by the small words that every sentence needs."""

from __future__ import annotations

import re

READ = 4_000
"""So many letters are looked at: more make nothing surer."""
ENOUGH = 4
TIMES = 4
"""So many small words of one language there must be (ENOUGH), and so many times those of the next."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")  # noqa: RUF001 - the apostrophe that French mails have
_TEXTS = {
    "en": """the and you your for with have has was were are this that from would could should please thanks thank
        hello dear regards when what how can can't don't i'm i've it's not but they their there been will which""",
    "fr": """le les des une est et vous votre nous notre pour avec dans sur pas plus mais je j'ai c'est n'est qu'il
        que qui quoi bonjour merci cordialement bonsoir madame monsieur être avoir ai suis avez êtes mon ma mes cette
        ce ces aux du pourriez pouvez depuis sans comment pourquoi""",
    "de": "der die das und ich nicht ist sie mit für auf ein eine den dem wir haben bitte danke",
    "es": "el los las una que por para con del está pero como muy gracias hola usted nos",
    "it": "il gli che per non con una della sono come grazie buongiorno questo più anche",
    "nl": "het een en van ik niet dat met voor zijn maar ook bedankt hallo wij kunnen",
    "pt": "o os uma que não para com por mas obrigado obrigada olá você está como",
}
_SMALL = {language: frozenset(words.split()) for language, words in _TEXTS.items()}
"""Other languages are here so that they are not taken for one of ours."""


def guess(text: str) -> str:
    """Return "en" or "fr" when a text is certainly written in it, else ""."""
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text[:READ])]  # noqa: RUF001
    found = {language: sum(word in small for word in words) for language, small in _SMALL.items()}
    best, second, *_rest = sorted(found, key=lambda one: found[one], reverse=True)
    certain = found[best] >= ENOUGH and found[best] >= TIMES * found[second]
    return best if certain and best in {"en", "fr"} else ""
