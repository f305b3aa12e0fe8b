"""How mail programs in many languages introduce what they quote, forward or add: words only, no logic.

All in lower case. Sources: the clients themselves, and the corpus in which their mails were collected.
"""

# ruff: noqa: RUF001  # letters of other alphabets that look like ours are what this file is for

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Make a set of phrases that are written in a row with | between them."""
    return frozenset(word.strip() for word in text.split("|") if word.strip())


VERBS = tuple(
    sorted(
        words(
            "wrote|writes|said|a écrit|écrit|schrieb|schrieb am|geschrieben|escribió|escribio|escribe|escreveu"
            "|escreve|schreef|geschreven|ha scritto|scrive|scritto|skrev|skrifar|skrifaði|napisał|napisała"
            "|napisał(a)|napisal|napisala|pisze|kirjoitti|kirjutas|írta|написал|написала|написал(а)|пишет|писал"
            "|писала|пише|написав|a scris|napísal|napísal(a)|napsal|napsala|napsal(a)|yazdı|έγραψε|כתב|כתבה|כתב/ה"
            "|كتب|写道|寫道|写到|書きました|đã viết|va escriure|escrigué|idatzi du|rašė|rakstīja|je napisao"
            "|je napisala|je napisao/la|menulis|님이 작성|작성"
        )
    )
)

STARTERS = words(
    "on|le|am|el|em|op|il|in|den|dnia|w|w dniu|em|no|a|à|på|pe|în|dne|dňa|na|tarihinde|vào|vào ngày|в|на|ven|lør"
    "|søn|mon|tue|wed|thu|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday|lun|mar|mer|jeu|sam"
    "|dim|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|mo|di|mi|do|fr|sa|so|lunes|martes|miércoles"
    "|jueves|viernes|sábado|domingo|jue|vie|sáb|dom|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|gio"
    "|seg|ter|qua|qui|sex|ma|wo|vr|za|zo|man|tir|ons|tor|fre|lördag|пн|вт|ср|чт|пт|сб|вс|pn|wt|śr|czw|pt|sob|niedz"
    "|ti|ke|to|pe|la|su"
)

QUOTE_SEPARATORS = words(
    "original message|original appointment|reply message|reply above this line|ursprüngliche nachricht"
    "|original-nachricht|originalnachricht|original nachricht|original-mail|message d'origine|message d’origine"
    "|message original|message initial|mensaje original|mensagem original|messaggio originale"
    "|oorspronkelijk bericht|origineel bericht|oorspronkelijke bericht|oprindelig besked|oprindelig meddelelse"
    "|opprinnelig melding|ursprungligt meddelande|originalmeddelande|alkuperäinen viesti|wiadomość oryginalna"
    "|oryginalna wiadomość|исходное сообщение|оригинальное сообщение|původní zpráva|pôvodná správa|eredeti üzenet"
    "|mesaj original|mesajul original|orijinal mesaj|özgün ileti|orijinal ileti|αρχικό μήνυμα|הודעה מקורית"
    "|الرسالة الأصلية|原始邮件|原始郵件|原始邮件消息|原邮件|元のメッセージ|원본 메시지|원본 메일|thư gốc|pesan asli"
    "|missatge original|jatorrizko mezua|antwort|quoted message|reply to message|reply above this line to respond"
    "|please type your reply above this line|write above this line to reply"
)

FORWARD_SEPARATORS = words(
    "forwarded message|forwarded by|begin forwarded message|start of forwarded message|forwarded mail"
    "|weitergeleitete nachricht|weitergeleitete mail|anfang der weitergeleiteten nachricht"
    "|anfang der weitergeleiteten e-mail|message transféré|message réexpédié|début du message réexpédié"
    "|début du message transféré|courriel transféré|mensaje reenviado|inicio del mensaje reenviado"
    "|mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada|início da mensagem reencaminhada"
    "|messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht"
    "|videresendt meddelelse|videresendt besked|videresendt melding|videresend melding|vidarebefordrat meddelande"
    "|vidarebefordrat brev|välitetty viesti|edelleenlähetetty viesti|przekazana wiadomość"
    "|wiadomość przekazana dalej|przekazywana wiadomość|пересылаемое сообщение|перенаправленное сообщение"
    "|пересланное сообщение|пересылаемое письмо|переслане повідомлення|přeposlaná zpráva|preposlaná správa"
    "|továbbított üzenet|mesaj redirecționat|mesaj redirectionat|iletilmiş mesaj|yönlendirilmiş mesaj"
    "|iletilen ileti|προωθημένο μήνυμα|הודעה שהועברה|رسالة معاد توجيهها|转发的邮件|轉寄郵件|转发邮件信息|轉寄的郵件"
    "|転送されたメッセージ|転送メッセージ|전달된 메일|전달된 메시지|missatge reenviat|thư đã chuyển tiếp"
)

FROM_LABELS = words(
    "from|von|de|da|van|från|fra|od|от|від|от кого|lähettäjä|kimden|gönderen|feladó|expéditeur|remitente|mittente"
    "|afzender|remetente|odesílatel|odosielateľ|nadawca|avsändare|avsender|afsender|de la|expeditor|από|מאת|من"
    "|发件人|發件人|寄件者|寄件人|差出人|送信者|보낸 사람|보낸사람|từ|saatja|nuo|no|frá|dari"
)

SUBJECT_LABELS = words(
    "subject|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat|тема|aihe|konu|tárgy|předmět"
    "|predmet|subiect|θέμα|נושא|الموضوع|主题|主題|主旨|件名|제목|chủ đề|assumpte|teema|tema|perihal|gaia"
)

OTHER_LABELS = SUBJECT_LABELS | words(
    "sent|date|to|cc|bcc|reply-to|sent at|gesendet|gesendet am|datum|an|kopie|cc an|envoyé|envoyé le|date d'envoi|à"
    "|a|pour|copie à|copie|message du|enviado|enviado el|enviado em|enviada em|enviada|fecha|para|data|inviato"
    "|data invio|data|verzonden|verzonden op|aan|skickat|till|kopia|sendt|dato|til|kopi|wysłano|wysłane|do|dw|data"
    "|дата|отправлено|кому|копия|надіслано|lähetetty|päivämäärä|päiväys|vastaanottaja|kopio|gönderildi"
    "|gönderilme tarihi|tarih|kime|alıcı|bilgi|elküldve|dátum|címzett|másolatot kap|odesláno|komu|kopie|trimis"
    "|către|catre|στάλθηκε|ημερομηνία|προς|נשלח|תאריך|אל|תאריך שליחה|تاريخ الإرسال|التاريخ|إلى|发送时间|發送時間"
    "|日期|时间|收件人|抄送|寄件日期|傳送日期|收件者|副本|送信日時|日時|宛先|日付|보낸 날짜|보낸날짜|날짜|받는 사람"
    "|받는사람|참조|đã gửi|ngày|đến|tới|per a|saadetud|kellele|importance|priority|attachments|organization"
)

SENT_FROM = tuple(
    sorted(
        words(
            "sent from|sent via|sent with|sent using|sent on the go|get outlook for|gesendet von|gesendet mit"
            "|gesendet aus|von meinem|von mobilgerät gesendet|diese nachricht wurde von meinem|envoyé de mon"
            "|envoyé depuis|envoyé à partir|envoyé avec|envoyé d'un|envoyé par|télécharger outlook pour"
            "|obtenez outlook pour|provenance : courrier|enviado desde|enviado de|enviado do|enviado a partir"
            "|enviado con|enviado via|obtener outlook|obter o outlook|inviato da|inviato dal|ottieni outlook per"
            "|scarica outlook per|verstuurd vanaf|verzonden vanaf|verzonden met|verstuurd met|outlook voor"
            "|outlook for|outlook für|outlook pour|outlook para|outlook per|wysłane z|wysłano z|pobierz outlook"
            "|skickat från|skickades från|hämta outlook|sendt fra|hent outlook|få outlook|lähetetty"
            "|lähetetty laitteesta|отправлено с|отправлено из|послано с|отправлено от|надіслано з|odesláno z"
            "|odoslané z|elküldve a|trimis de pe|iphone'umdan gönderildi|από το|נשלח מ|أرسلت من|发自|發自|傳自"
            "|从我的|從我的|iphoneから送信|ipadから送信|androidから送信|나의 iphone|내 iphone|iphone에서"
            "|được gửi từ|enviat des|bidalia nire|download outlook"
        )
    )
)

SENT_FROM_END = (
    "gesendet",
    "から送信",
    "에서 보냄",
    "gönderildi",
    "发送",
    "發送",
    "傳送",
    "lähetetty",
    "herunterladen",
    "downloaden",
    "mail app",
)

FORWARD_PREFIXES = (
    "fwd:",
    "fw:",
    "wg:",
    "tr:",
    "rv:",
    "enc:",
    "doorst:",
    "fs:",
    "vs:",
    "vb:",
    "i:",
    "pd:",
    "转发:",
    "轉寄:",
    "fwd ",
)
