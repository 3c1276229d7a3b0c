"""The operator's PIN as a hash that can lie in a file (scrypt, RFC 7914)."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import secrets

COST, BLOCK, PARALLEL = 2**14, 8, 1
SALT_BYTES = 16
SCHEME = "scrypt"


def hash_pin(pin: str) -> str:
    """Return what check_pin compares a PIN with."""
    salt = secrets.token_bytes(SALT_BYTES)
    return (
        f"{SCHEME}${COST}${BLOCK}${PARALLEL}${salt.hex()}${_digest(pin, salt, COST, BLOCK, PARALLEL).hex()}"
    )


def check_pin(pin: str, stored: str) -> bool:
    """Whether a PIN is the one that was hashed; no stored hash means that none is asked for."""
    if not stored:
        return True
    parts = _parts(stored)
    if parts is None:
        return False
    cost, block, parallel, salt, digest = parts
    return hmac.compare_digest(_digest(pin, salt, cost, block, parallel), digest)


def is_pin_hash(stored: str) -> bool:
    """Whether a text is what hash_pin makes, with a cost that this machine can pay."""
    return _parts(stored) is not None


def _parts(stored: str) -> tuple[int, int, int, bytes, bytes] | None:
    words = stored.split("$")
    try:
        scheme, cost, block, parallel, salt, digest = words
        numbers = int(cost), int(block), int(parallel)
        parts = (*numbers, binascii.unhexlify(salt), binascii.unhexlify(digest))
    except (ValueError, binascii.Error):
        return None
    return parts if scheme == SCHEME and numbers == (COST, BLOCK, PARALLEL) else None


def _digest(pin: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=cost, r=block, p=parallel, dklen=32)
