"""Fetches slides from a DICOMweb server: QIDO-RS says which there are, WADO-RS brings what is not here yet.

Each instance is kept as soon as it is whole, so that a fetch that was cut off goes on where it stopped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from worklist.errors import IntakeError
from worklist.intake.dicomweb.attributes import InstanceRefusedError, SlideFacts, is_uid
from worklist.intake.dicomweb.landing import Landing
from worklist.intake.dicomweb.parts import MultipartError, PartFiles, boundary_of
from worklist.intake.dicomweb.receiving import tell_the_list
from worklist.intake.events import Applied
from worklist.people import Actor
from worklist.store.store import Store

_ACCEPT: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_PIECE: Final = 1 << 20
_CONNECT_S, _READ_S = 10.0, 120.0
"""How long a server is waited for: until it answers, and between two pieces (A)."""
_TRIES: Final = 3


class FetchError(IntakeError):
    """A DICOMweb server cannot be asked, or answers otherwise than the standard says."""


@dataclass(frozen=True)
class FetchedSeries:
    """What became of one series."""

    series: str
    fetched: int
    known: int
    """Instances that were here before."""
    problems: tuple[str, ...]
    slide: Applied | None
    """What the list made of it; None where no scan of it is here."""


class Server:
    """A DICOMweb server. token: its bearer token, if it asks for one."""

    def __init__(self, url: str, token: str | None = None) -> None:
        try:
            from dicomweb_client import DICOMwebClient
            from requests import Session
        except ModuleNotFoundError:
            words = "DICOMweb needs Forrang's extra `integration`: pip install 'forrang[integration]'"
            raise FetchError(words) from None
        self._url = url.rstrip("/")
        self._session = Session()
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"
        try:
            self._client: Any = DICOMwebClient(self._url, self._session, timeout=(_CONNECT_S, _READ_S))
        except ValueError as error:
            raise FetchError(f"{url}: no address of a DICOMweb server ({error}); give http(s)://HOST/PATH") from error
        self._client.set_http_retry_params(retry=True, max_attempts=_TRIES, wait_exponential_multiplier=100)

    @property
    def name(self) -> str:
        """Its host."""
        return urlsplit(self._url).netloc.rpartition("@")[2] or "dicomweb"

    def studies(self, accession_number: str) -> list[str]:
        """The studies of a case. Raises FetchError."""
        found = self._search("studies", self._client.search_for_studies, {"AccessionNumber": accession_number})
        return self._uids(found, "0020000D")

    def series(self, study: str) -> list[str]:
        """The slides of a study: its series of modality SM. Raises FetchError."""
        found = self._search("series", self._client.search_for_series, {"Modality": "SM"}, study)
        return self._uids(found, "0020000E")

    def instances(self, study: str, series: str) -> list[str]:
        """The instances of a series. Raises FetchError."""
        found = self._search("instances", self._client.search_for_instances, {}, study, series)
        return self._uids(found, "00080018")

    def _search(self, what: str, search: Any, filters: dict[str, str], *within: str) -> list[Any]:
        from requests import RequestException

        try:
            return list(search(*within, search_filters=filters, get_remaining=True))
        except (RequestException, OSError, ValueError, KeyError, TypeError) as error:
            words = f"{self._url}: the search for {what} failed ({type(error).__name__}: {error})"
            raise FetchError(f"{words}; check the address and the token, then fetch again") from error

    def _uids(self, found: list[Any], tag: str) -> list[str]:
        """The UIDs of an answer, which become parts of addresses and paths."""
        uids = [str((it.get(tag, {}).get("Value") or [""])[0]) for it in found]
        if not all(map(is_uid, uids)):
            raise FetchError(f"{self._url}: an answer holds no UID where one must be ({tag})")
        return list(dict.fromkeys(uids))

    def retrieve(self, study: str, series: str, instance: str, landing: Landing) -> SlideFacts:
        """Brings one instance into the folder. Raises FetchError, InstanceRefusedError and OSError."""
        from requests import RequestException

        url = f"{self._url}/studies/{study}/series/{series}/instances/{instance}"
        headers, waits = {"Accept": _ACCEPT}, (_CONNECT_S, _READ_S)
        try:
            with (
                landing.incoming() as folder,
                self._session.get(url, headers=headers, stream=True, timeout=waits) as answer,
            ):
                if answer.status_code != HTTPStatus.OK:
                    raise FetchError(f"instance {instance}: the server answers {answer.status_code} {answer.reason}")
                with PartFiles(folder, boundary_of(answer.headers.get("Content-Type", ""))) as parts:
                    for piece in answer.iter_content(_PIECE):
                        parts.write(piece)
                    files = parts.finish()
                if len(files) != 1:
                    raise FetchError(f"instance {instance}: the server sends {len(files)} in place of one")
                return landing.keep(files[0], study)
        except (RequestException, MultipartError) as error:
            raise FetchError(f"instance {instance}: {type(error).__name__}: {error}; fetch again") from error


def fetch(server: Server, study: str, landing: Landing, store: Store, actor: Actor) -> Iterator[FetchedSeries]:
    """Brings what is not here yet of a study's slides, and tells the list of each series.

    An instance that cannot be had is told, and stops neither the others nor the list. Raises StoreError, and FetchError
    where the server cannot be searched.
    """
    for series in server.series(study):
        kept: list[SlideFacts] = []
        problems: list[str] = []
        wanted = server.instances(study, series)
        missing = [it for it in wanted if not landing.holds(series, it)]
        for instance in missing:
            try:
                kept.append(server.retrieve(study, series, instance, landing))
            except (FetchError, InstanceRefusedError, OSError) as error:
                problems.append(f"{error}")
        kept += landing.slide_facts(series)
        slides = tell_the_list(kept, landing, store, actor)
        fetched = len(missing) - len(problems)
        yield FetchedSeries(series, fetched, len(wanted) - len(missing), tuple(problems), next(iter(slides), None))
