"""Where this installation keeps its things: FORRANG_HOME and its kin, read from the environment."""

import os
import re
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import Any, Literal

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from worklist.errors import SettingError

_OURS = "FORRANG_"


def _what_is_wrong(error: SettingsError | ValidationError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False)[0]
        place = [str(it) for it in first["loc"]]
        within = f" ({', '.join(place[1:])})" if place[1:] else ""
        return f"FORRANG_{place[0].upper()}{within}: {first['msg']}; correct it, or unset it"
    named = re.search(r'field "(\w+)"', str(error))
    name = f"FORRANG_{named[1].upper()}" if named else "a setting whose name begins with FORRANG_"
    return f'{name}: is not in JSON; give a list as ["one", "two"], names and values as {{"name": "value"}}'


class Settings(BaseSettings):
    """Each read from FORRANG_ and its name in capitals, such as FORRANG_HOME."""

    model_config = SettingsConfigDict(env_prefix=_OURS, env_ignore_empty=True, frozen=True, extra="ignore")

    def __init__(self, **given: Any) -> None:
        """Reads them. Raises SettingError."""
        try:
            super().__init__(**given)
        except (SettingsError, ValidationError) as error:
            raise SettingError(_what_is_wrong(error)) from None

    home: Path = Path("~/.forrang")
    """Folder of the list, of results and of the user's own models."""
    database_url: str | None = None
    """SQLAlchemy URL of the store; worklist.db in the home folder where it is not given."""
    pathways: Path | None = None
    """A pathways file of the user's own, in place of the one that comes with Forrang."""
    site_key_file: Path | None = None
    """The site's key, where several machines share one store: a copy of the file that the first one made."""
    identity_patterns: dict[str, Pattern[str]] = {}
    """Further kinds of patients' numbers, in JSON: {"a Swedish personal number": "\\\\d{8}-\\\\d{4}"}."""

    log_format: Literal["text", "json"] = "text"
    """How logs are written to stderr: a line of text or an object of JSON an event."""
    api_tokens: Path | None = None
    """Which systems may send over HTTP (`forrang intake token`); api-tokens in the home folder by default."""
    fhir_mapping: Path | None = None
    """A mapping of FHIR's codes of the user's own, in place of the one that comes with Forrang."""
    dicom_folder: Path | None = None
    """Where slides that come over DICOMweb are kept; dicom in the home folder where it is not given."""
    dicomweb_url: str | None = None
    """The DICOMweb server that `forrang intake dicomweb` fetches from where --from is not given."""
    dicomweb_token: SecretStr | None = None
    """Bearer token for that server."""

    hl7_certificate: Path | None = None
    """Certificate of the HL7 server with its chain (PEM); with it and its key, the server speaks TLS alone."""
    hl7_key: Path | None = None
    """The certificate's key (PEM, without a password)."""
    hl7_senders: tuple[str, ...] = ()
    """Addresses or networks in JSON that may send HL7 here; without them, whoever reaches the port."""

    slide_names: tuple[str, ...] = ()
    """How slides' files and barcodes are named here: regular expressions in JSON, tried in turn."""

    sign_in: Path | None = None
    """Who signs in to the app and how (docs/app.md); without it the app is this machine's person's alone."""
    allowed_hosts: tuple[str, ...] = ()
    """Further names in JSON by which browsers and other systems reach the app, beside the sign-in's own."""

    policy: str = "ai-raised"
    """How the list is ordered: the name of a ready policy, or a policy file of the user's own."""

    @property
    def home_folder(self) -> Path:
        """The home folder as an absolute path."""
        return self.home.expanduser().absolute()

    @property
    def store_url(self) -> str:
        """URL of the store."""
        return self.database_url or f"sqlite:///{self.home_folder / 'worklist.db'}"

    @property
    def results_folder(self) -> Path:
        """Where the results of slides on the list are written."""
        return self.home_folder / "results"

    @property
    def tokens_file(self) -> Path:
        """Which systems may send over HTTP."""
        return self.api_tokens or self.home_folder / "api-tokens"

    @property
    def slides_folder(self) -> Path:
        """Where slides that come over DICOMweb are kept."""
        return (self.dicom_folder or self.home_folder / "dicom").expanduser().absolute()


def settings_now() -> Settings:
    """Those of the environment as it is, read anew only where it has changed, which costs a request its time.

    Raises SettingError.
    """
    return _settings_of(
        tuple(sorted((name, value) for name, value in os.environ.items() if name.upper().startswith(_OURS)))
    )


@lru_cache(maxsize=4)
def _settings_of(_environment: tuple[tuple[str, str], ...]) -> Settings:
    return Settings()
