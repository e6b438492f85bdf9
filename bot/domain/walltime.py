"""Local wall time and UTC, one occurrence at a time, and the zones as people type them.

A wall time that a clock change skips means the first minute after the gap; one that comes twice means the first of the
two. So every occurrence has exactly one instant.
"""

import re
import unicodedata
from bisect import bisect_left
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import NoReturn
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.words import quoted, suggest
from bot.errors import Refused

_EXAMPLES = "such as Europe/Berlin."
_LONGEST_TEXT = 60
_SECOND = timedelta(seconds=1)
_NO_PLACES = {"Factory", "localtime"}  # they stand in the list, and mean whatever a machine likes

# These mean several places, or half of a year: EST is New York's winter alone, and a meeting at 9 EST moves in summer.
_MEANT = {
    "eastern": "America/New_York", "central": "America/Chicago",
    "mountain": "America/Denver", "pacific": "America/Los_Angeles",
    "et": "America/New_York", "est": "America/New_York", "edt": "America/New_York",
    "ct": "America/Chicago", "cst": "America/Chicago", "cdt": "America/Chicago",
    "mt": "America/Denver", "mst": "America/Denver", "mdt": "America/Denver",
    "pt": "America/Los_Angeles", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles",
    "hst": "Pacific/Honolulu", "bst": "Europe/London", "ist": "Asia/Kolkata",
    "cest": "Europe/Berlin", "eest": "Europe/Athens", "west": "Europe/Lisbon",
    "jst": "Asia/Tokyo", "sgt": "Asia/Singapore", "aest": "Australia/Sydney", "aedt": "Australia/Sydney",
}  # fmt: skip


def to_utc(local: datetime, zone: tzinfo) -> datetime:
    """Return the UTC instant at which the clocks of `zone` show the naive `local`.

    In a gap that is the gap's end, in a fold the first of the two; `ValueError` when `local` is aware.
    """
    if local.tzinfo is not None:
        raise ValueError(f"a wall time carries no zone of its own: {local!r}")
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if _offset(first) < _offset(second):
        return _end_of_gap(second.astimezone(UTC), first.astimezone(UTC), zone)
    return first.astimezone(UTC)


def _end_of_gap(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return when the clocks jump: the first instant between the two that has the later one's offset."""
    offset = _offset(after.astimezone(zone))
    seconds = range((after - before) // _SECOND + 1)
    jump = bisect_left(
        seconds,
        True,
        key=lambda second: _offset((before + second * _SECOND).astimezone(zone)) == offset,
    )
    return before + jump * _SECOND


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta(0)


def zone_named(text: str) -> ZoneInfo:
    """Return the zone that a person means by `Europe/Berlin`, `berlin`, `New York` or `UTC`.

    `Refused` names the nearest; offsets and abbreviations are refused too, since they do not follow summer time.
    """
    if len(text) > _LONGEST_TEXT:
        raise Refused(f"{quoted(text)} is too long to be a time zone; name one {_EXAMPLES}")
    spelling = _spelling(text)
    if not spelling:
        raise Refused(f"Which time zone? Name one {_EXAMPLES}")
    if re.fullmatch(r"(?:utc|gmt)?_?[+-]_?[0-9:]+", spelling):
        raise Refused(
            f"{quoted(text)} is an offset, and does not follow summer time; name a zone {_EXAMPLES}"
        )
    if spelling in _MEANT:
        raise Refused(
            f"{quoted(text)} does not say when its clocks change; did you mean {_MEANT[spelling]}?"
        )
    return ZoneInfo(_names().get(spelling) or _refuse(text, spelling))


def _refuse(text: str, spelling: str) -> NoReturn:
    near = suggest(spelling, _names())
    hint = f"did you mean {_names()[near]}?" if near else f"name one {_EXAMPLES}"
    raise Refused(f"{quoted(text)} is not a time zone; {hint}")


def zone_in_words(zone: ZoneInfo) -> str:
    """Return the zone as a sentence names it: "Berlin time", "New York time", "UTC"."""
    name = zone.key.removeprefix("Etc/")
    if name in {"UTC", "GMT"}:
        return name
    if name != zone.key:
        return zone.key  # its sign is the other way round: Etc/GMT+2 is two hours behind UTC
    return f"{name.rsplit('/', 1)[-1].replace('_', ' ')} time"


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all zones, as IANA spells them."""
    return frozenset(available_timezones() - _NO_PLACES)


@cache
def _names() -> dict[str, str]:
    """Return spelling → zone, with the city alone where no zone is called that."""
    zones = sorted(zone_names(), key=lambda zone: (-zone.count("/"), zone))
    whole = {_spelling(zone): zone for zone in zones}
    cities: dict[str, str] = {}
    for zone in zones:
        if not zone.startswith("Etc/"):  # nobody who writes GMT+2 means Etc/GMT+2
            cities.setdefault(_spelling(zone.rsplit("/", 1)[-1]), zone)
    return cities | whole


def _spelling(text: str) -> str:
    """Return what is left of a name without its case, accents and ways of parting words: `new_york`, `sao_paulo`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    plain = re.sub(r"[.'`]", "", plain).strip()
    plain = re.sub(r"\s+time$", "", plain)
    return re.sub(r"[\s_]+|(?<=[a-z])-(?=[a-z])", "_", re.sub(r"\s*/\s*", "/", plain))


def zones_like(text: str, most: int) -> list[str]:
    """Return zones whose name holds what somebody has typed so far, those of a city that begins with it first."""
    typed = _spelling(text)
    found = [zone for zone in sorted(zone_names()) if typed in _spelling(zone)]
    found.sort(key=lambda zone: not _spelling(zone.rsplit("/", 1)[-1]).startswith(typed))
    return found[:most]
