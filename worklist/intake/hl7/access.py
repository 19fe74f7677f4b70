"""Who may connect to the HL7 server, and how: TLS with the site's certificate, and the addresses of its senders."""

import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final, Self

from worklist.errors import IntakeError


@dataclass(frozen=True)
class Access:
    """What a connection needs; without anything set, everybody who reaches the port may send in the clear."""

    tls: ssl.SSLContext | None = None
    senders: Sequence[IPv4Network | IPv6Network] = ()
    """Empty: whoever reaches the port."""

    @classmethod
    def of(cls, certificate: Path | None, key: Path | None, senders: Iterable[str]) -> Self:
        """As the settings have it; certificate and key are PEM files. Raises IntakeError."""
        return cls(_tls(certificate, key), tuple(_network(it) for it in senders))

    def admits(self, peer: str) -> bool:
        """Whether a sender of that address may connect."""
        if not self.senders:
            return True
        try:
            address = ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self.senders)


OPEN: Final = Access()
"""In the clear, for whoever reaches the port."""


def _tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise IntakeError("HL7 over TLS: give both FORRANG_HL7_CERTIFICATE and FORRANG_HL7_KEY, as PEM files")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        raise IntakeError(
            f"HL7 over TLS: {certificate} and {key} cannot be used: give a certificate with its chain, and its own key"
            " without a password, as PEM files that this account may read"
        ) from error
    return context


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        raise IntakeError(
            f"FORRANG_HL7_SENDERS: {text!r} is no address; give a list in JSON of such as"
            ' ["10.1.2.9", "10.1.3.0/24"], no names'
        ) from None
