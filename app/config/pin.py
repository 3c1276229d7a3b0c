"""Hashes of the operator's PIN for the settings file (scrypt, RFC 7914)."""

import binascii
import hashlib
import hmac
import secrets

# Block size and parallelism as RFC 7914 recommends; the cost is that of its test vectors: 16 MiB for each trial.
COST, BLOCK, PARALLEL = 2**14, 8, 1
SALT_BYTES = 16  # RFC 8018 asks for 8 at least
SCHEME = "scrypt"


def hash_pin(pin: str) -> str:
    """Return a salted hash of a PIN, for check_pin."""
    salt = secrets.token_bytes(SALT_BYTES)
    return (
        f"{SCHEME}${COST}${BLOCK}${PARALLEL}${salt.hex()}${_digest(pin, salt, COST, BLOCK, PARALLEL).hex()}"
    )


def check_pin(pin: str, stored: str) -> bool:
    """Whether a PIN fits a stored hash. An empty hash means that no PIN is needed."""
    if not stored:
        return True
    parts = _parts(stored)
    if parts is None:
        return False
    cost, block, parallel, salt, digest = parts
    return hmac.compare_digest(_digest(pin, salt, cost, block, parallel), digest)


def is_pin_hash(stored: str) -> bool:
    """Whether a text is a hash by hash_pin, with its cost: another cost could stall the program."""
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
