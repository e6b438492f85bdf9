"""The vault: what nobody may read without the organisation's secret is sealed under keys that the secret wraps.

AES-256-GCM throughout, with a fresh nonce each time. What a seal is about (which box of which ballot) is bound into it,
so that one box cannot be put in another's place. A key that is deleted takes everything sealed under it with it.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES, _NONCE_BYTES, _TAG_BYTES = 32, 12, 16
_PURPOSE = b"steward: wraps the keys of ballots, version 1"

SEAL_BYTES = _NONCE_BYTES + _TAG_BYTES
"""By how much a sealed text is longer than the text."""


class SealBroken(Exception):
    """It was sealed under another secret, or somebody has changed it."""


class Vault:
    """Wraps keys with the organisation's secret; whoever has the secret and a wrapped key has the key."""

    def __init__(self, secret: str) -> None:
        deriving = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE)
        self._key = deriving.derive(secret.encode())

    def wrap(self, key: bytes, about: str) -> bytes:
        """Return a key as it may be kept."""
        return seal(self._key, key, about)

    def unwrap(self, wrapped: bytes, about: str) -> bytes:
        """Return the key again; `SealBroken` where it was wrapped with another secret."""
        return unseal(self._key, wrapped, about)


def new_key() -> bytes:
    """Return a key that nobody has had."""
    return AESGCM.generate_key(bit_length=8 * _KEY_BYTES)


def seal(key: bytes, text: bytes, about: str) -> bytes:
    """Return `text` sealed: longer by `SEAL_BYTES`, and different each time."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text, about.encode())


def unseal(key: bytes, sealed: bytes, about: str) -> bytes:
    """Return what was sealed; `SealBroken` where the key or what it is about is not the same."""
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, rest, about.encode())
    except (InvalidTag, ValueError):
        raise SealBroken from None
