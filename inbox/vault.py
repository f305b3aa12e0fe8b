"""The installation's key, and what is made with it: encrypted secrets and signed tokens."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_FILE = "secret.key"
_NONCE = 12
_VERSION = b"\x01"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class VaultError(Exception):
    """The key does not fit; the message says what to do."""


class Vault:
    """Encrypts with AES-256-GCM and signs with HMAC-SHA256 (128 bits kept), both with keys drawn from one secret."""

    def __init__(self, secret: bytes) -> None:
        """`secret` must hold at least 32 characters."""
        if len(secret) < 32:
            raise VaultError("INBOX_SECRET_KEY is too short: use at least 32 random characters.")
        self._cipher = AESGCM(_derive(secret, b"under24 encryption"))
        self._signing = _derive(secret, b"under24 signing")

    def lock(self, values: dict[str, str]) -> bytes:
        """Encrypt a small dictionary of secrets."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, json.dumps(values).encode(), _VERSION)

    def unlock(self, sealed: bytes) -> dict[str, str]:
        """Decrypt what `lock` made; VaultError when it was made with another key."""
        if not sealed:
            return {}
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            opened = self._cipher.decrypt(nonce, body, sealed[:1])
        except InvalidTag as error:
            message = (
                "The stored secrets were made with another key: set INBOX_SECRET_KEY (or secret.key) to the old one."
            )
            raise VaultError(message) from error
        return {str(name): str(value) for name, value in json.loads(opened).items()}

    def sign(self, purpose: str, *parts: str) -> str:
        """Return 26 lower-case letters and digits that only this installation can make."""
        text = "\0".join((purpose, *parts)).encode()
        digest = hmac.new(self._signing, text, hashlib.sha256).digest()[:16]
        return base64.b32encode(digest).decode().rstrip("=").lower()

    def conversation_token(self, conversation_id: int, account: str) -> str:
        """Return what stands behind the plus of our address: conversation and signature, bound to the account."""
        return f"{base36(conversation_id)}-{self.sign('conversation', str(conversation_id), account)}"

    def conversation_of(self, token: str, account: str) -> int | None:
        """Return the conversation a token names, None when the signature does not fit."""
        number, dash, signature = token.lower().partition("-")
        if not dash or not number or len(number) > 13 or not set(number) <= set(_DIGITS):
            return None
        conversation_id = int(number, 36)
        expected = self.sign("conversation", str(conversation_id), account)
        return conversation_id if hmac.compare_digest(expected, signature) else None


def open_vault(data_dir: Path, given: str) -> Vault:
    """Use the key that was given, else the key file (0600) in the data directory, made at the first start."""
    if given:
        return Vault(given.encode())
    path = data_dir / KEY_FILE
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create(path, secrets.token_urlsafe(48).encode())
    return Vault(path.read_bytes().strip())


def _create(path: Path, content: bytes) -> None:
    """Let the whole file appear at once, or keep the one another process made first."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return hmac.new(secret, purpose, hashlib.sha256).digest()


def base36(number: int) -> str:
    """Write a number with digits and lower-case letters, as `int(text, 36)` reads it."""
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
        if number == 0:
            return digits
