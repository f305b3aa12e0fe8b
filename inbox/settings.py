"""What the operator sets: INBOX_* environment variables or a .env file. Everything else is set on the screens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MAIL_PREFIX = "mail_"


class SettingsError(ValueError):
    """A setting cannot be used; the message names it and says what to do."""


class Settings(BaseSettings):
    """The operator's settings. Fields starting with `mail_` describe one mail account and may all be empty."""

    model_config = SettingsConfigDict(env_prefix="INBOX_", env_file=".env", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8024
    data_dir: Path = Path("data")
    database_url: str = ""
    secret_key: SecretStr = SecretStr("")
    base_url: str = ""
    lmtp: str = ""
    log_level: str = "INFO"
    development: bool = False
    trusted_proxies: str = ""
    webhooks_loopback: bool = False
    silent_after: Annotated[int, Field(ge=1, le=1440)] = 20

    mail_address: str = ""
    mail_name: str = ""
    mail_aliases: str = ""
    mail_username: str = ""
    mail_password: SecretStr = SecretStr("")
    mail_imap_host: str = ""
    mail_imap_port: str = ""
    mail_imap_security: str = ""
    mail_smtp_host: str = ""
    mail_smtp_port: str = ""
    mail_smtp_security: str = ""
    mail_smtp_username: str = ""
    mail_smtp_password: SecretStr = SecretStr("")
    mail_sent_folder: str = ""
    mail_history_before: str = ""
    mail_plus_addressing: str = ""
    mail_copy_to_sent: str = ""
    mail_ca_file: str = ""

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            message = "must start with sqlite:/// or postgresql://"
            raise ValueError(message)
        return value.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def store_url(self) -> str:
        """The database to use: the one named, else a file in the data directory."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'under24.db').absolute()}"

    @property
    def public_url(self) -> str:
        """Where people's browsers find this app, without a slash at the end."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    def mail_account(self) -> dict[str, str]:
        """Return the mail account's settings that were given, by their names in connectors.mail's card."""
        given: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        plain = {k: v.get_secret_value() if isinstance(v, SecretStr) else v for k, v in given.items()}
        return {k.removeprefix(MAIL_PREFIX): str(v) for k, v in plain.items() if k.startswith(MAIL_PREFIX) and v}


def load(**overrides: object) -> Settings:
    """Read the settings; SettingsError with one sentence when one cannot be used."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "INBOX_" + "_".join(str(part) for part in first["loc"]).upper()
        message = f"{name} cannot be used: {first['msg']}."
        raise SettingsError(message) from error
