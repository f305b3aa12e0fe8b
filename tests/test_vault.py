from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.vault import KEY_FILE, Vault, VaultError, open_vault

KEY = b"a key for tests only, long enough to be taken"
OURS = "support@example.com"


def test_secrets_come_back_and_are_not_readable_on_the_way() -> None:
    sealed = Vault(KEY).lock({"password": "hunter2-ümlaut"})

    assert b"hunter2" not in sealed
    assert Vault(KEY).unlock(sealed) == {"password": "hunter2-ümlaut"}


def test_another_key_is_told_so_in_one_sentence() -> None:
    with pytest.raises(VaultError, match="another key"):
        Vault(KEY + b"!").unlock(Vault(KEY).lock({"password": "x"}))


def test_a_changed_byte_is_noticed() -> None:
    sealed = bytearray(Vault(KEY).lock({"password": "x"}))
    for place in range(len(sealed)):
        changed = bytes(sealed[:place]) + bytes([sealed[place] ^ 1]) + bytes(sealed[place + 1 :])
        with pytest.raises(VaultError):
            Vault(KEY).unlock(changed)


@given(st.integers(1, 2**62))
def test_a_token_names_its_conversation_for_its_account_alone(conversation_id: int) -> None:
    token = Vault(KEY).conversation_token(conversation_id, OURS)

    assert Vault(KEY).conversation_of(token, OURS) == conversation_id
    assert Vault(KEY).conversation_of(token.upper(), OURS) == conversation_id  # some servers change the case
    assert Vault(KEY).conversation_of(token, "sales@example.com") is None
    assert Vault(KEY + b"!").conversation_of(token, OURS) is None


@given(st.text(max_size=60))
def test_no_made_up_token_is_believed(text: str) -> None:
    assert Vault(KEY).conversation_of(text, OURS) is None


def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = open_vault(tmp_path / "data", "")
    second = open_vault(tmp_path / "data", "")

    assert second.unlock(first.lock({"a": "b"})) == {"a": "b"}
    file = tmp_path / "data" / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [one.name for one in file.parent.iterdir()] == [KEY_FILE]


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="at least 32"):
        open_vault(tmp_path, "short")
