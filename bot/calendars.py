"""Reads a calendar from its address.

The address is often a secret of its own: no sentence and no log line repeats it.
"""

import asyncio

import httpx

from bot.errors import Refused

_LARGEST = 10 * 1024 * 1024
_REDIRECTS = 5
_NOT_AN_ADDRESS = "A calendar's address begins with https:// and mostly ends in .ics."


async def read_address(url: str, seconds: float) -> str:
    """Return the text behind a calendar's address, or raise `Refused` with what went wrong.

    `seconds` is how long it may take in all; webcal: means https:.
    """
    try:
        address = httpx.URL(url.strip())
        has_host = bool(address.host)
    except (httpx.InvalidURL, UnicodeError):
        raise Refused(_NOT_AN_ADDRESS) from None
    if address.scheme == "webcal":
        address = address.copy_with(scheme="https")
    if address.scheme not in ("http", "https") or not has_host:
        raise Refused(_NOT_AN_ADDRESS)
    try:
        return await asyncio.wait_for(_read(address, seconds), seconds)
    except (httpx.TimeoutException, TimeoutError):
        raise Refused("The calendar did not answer in time. Try again in a moment.") from None
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        raise Refused(
            f"The calendar's address answers with an error ({status}). Is it the public or secret ICS address?"
        ) from None
    except (httpx.HTTPError, UnicodeError):
        raise Refused("The calendar's address cannot be reached from here.") from None


async def _read(address: httpx.URL, seconds: float) -> str:
    timeout = httpx.Timeout(seconds)
    following = httpx.AsyncClient(timeout=timeout, follow_redirects=True, max_redirects=_REDIRECTS)
    async with following as client, client.stream("GET", address) as answer:
        answer.raise_for_status()
        size, parts = 0, []
        async for part in answer.aiter_bytes():
            size += len(part)
            if size > _LARGEST:
                raise Refused(
                    "The calendar is larger than 10 MB. Use one that holds only this meeting."
                )
            parts.append(part)
    return b"".join(parts).decode("utf-8-sig", "replace")
