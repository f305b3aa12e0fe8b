"""File names that strangers chose, made harmless: a name is shown and stored, and never a path."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 200
_SEPARATORS = re.compile(r'[\\/:*?"<>|]+')
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)")
_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/pjpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/tiff": ".tiff",
    "image/bmp": ".bmp",
    "image/svg+xml": ".svg",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/gzip": ".gz",
    "application/json": ".json",
    "application/xml": ".xml",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/pgp-signature": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/rtf": ".rtf",
    "application/ms-tnef": ".dat",
    "application/msword": ".doc",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/feedback-report": ".txt",
}
_TYPES = {extension: kind for kind, extension in reversed(_EXTENSIONS.items())}


def safe(name: str, content_type: str = "") -> str:
    """Return a name without path, control or direction characters, of 1 to 200 characters, never a reserved one."""
    if not name.isascii() or not name.isprintable():
        name = unicodedata.normalize("NFC", "".join(c for c in name if unicodedata.category(c) not in _INVISIBLE))
    name = _SEPARATORS.sub("_", name).strip(" .") if not _plain(name) else name
    if _RESERVED.match(name):
        name = "_" + name
    if not name:
        name = "invite.ics" if content_type == "text/calendar" else "attachment" + _EXTENSIONS.get(content_type, ".bin")
    return name if len(name) <= MAX_NAME else _shortened(name)


def _plain(name: str) -> bool:
    return name.replace(".", "").replace("-", "").replace("_", "").isalnum() and "." not in {name[0], name[-1]}


def _shortened(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 16:
        return name[:MAX_NAME]
    return stem[: MAX_NAME - len(extension) - 1] + "." + extension


def guess_type(name: str) -> str:
    """Guess a media type from a file name."""
    dot = name.rfind(".")
    return _TYPES.get(name[dot:].lower(), "application/octet-stream") if dot >= 0 else "application/octet-stream"
