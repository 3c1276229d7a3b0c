"""Patients' data does not leave this machine unprotected unless the operator says so."""

from __future__ import annotations

import pytest

from app.domain.errors import UsageError
from app.headless.cluster.scheduler_address import check_address, make_security


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:9", "tls://head:8786"]
)
def test_this_machine_and_tls_are_allowed(address: str) -> None:
    check_address(address, insecure=False)


@pytest.mark.parametrize("address", ["tcp://head:8786", "tcp://10.0.0.1:8786", "tcp://127.0.0.1.evil.org:1"])
def test_others_without_tls_are_refused_unless_the_operator_says_so(address: str) -> None:
    with pytest.raises(UsageError, match="Without TLS"):
        check_address(address, insecure=False)
    check_address(address, insecure=True)


@pytest.mark.parametrize(
    "address", ["", "head", "tcp://", "tcp://head", "http://head:1", "tcp://head:x", "ucx://a:1"]
)
def test_what_is_no_address_is_named(address: str) -> None:
    with pytest.raises(UsageError, match="no address"):
        check_address(address, insecure=True)


def test_tls_without_certificates_is_refused() -> None:
    with pytest.raises(UsageError, match="no certificates"):
        make_security("tls://head:8786")
