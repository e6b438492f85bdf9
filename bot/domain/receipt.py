"""Receipt codes: what somebody is shown once for an answer nobody can otherwise find, to change or take it back.

Eighty bits from chance in letters and digits that cannot be mistaken for one another (Crockford's base 32). Only a keyed
hash under the code is kept, and only in the sealed box.
"""

import secrets

from bot.domain.words import quoted
from bot.errors import FormErrors, Refused

RECEIPT = "receipt"
"""The field of a form that asks for one."""

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _PART = 16, 4
_MEANT = str.maketrans("OIL", "011")


def new_code() -> str:
    """Return a code as it is shown: four groups of four."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    return "-".join(signs[start : start + _PART] for start in range(0, _LENGTH, _PART))


def read_code(text: str) -> str:
    """Return the code that somebody typed, however they wrote it; `Refused` where it cannot be one."""
    signs = "".join(sign for sign in text.upper() if sign.isalnum()).translate(_MEANT)
    if len(signs) != _LENGTH or any(sign not in _SIGNS for sign in signs):
        raise Refused(
            f"{quoted(text)} is no receipt code; it has four groups of four letters and digits, such as 7QKD-0M2X-9FRT-C41H."
        )
    return "-".join(signs[start : start + _PART] for start in range(0, _LENGTH, _PART))


def read_receipt(text: str) -> str:
    """Return the code that was typed into a form; what cannot be one is said beside its field."""
    try:
        return read_code(text)
    except Refused as refused:
        raise FormErrors({RECEIPT: refused.sentence}) from None
