"""What a mail carries besides words, said in words: encryption, signatures, invitations, winmail.dat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.mail import bodies, calendar, headers, mime, pieces, tnef

if TYPE_CHECKING:
    from connectors.mail.bodies import Body
    from connectors.mail.mime import Mail, Part

_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNED_SMIME = frozenset({"signed-data", "certs-only", "compressed-data"})
_SIGNATURES = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
_PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"
_PGP_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_PGP_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_ENCRYPTED = "This mail is encrypted, and this inbox cannot decrypt it. What was sent is in the attachment."
_SEALED = "This mail is wrapped in a signature (S/MIME). What was sent is in the attachment."


def body(mail: Mail) -> Body:
    """Return what the mail says, with uuencoded files and PGP armour taken out and winmail.dat looked into."""
    found = bodies.read(mail)
    text = found.text
    if "begin " in text:
        text = pieces.uu_blocks(text)[0]
    if "-----BEGIN PGP" in text:
        text = _without_armour(mail, text)
    if not text.strip() and not found.html:
        return _packed(mail) or found
    return found if text is found.text else found._replace(text=text)


def _without_armour(mail: Mail, text: str) -> str:
    if _PGP_MESSAGE in text:
        mail.notes.add("encrypted")
    if _PGP_SIGNED not in text:
        return text
    mail.notes.add("signed")
    before, _, signed = text.partition(_PGP_SIGNED)
    words = signed.partition("\n\n")[2].partition(_PGP_SIGNATURE)[0]
    return before + "\n".join(line.removeprefix("- ") for line in words.split("\n"))


def _packed(mail: Mail) -> Body | None:
    """Return the body that Outlook put into winmail.dat, None where there is none."""
    for part in pieces.leaves(mail.root):
        if part.type in tnef.TYPES:
            inner = tnef.read(mime.payload(mail.raw, part))
            if inner is not None and (inner.text or inner.html):
                return bodies.from_both(inner.text, inner.html)
    return None


def sentences(mail: Mail, text: str) -> list[str]:
    """Return the sentences that stand for what cannot be shown as it is, and note what it was."""
    found: list[str] = []
    if mail.root.children or not mail.root.type.startswith("text/plain"):
        for part in pieces.leaves(mail.root):
            said = _sentence(mail, part)
            if said and said not in found:
                found.append(said)
    if _ENCRYPTED not in found and "encrypted" in mail.notes and _PGP_MESSAGE in text:
        found.append("This mail is encrypted with PGP, and this inbox cannot decrypt it.")
    return found


def _sentence(mail: Mail, part: Part) -> str:
    if part.type == "text/calendar":
        mail.notes.add("calendar")
        return calendar.sentence(bodies.leaf_text(mail, part))
    if part.within == "multipart/signed" or part.type in _SIGNATURES:
        mail.notes.add("signed")
    if part.type in _SMIME:
        return _smime(mail, part)
    if part.type == "application/pgp-encrypted" or part.within == "multipart/encrypted":
        mail.notes.add("encrypted")
        return _ENCRYPTED
    return ""


def _smime(mail: Mail, part: Part) -> str:
    """S/MIME in one piece (RFC 8551 section 3.2.2) says what it is by smime-type, or by the ending of its name."""
    kind = headers.text(part.kind.parameters.get("smime-type", "")).lower()
    if kind in _SIGNED_SMIME or (not kind and bodies.file_name(part).lower().endswith(".p7s")):
        mail.notes.add("signed")
        return _SEALED
    mail.notes.add("encrypted")
    return _ENCRYPTED
