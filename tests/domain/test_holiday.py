"""Holidays: what people type in a form, and which days are then off."""

import subprocess
import sys
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.holiday import Holidays, read_holidays
from bot.errors import Refused

calmly = settings(deadline=None)  # a machine may be busy


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        (" , \n ", ""),
        ("DE", "DE"),
        ("de-by", "DE-BY"),
        ("DE_BY", "DE-BY"),
        ("DE-Bayern", "DE-BY"),
        ("Germany", "DE"),
        ("germany, FRANCE", "DE, FR"),
        ("Germany France", "DE, FR"),
        ("United Kingdom, United States of America", "GB, US"),
        ("UK\nUSA", "GB, US"),
        ("Scotland", "GB-SCT"),
        ("GB-Northern Ireland", "GB-NIR"),
        ("Guinea-Bissau; Timor-Leste", "GW, TL"),
        ("Antigua & Barbuda", "AG"),
        ("DE, DE, 2026-12-24, 2026-12-24", "DE, 2026-12-24"),
        ("2026-12-24 and 2026-12-31", "2026-12-24, 2026-12-31"),
        ("2026-12-31 2026-12-24, DE-BY", "DE-BY, 2026-12-24, 2026-12-31"),
        ("2027-1-4", "2027-01-04"),
        ("2026-12-24..2026-12-25", "2026-12-24, 2026-12-25"),
        ("2026-12-24..2027-01-01", "2026-12-24..2027-01-01"),
        ("2026-12-24 to 2027-01-01", "2026-12-24..2027-01-01"),
        ("2026-12-24 \N{EN DASH} 2027-01-01", "2026-12-24..2027-01-01"),
        ("US 2026-12-24 .. 2026-12-26 2026-12-27", "US, 2026-12-24..2026-12-27"),
    ],
)
def test_reads_what_people_type(text: str, kept: str) -> None:
    """Codes or names, days or ranges, parted by commas, lines or spaces; what is kept is read back the same."""
    holidays = read_holidays(text)

    assert holidays.as_text() == kept
    assert read_holidays(kept) == holidays


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Grmany", "“Grmany” is neither a country nor a day; did you mean Germany? Try Germany,"),
        ("DE, Frnce", "“Frnce” is neither a country nor a day; did you mean France?"),
        ("everybody", "“everybody” is neither a country nor a day. Try Germany, DE-BY, 2026-12-24"),
        ("Germany in winter", "“in” is neither a country nor a day"),
        ("DE-BYE", "“BYE” is no part of DE; did you mean DE-BY?"),
        ("DE-99", "“99” is no part of DE; try BB, BE, BW"),
        ("MC-1", "I know no parts of MC; write MC alone."),
        ("XX-BY", "“XX-BY” is neither a country nor a day"),
        ("31.12.2026", "“31.12.2026” is not a day; write the year first, such as 2026-12-24."),
        ("2026-02-30", "“2026-02-30” is not a day"),
        ("2026-12", "“2026-12” is not a day"),
        ("2026-12-24..", "“” is not a day"),
        ("1899-12-24", "days run from 2000 to 2999"),
        ("2027-01-01..2026-12-24", "2026-12-24 comes before 2027-01-01; write the earlier day"),
        ("2026-01-01..2028-01-01", "2026-01-01..2028-01-01 is longer than a year."),
        ("2026-01-01..2026-12-31 2027-01-01..2027-12-31 2028-01-01..2028-12-31", "1,096 days off"),
        ("DE " * 2_000, "A list of holidays may have 4,000 characters."),
    ],
)
def test_names_the_part_that_is_wrong(text: str, sentence: str) -> None:
    """And what would have worked, with the nearest where there is one."""
    with pytest.raises(Refused) as refused:
        read_holidays(text)

    assert sentence in refused.value.sentence


@pytest.mark.parametrize(
    ("text", "day", "name"),
    [
        ("DE", "2026-12-25", "Christmas Day"),
        ("DE", "2026-12-24", None),
        ("DE, 2026-12-24", "2026-12-24", "day off"),
        ("DE, 2026-12-25", "2026-12-25", "Christmas Day"),
        ("DE", "2026-11-01", None),
        ("DE-BY", "2026-11-01", "All Saints' Day"),
        ("GB-SCT", "2026-11-30", "Saint Andrew's Day"),
        ("GB-ENG", "2026-11-30", None),
        ("US", "2026-11-26", "Thanksgiving Day"),
        ("DE, US", "2026-11-26", "Thanksgiving Day"),
        ("FR", "2027-07-14", "National Day"),
        ("2026-12-24..2027-01-01", "2026-12-31", "day off"),
        ("2026-12-24..2027-01-01", "2027-01-02", None),
        ("", "2026-12-25", None),
    ],
)
def test_names_the_day(text: str, day: str, name: str | None) -> None:
    """In English, whatever the country; a part of a country has more days than the whole."""
    assert read_holidays(text).name_on(date.fromisoformat(day)) == name


def test_a_country_that_is_no_more_is_told() -> None:
    """What was kept may be older than the library."""
    with pytest.raises(Refused, match="“YU” is no country whose holidays I know"):
        Holidays(countries=("YU",)).name_on(date(2026, 12, 25))


days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@calmly
@given(st.sets(st.sampled_from(["DE", "DE-BY", "US-CA", "GB-SCT", "JP"])), st.sets(days))
def test_what_is_kept_is_read_back(countries: set[str], dates: set[date]) -> None:
    """Ranges or not."""
    holidays = Holidays(tuple(countries), tuple(sorted(dates)))
    assert read_holidays(holidays.as_text()) == holidays


@settings(calmly, max_examples=50)
@given(st.text(max_size=60) | st.text("DEBY ,.-0123456789\n", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing a person types raises anything else."""
    with suppress(Refused):
        holidays = read_holidays(text)
        assert read_holidays(holidays.as_text()) == holidays


def test_the_library_waits_until_it_is_asked() -> None:
    """It takes a quarter of a second to import, which most commands do not need."""
    code = (
        "import sys, bot.domain.holiday as h; h.read_holidays(''); print('holidays' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "False\n"
