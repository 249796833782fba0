"""Settings: what the environment and `aios.toml` in `AIOS_HOME` say, read once and passed on."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from aios.errors import Misconfigured

Mode = Literal["sandbox", "live"]

ANY_ADDRESS = ("0.0.0.0", "::", "[::]")  # noqa: S104  # what a server may be bound to, but nobody can open
NOBODY = "owner@example.com"
"""The owner's address until one is set; nothing goes out live from it."""


class Settings(BaseModel):
    """Everything that can be set from outside; each field is the environment variable of the same name in capitals.

    Secrets are `SecretStr`, so that they do not show in logs or tracebacks.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    aios_home: Path = Path(".aios")
    aios_database_url: SecretStr | None = None
    aios_chroma_url: str | None = None
    aios_chroma_port: int = 8401
    aios_workspace_port: int = 8400
    aios_dagster_port: int = 3000
    aios_host: str = "127.0.0.1"
    aios_hostnames: str = ""
    aios_password: SecretStr | None = None
    aios_mode: Mode = "sandbox"
    aios_owner_email: str = NOBODY
    aios_owner_name: str = "The owner"
    aios_business_name: str = ""
    aios_business_street: str = ""
    aios_business_postcode: str = ""
    aios_business_city: str = ""
    aios_business_country: str = ""
    aios_business_vat_id: str = ""
    aios_business_tax_id: str = ""

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    aios_model_small: str = "gpt-5-nano"
    aios_model_mid: str = "gpt-5-mini"
    aios_model_large: str = "gpt-5"
    aios_model_timeout: float = 60.0
    aios_embeddings: Literal["auto", "openai", "onnx", "lexical"] = "auto"
    aios_onnx_dir: Path | None = None
    aios_memory_days: str = ""

    aios_smtp_url: SecretStr | None = None
    aios_imap_url: SecretStr | None = None
    aios_imap_sent: str = ""
    aios_imap_folder: str = "INBOX"
    aios_imap_days: int = Field(default=7, ge=0)
    aios_smtp_files_sent: bool = False
    aios_caldav_url: SecretStr | None = None
    aios_carddav_url: SecretStr | None = None
    aios_site_folder: Path | None = None
    aios_wordpress_url: SecretStr | None = None
    aios_webhook_secret: SecretStr | None = None
    aios_webhook_signing_secret: SecretStr | None = None
    aios_webhook_private: str = ""
    stripe_api_key: SecretStr | None = None
    stripe_api_base: str | None = None
    stripe_webhook_secret: SecretStr | None = None

    aios_credentials: Path | None = None
    aios_age_identity: SecretStr | None = None
    aios_bank_iban: str = ""
    aios_bank_bic: str = ""
    aios_bank_name: str = ""

    aios_undo_seconds: float | None = None
    aios_claim_seconds: float = 120.0
    aios_connector_timeout: float = Field(default=30.0, gt=0)
    aios_step_workers: int = Field(default=4, ge=1)

    @property
    def home(self) -> Path:
        """`AIOS_HOME` as an absolute path."""
        return self.aios_home.absolute()

    @property
    def credentials_file(self) -> Path:
        """The file with credentials: `AIOS_CREDENTIALS`, or `credentials` in `AIOS_HOME`; it need not be there."""
        return (self.aios_credentials or self.home / "credentials").expanduser().absolute()

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the workspace database: `AIOS_DATABASE_URL`, or the SQLite file in `AIOS_HOME`."""
        if self.aios_database_url is None:
            return f"sqlite:///{self.home / 'aios.db'}"
        url = self.aios_database_url.get_secret_value()
        return url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url

    @property
    def onnx_dir(self) -> Path:
        """Where the sentence model is: `AIOS_ONNX_DIR`, or where `aios memory fetch-embedder` puts it in the home."""
        return self.aios_onnx_dir or self.home / "models" / "all-MiniLM-L6-v2"

    @property
    def hostnames(self) -> frozenset[str]:
        """Further host names that the workspace answers to: `AIOS_HOSTNAMES`, separated by commas."""
        return frozenset(name.strip().lower() for name in self.aios_hostnames.split(",") if name.strip())

    @property
    def private_webhooks(self) -> frozenset[str]:
        """Hosts with ports that outgoing webhooks may reach though they are private: `AIOS_WEBHOOK_PRIVATE`."""
        return frozenset(name.strip().lower() for name in self.aios_webhook_private.split(",") if name.strip())

    @property
    def workspace_url(self) -> str:
        """Where a person opens the workspace."""
        host = "127.0.0.1" if self.aios_host in ANY_ADDRESS else self.aios_host.strip("[]")
        return f"http://{f'[{host}]' if ':' in host else host}:{self.aios_workspace_port}"

    @property
    def dagster_url(self) -> str:
        """Where a person opens the Dagster UI; always on loopback."""
        return f"http://127.0.0.1:{self.aios_dagster_port}"


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from the environment over `aios.toml` in `AIOS_HOME`; a wrong value raises `Misconfigured`."""
    given = {key.lower(): value for key, value in environ.items() if value != ""}
    named = {key: value for key, value in given.items() if key in Settings.model_fields}
    file = Path(named.get("aios_home", ".aios")) / "aios.toml"
    try:
        return Settings.model_validate({**_from_toml(file), **named})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "A setting"
        raise Misconfigured(
            f"{name} is wrong: {first['msg']}.", f"Set it in the environment or in {file} and start again."
        ) from None


def _from_toml(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return {key.lower(): value for key, value in tomllib.loads(file.read_text("utf-8")).items()}
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"{file} is not valid TOML: {error}.", "Mend that line, or remove the file.") from None
