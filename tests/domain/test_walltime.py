"""Wall time: what the clocks show and the instant it is, also on the days when they change."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.walltime import to_utc, zone_in_words, zone_named
from bot.errors import Refused

MINUTE = timedelta(minutes=1)
calmly = settings(deadline=None)  # a machine may be busy


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Worked out by hand from the offsets before and after each change. A gap's times all mean its end.
BERLIN = "Europe/Berlin"  # one hour ahead in winter, two in summer
NEW_YORK = "America/New_York"  # five behind, four in summer
SYDNEY = "Australia/Sydney"  # summer is in January: eleven ahead, else ten
LORD_HOWE = "Australia/Lord_Howe"  # half an hour: ten and a half ahead, eleven in summer
CAIRO = "Africa/Cairo"  # two ahead, three in summer; changes at midnight
SAO_PAULO = "America/Sao_Paulo"  # three behind, two in summer; changed at midnight until 2019
APIA = "Pacific/Apia"  # went from ten behind to fourteen ahead, and had no 30 December 2011
CHANGES = [
    (BERLIN, "2027-03-28 01:59", "2027-03-28 00:59"),
    (BERLIN, "2027-03-28 02:00", "2027-03-28 01:00"),
    (BERLIN, "2027-03-28 02:30", "2027-03-28 01:00"),
    (BERLIN, "2027-03-28 03:00", "2027-03-28 01:00"),
    (BERLIN, "2027-03-28 03:01", "2027-03-28 01:01"),
    (BERLIN, "2026-10-25 01:59", "2026-10-24 23:59"),
    (BERLIN, "2026-10-25 02:00", "2026-10-25 00:00"),
    (BERLIN, "2026-10-25 02:30", "2026-10-25 00:30"),
    (BERLIN, "2026-10-25 03:00", "2026-10-25 02:00"),
    (NEW_YORK, "2027-03-14 01:30", "2027-03-14 06:30"),
    (NEW_YORK, "2027-03-14 02:30", "2027-03-14 07:00"),
    (NEW_YORK, "2027-03-14 03:30", "2027-03-14 07:30"),
    (NEW_YORK, "2026-11-01 00:30", "2026-11-01 04:30"),
    (NEW_YORK, "2026-11-01 01:30", "2026-11-01 05:30"),
    (NEW_YORK, "2026-11-01 02:00", "2026-11-01 07:00"),
    (SYDNEY, "2026-10-04 01:30", "2026-10-03 15:30"),
    (SYDNEY, "2026-10-04 02:30", "2026-10-03 16:00"),
    (SYDNEY, "2026-10-04 03:30", "2026-10-03 16:30"),
    (SYDNEY, "2027-04-04 01:30", "2027-04-03 14:30"),
    (SYDNEY, "2027-04-04 02:30", "2027-04-03 15:30"),
    (SYDNEY, "2027-04-04 03:00", "2027-04-03 17:00"),
    (LORD_HOWE, "2026-10-04 01:59", "2026-10-03 15:29"),
    (LORD_HOWE, "2026-10-04 02:15", "2026-10-03 15:30"),
    (LORD_HOWE, "2026-10-04 02:30", "2026-10-03 15:30"),
    (LORD_HOWE, "2027-04-04 01:29", "2027-04-03 14:29"),
    (LORD_HOWE, "2027-04-04 01:45", "2027-04-03 14:45"),
    (LORD_HOWE, "2027-04-04 02:00", "2027-04-03 15:30"),
    (CAIRO, "2027-04-29 23:59", "2027-04-29 21:59"),
    (CAIRO, "2027-04-30 00:00", "2027-04-29 22:00"),
    (CAIRO, "2027-04-30 00:30", "2027-04-29 22:00"),
    (CAIRO, "2027-04-30 01:00", "2027-04-29 22:00"),
    (CAIRO, "2026-10-29 23:30", "2026-10-29 20:30"),
    (CAIRO, "2026-10-30 00:00", "2026-10-29 22:00"),
    (SAO_PAULO, "2018-11-04 00:30", "2018-11-04 03:00"),
    (SAO_PAULO, "2019-02-16 23:30", "2019-02-17 01:30"),
    (SAO_PAULO, "2019-02-17 00:00", "2019-02-17 03:00"),
    (APIA, "2011-12-30 09:00", "2011-12-30 10:00"),
    (APIA, "2011-12-31 09:00", "2011-12-30 19:00"),
]


@pytest.mark.parametrize(("zone", "wall", "utc"), CHANGES)
def test_a_gap_means_its_end_and_a_fold_its_first_time(zone: str, wall: str, utc: str) -> None:
    """Also where summer is in January, where clocks move half an hour, at midnight, or by a whole day."""
    assert to_utc(local(wall), ZoneInfo(zone)) == local(utc).replace(tzinfo=UTC)


near_a_change = st.builds(
    lambda change, minutes: (ZoneInfo(change[0]), local(change[1]) + minutes * MINUTE),
    st.sampled_from(CHANGES),
    st.integers(-1_500, 1_500),
)
any_time = st.tuples(
    st.sampled_from([ZoneInfo(zone) for zone, *_ in CHANGES]),
    st.datetimes(local("2005-01-01"), local("2035-01-01")),
)


def readings(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """Every instant at which the clocks show `wall`, by trying each offset that a zone may have."""
    offsets = [timedelta(minutes=15 * count) for count in range(-56, 57)]
    instants = (wall.replace(tzinfo=UTC) - offset for offset in reversed(offsets))
    return [at for at in instants if at.astimezone(zone).replace(tzinfo=None) == wall]


def exists(wall: datetime, zone: ZoneInfo) -> bool:
    back = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return back.replace(tzinfo=None) == wall


@calmly
@given(near_a_change | any_time)
def test_an_instant_reads_back(case: tuple[ZoneInfo, datetime]) -> None:
    """A time that exists becomes an instant at which the clocks show it, the first where there are two."""
    zone, wall = case
    if exists(wall, zone):
        assert to_utc(wall, zone) == readings(wall, zone)[0]


@calmly
@given(near_a_change)
def test_a_time_that_does_not_exist_becomes_the_next_minute_that_does(
    case: tuple[ZoneInfo, datetime],
) -> None:
    """Found minute by minute, for every time in every gap."""
    zone, wall = case
    shown = wall
    while not exists(shown, zone):
        shown += MINUTE
    assert to_utc(wall, zone) == readings(shown, zone)[0]


@calmly
@given(near_a_change, st.integers(0, 3_000))
def test_later_on_the_wall_is_never_earlier(case: tuple[ZoneInfo, datetime], minutes: int) -> None:
    """So that meetings keep their order through a change of clocks."""
    zone, wall = case
    assert to_utc(wall, zone) <= to_utc(wall + minutes * MINUTE, zone)


def test_a_wall_time_has_no_zone_of_its_own() -> None:
    """An aware time here is a mistake in the code, not a person's."""
    with pytest.raises(ValueError, match="no zone of its own"):
        to_utc(datetime(2026, 11, 24, tzinfo=UTC), ZoneInfo(BERLIN))


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (" europe / berlin ", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("Berlin time", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("new-york", "America/New_York"),
        ("São Paulo", "America/Sao_Paulo"),
        ("Zürich", "Europe/Zurich"),
        ("St. John's", "America/St_Johns"),
        ("port-au-prince", "America/Port-au-Prince"),
        ("buenos aires", "America/Argentina/Buenos_Aires"),
        ("utc", "UTC"),
        ("GMT", "GMT"),
        ("cet", "CET"),
        ("Etc/GMT+2", "Etc/GMT+2"),
    ],
)
def test_reads_what_people_type(text: str, zone: str) -> None:
    """Case, accents, spaces and the continent do not matter."""
    assert zone_named(text) == ZoneInfo(zone)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Which time zone? Name one such as Europe/Berlin."),
        ("Berln", "“Berln” is not a time zone; did you mean Europe/Berlin?"),
        ("europe/berln", "did you mean Europe/Berlin?"),
        ("qqqq", "“qqqq” is not a time zone; name one such as Europe/Berlin."),
        ("../etc/passwd", "is not a time zone"),
        ("localtime", "is not a time zone"),
        ("UTC+2", "“UTC+2” is an offset, and does not follow summer time; name a zone"),
        ("+02:00", "is an offset"),
        ("EST", "“EST” does not say when its clocks change; did you mean America/New_York?"),
        ("pst", "did you mean America/Los_Angeles?"),
        ("x" * 500, "is too long to be a time zone"),
    ],
)
def test_says_which_zone_would_work(text: str, sentence: str) -> None:
    """An offset or an abbreviation is refused: a meeting at 9 EST would move in summer."""
    with pytest.raises(Refused) as refused:
        zone_named(text)

    assert sentence in refused.value.sentence


@settings(calmly, max_examples=25)  # the nearest of a thousand names takes a while
@given(st.text(max_size=80) | st.text("abcdeGMTUC+-/_ 0123", max_size=12))
def test_any_text_is_a_zone_or_refused(text: str) -> None:
    """Nothing a person types raises anything else."""
    with suppress(Refused):
        assert zone_named(text).key in available_timezones()


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/Berlin", "Berlin time"),
        ("America/New_York", "New York time"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires time"),
        ("UTC", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Etc/GMT+2", "Etc/GMT+2"),
    ],
)
def test_a_sentence_names_the_city(zone: str, words: str) -> None:
    """Except where there is none."""
    assert zone_in_words(ZoneInfo(zone)) == words
