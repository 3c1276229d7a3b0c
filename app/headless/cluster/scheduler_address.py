"""Addresses of Dask schedulers, and what must protect the way to them."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.domain.errors import UsageError

if TYPE_CHECKING:
    from distributed import Security


def check_address(address: str, *, insecure: bool) -> None:
    """Check that an address is one of a scheduler, and that others on the network can neither read nor give orders.

    insecure: the operator allows it without TLS. Raises UsageError.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("tcp", "tls") or not host or not port:
        raise UsageError(
            "This is no address of a scheduler.", subject=address, remedy="It looks like tls://head:8786."
        )
    if parts.scheme == "tcp" and not insecure and not _is_this_machine(host):
        raise UsageError(
            "Without TLS anybody on the network could read the patients' data and run programs on the workers.",
            subject=address,
            remedy="Set up TLS in Dask's configuration and use tls://, or allow it with --insecure.",
        )


def make_security(address: str) -> Security:
    """Return Dask's own security settings. Raises UsageError where Dask is missing, or has no certificates for TLS."""
    security_kind = _security_kind()
    security = security_kind()
    if address.startswith("tls:") and security.get_connection_args("client").get("ssl_context") is None:
        raise UsageError(
            "Dask has no certificates for TLS.",
            subject=address,
            remedy="Set distributed.comm.tls in Dask's configuration, see docs/OPERATING.md.",
        )
    return security


def _security_kind() -> type[Security]:
    try:
        from distributed import Security
    except ImportError as error:
        raise UsageError(
            "Dask is not installed.", remedy="Install it: pip install 'framewise[dask]'."
        ) from error
    return Security


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
