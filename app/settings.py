"""The one frozen Settings: every knob of the three processes, read from the environment or a `.env` file.

Names are the upper-case field names (`DATABASE_URL`, `BASE_URL`, ...). Outside development the process
refuses to start with a default or short secret.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT_SECRET = "development-only-secret-never-use-in-production"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore", frozen=True)

    environment: Literal["development", "production"] = "development"
    secret_key: SecretStr = SecretStr(DEVELOPMENT_SECRET)

    site_name: str = "santex"
    base_url: str = Field("http://127.0.0.1:8000", description="Address the public sees; used in mails, feeds, links.")
    # Not HOST, PORT or MAIL: shells and mail systems set variables of those names for themselves.
    listen_host: str = "127.0.0.1"
    listen_port: int = Field(8000, ge=1, le=65535)
    web_workers: int = Field(1, ge=1, le=64)
    worker_in_web: bool = Field(True, description="Run the outbox worker inside the web process.")
    demo: bool = Field(False, description="Mark the site as a demonstration with invented content.")

    data_dir: Path = Field(ROOT / ".santex", description="Embedded database, files, mailbox.")
    database_url: str | None = Field(None, description="PostgreSQL >= 15; empty: the embedded server.")
    database_pool: int = Field(10, ge=1, le=200)
    statement_timeout_ms: int = Field(15_000, ge=100)

    search_engine: Literal["auto", "postgres", "meilisearch"] = Field(
        "auto", description="auto: Meilisearch when MEILI_URL is set, with PostgreSQL behind it; else PostgreSQL."
    )
    meili_url: str = Field("", description="Address of a Meilisearch server, 1.47 or newer.")
    meili_key: SecretStr = Field(
        SecretStr(""), description="The scoped key that `santex search setup` prints; never the master key."
    )
    meili_prefix: str = Field("santex", pattern=r"^[a-z0-9_]{1,40}$", description="Begins the names of our indexes.")

    mail_transport: Literal["mailbox", "smtp"] = Field(
        "mailbox", description="mailbox: kept as files, read at /mailbox."
    )
    mail_from: str = "santex <no-reply@santex.example>"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"

    storage_url: str = Field("", description="s3://bucket/prefix, file:///path; empty: files under DATA_DIR.")
    upload_max_bytes: int = Field(20 * 1024 * 1024, ge=1024)
    room_upload_max_bytes: int = Field(50 * 1024 * 1024, ge=1024, description="A document of a data room.")

    session_days: int = Field(14, ge=1, le=90)
    session_cookie_secure: bool = True

    @model_validator(mode="after")
    def _no_default_secrets(self) -> Self:
        secret = self.secret_key.get_secret_value()
        if self.environment != "development" and (secret == DEVELOPMENT_SECRET or len(secret) < 32):
            raise ValueError("SECRET_KEY must be set to at least 32 random characters outside development")
        if self.environment != "development" and not self.session_cookie_secure:
            raise ValueError("SESSION_COOKIE_SECURE may be off only in development")
        return self

    @model_validator(mode="after")
    def _meilisearch_has_an_address(self) -> Self:
        if self.search_engine == "meilisearch" and not self.meili_url:
            raise ValueError("SEARCH_ENGINE=meilisearch needs MEILI_URL")
        return self

    @property
    def meilisearch(self) -> bool:
        """Whether Meilisearch is asked first. PostgreSQL holds the index too, and answers when it cannot."""
        return bool(self.meili_url) and self.search_engine != "postgres"

    @property
    def development(self) -> bool:
        return self.environment == "development"


@lru_cache
def settings() -> Settings:
    return Settings()
