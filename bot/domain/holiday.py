"""Days on which a meeting is not held: the public holidays of countries, and days that people name.

Holidays are whole local days. What a person typed is kept as `as_text`, which `read_holidays` reads back.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from bot.domain.words import quoted, suggest
from bot.errors import Refused

if TYPE_CHECKING:
    from holidays import HolidayBase

_EXAMPLES = "Germany, DE-BY, 2026-12-24 or 2026-12-24..2027-01-01"
_LONGEST_TEXT = 4_000
_LONGEST_RANGE = 366
_MOST_DAYS = 1_000
_FIRST_YEAR, _LAST_YEAR = 2000, 2999
_DAY = timedelta(days=1)
_ISO = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_RANGE = re.compile(rf"({_ISO})\s*(?:\.\.+|[-\u2010-\u2015]|to|until)\s*({_ISO})")
_ALSO_CALLED = {
    "great britain": "GB",
    "england": "GB-ENG",
    "scotland": "GB-SCT",
    "wales": "GB-WLS",
    "northern ireland": "GB-NIR",
    "united states of america": "US",
    "czech republic": "CZ",
}


@dataclass(frozen=True, slots=True)
class Holidays:
    """Countries, or parts of them, whose public holidays are kept, and further days off."""

    countries: tuple[str, ...] = ()  # ISO 3166: "DE", or "DE-BY" for a part
    dates: tuple[date, ...] = ()  # each once, in order

    def name_on(self, day: date) -> str | None:
        """Return what holiday `day` is ("Christmas Day", "day off"), or None on a day like others.

        In English where the library knows it so; `Refused` for a country that the library no longer knows.
        """
        names = (_of_year(country, day.year).get(day) for country in self.countries)
        return next(filter(None, names), "day off" if day in self.dates else None)

    def as_text(self) -> str:
        """Return it as a person may type it: "DE-BY, 2026-12-24..2027-01-01"."""
        return ", ".join([*self.countries, *_ranges(self.dates)])


def read_holidays(text: str) -> Holidays:
    """Return the countries and days that a person lists; `Refused` names the one that is neither."""
    if len(text) > _LONGEST_TEXT:
        raise Refused(f"A list of holidays may have {_LONGEST_TEXT:,} characters.")
    countries: dict[str, None] = {}
    dates: set[date] = set()
    for part in _parts(text):
        if re.match(r"[0-9]", part):
            dates.update(_days(part))
        else:
            countries[_country(part)] = None
    if len(dates) > _MOST_DAYS:
        raise Refused(f"That is {len(dates):,} days off; name {_MOST_DAYS:,} at most.")
    return Holidays(tuple(countries), tuple(sorted(dates)))


def _parts(text: str) -> Iterator[str]:
    """Yield what stands between commas and line ends; a space parts too, where the whole is no country."""
    for listed in re.split(r"[,;\n]+", _RANGE.sub(r"\1..\2", text)):
        words = [word for word in listed.split() if word not in {"and", "&"}]
        if len(words) > 1 and not _is_country(listed):
            for word in words:
                yield _not_a_word(word)
        elif words:
            yield listed.strip()


def _not_a_word(word: str) -> str:
    """Refuse "in" and "at" within a sentence, which would be India and Austria."""
    if len(word) <= 3 and word.islower():
        raise _unknown(word)
    return word


# Days.


def _days(part: str) -> Iterator[date]:
    first, is_range, last = part.partition("..")
    begin = _day(first)
    end = _day(last) if is_range else begin
    if end < begin:
        raise Refused(f"{end} comes before {begin}; write the earlier day first.")
    if end - begin > _LONGEST_RANGE * _DAY:
        raise Refused(f"{begin}..{end} is longer than a year.")
    return (begin + count * _DAY for count in range((end - begin).days + 1))


def _day(text: str) -> date:
    found = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", text)
    try:
        if found is None:
            raise ValueError(text)
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise Refused(
            f"{quoted(text)} is not a day; write the year first, such as 2026-12-24."
        ) from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Refused(f"{day} is not in this age; days run from {_FIRST_YEAR} to {_LAST_YEAR}.")
    return day


def _ranges(days: Iterable[date]) -> Iterator[str]:
    """Yield days as they are typed, three or more in a row as a range."""
    rows: list[list[date]] = []
    for day in sorted(days):
        if rows and day - rows[-1][-1] == _DAY:
            rows[-1].append(day)
        else:
            rows.append([day])
    for row in rows:
        if len(row) > 2:
            yield f"{row[0]}..{row[-1]}"
        else:
            yield from map(str, row)


# Countries. The library is imported when it is first asked: it takes a quarter of a second.


def _country(text: str) -> str:
    known = _known(text)
    if known:
        return known
    name, _, region = re.sub(r"[/_]", "-", text).partition("-")
    country = _names().get(_spelling(name))
    if country is None or not region:
        raise _unknown(text)
    return f"{country}-{_region(country, region)}"


def _is_country(text: str) -> bool:
    try:
        return bool(_country(text))
    except Refused:
        return False


def _known(text: str) -> str | None:
    return _names().get(_spelling(text))


def _unknown(text: str) -> Refused:
    spelling = _spelling(text)
    alike = (name for name in _names() if len(name) > 3 and name[:1] == spelling[:1])
    near = suggest(spelling, alike)
    hint = f"; did you mean {near.title()}?" if near else "."
    return Refused(f"{quoted(text)} is neither a country nor a day{hint} Try {_EXAMPLES}.")


def _region(country: str, text: str) -> str:
    """Return the library's code of a country's part, by its code or name."""
    holidays = _holidays(country)
    codes = {code.casefold(): code for code in holidays.subdivisions}
    names = {_spelling(name): code for name, code in holidays.subdivisions_aliases.items()}
    region = (names | codes).get(text.casefold()) or names.get(_spelling(text))
    if region:
        return region
    if not codes:
        raise Refused(f"I know no parts of {country}; write {country} alone.")
    near = suggest(text, [*holidays.subdivisions, *holidays.subdivisions_aliases])
    hint = f"did you mean {country}-{near}?" if near else f"try {', '.join(holidays.subdivisions)}."
    raise Refused(f"{quoted(text)} is no part of {country}; {hint}")


@cache
def _names() -> Mapping[str, str]:
    """Return spelling → country: names, and codes of two and three letters."""
    from holidays.registry import COUNTRIES

    names = dict(_ALSO_CALLED)
    for name, (_, two, *others) in COUNTRIES.items():
        names |= {_spelling(spelling): two for spelling in (name, two, *others)}
    return names


@lru_cache(maxsize=512)
def _of_year(country: str, year: int) -> Mapping[date, str]:
    """Return the year's holidays and their names."""
    return dict(_holidays(country, year))


def _holidays(country: str, year: int | None = None) -> "HolidayBase":
    from holidays import country_holidays

    code, _, region = country.partition("-")
    try:
        known = country_holidays(code)
        return country_holidays(
            code, region or None, years=year, expand=False, language=_english(known)
        )
    except NotImplementedError:
        raise Refused(f"{quoted(country)} is no country whose holidays I know.") from None


def _english(holidays: "HolidayBase") -> str | None:
    """Return the kind of English that names them, American where there are several."""
    kinds = [kind for kind in holidays.supported_languages if kind.startswith("en")]
    return "en_US" if "en_US" in kinds else next(iter(kinds), None)


def _spelling(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return " ".join(re.sub(r"[-_.]", " ", plain.replace("&", " and ")).split())
