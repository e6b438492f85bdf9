"""Days to come as people write them, and sentences that end in one."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.day import must_come, parse_day, show_day, sounds_dated, take_day
from bot.errors import Refused

MONDAY = date(2026, 11, 23)
FRIDAY, SATURDAY = date(2026, 11, 27), date(2026, 11, 28)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("today", "2026-11-23"),
        ("tonight", "2026-11-23"),
        ("Tomorrow!", "2026-11-24"),
        ("the day after tomorrow", "2026-11-25"),
        ("friday", "2026-11-27"),
        ("FRI", "2026-11-27"),
        ("by friday", "2026-11-27"),
        ("“friday”", "2026-11-27"),
        ("this friday", "2026-11-27"),
        ("monday", "2026-11-30"),
        ("next friday", "2026-12-04"),
        ("friday next week", "2026-12-04"),
        ("next week", "2026-11-30"),
        ("next month", "2026-12-01"),
        ("next year", "2027-01-01"),
        ("this week", "2026-11-27"),
        ("end of the week", "2026-11-27"),
        ("end of next week", "2026-12-04"),
        ("eom", "2026-11-30"),
        ("end of next month", "2026-12-31"),
        ("in 3 days", "2026-11-26"),
        ("3d", "2026-11-26"),
        ("in three days", "2026-11-26"),
        ("a week from now", "2026-11-30"),
        ("in two weeks", "2026-12-07"),
        ("1 month", "2026-12-23"),
        ("in 5 working days", "2026-11-30"),
        ("2026-12-04", "2026-12-04"),
        ("2026/12/4", "2026-12-04"),
        ("2026–12–04", "2026-12-04"),
        ("4 dec", "2026-12-04"),
        ("dec 4", "2026-12-04"),
        ("4th of December", "2026-12-04"),
        ("Fri, 4 December 2026", "2026-12-04"),
        ("December 4th, 2027", "2027-12-04"),
        ("23 nov", "2026-11-23"),
        ("15 september", "2027-09-15"),
        ("29 feb", "2028-02-29"),
        ("the 4th", "2026-12-04"),
        ("the 31st", "2026-12-31"),
    ],
)  # fmt: skip
def test_a_day_to_come(typed: str, day: str) -> None:
    """Asked on a Monday."""
    assert parse_day(typed, MONDAY) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("typed", "today", "day"),
    [
        ("friday", FRIDAY, "2026-12-04"),
        ("next friday", FRIDAY, "2026-12-04"),
        ("end of week", SATURDAY, "2026-12-04"),
        ("next week", SATURDAY, "2026-11-30"),
        ("in 1 working day", FRIDAY, "2026-11-30"),
        ("1 month", date(2027, 1, 31), "2027-02-28"),
        ("the 1st", date(2026, 12, 31), "2027-01-01"),
    ],
)
def test_it_depends_on_the_day_it_is_asked(typed: str, today: date, day: str) -> None:
    """A weekday is never today: that would be `today`."""
    assert parse_day(typed, today) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "is not a day I know. Try tomorrow, friday, in 3 days"),
        ("soon", "“soon” is not a day I know."),
        ("firday", "did you mean “friday”?"),
        ("tommorow", "did you mean “tomorrow”?"),
        ("yesterday", "Sun 22 Nov is past; today is Mon 23 Nov."),
        ("2026-11-22", "Sun 22 Nov is past"),
        ("22 nov", "Sun 22 Nov is past"),
        ("30 feb", "There is no “30 feb” in the calendar."),
        ("2026-13-01", "There is no “2026-13-01” in the calendar."),
        ("thu 27 nov", "Fri 27 Nov is no Thursday."),
        ("04/12/2026", "could be two different days; write the year first"),
        ("5", "is not a day I know"),
        ("2099-01-01", "2099 is too far ahead."),
        ("999 months", "too far ahead"),
        ("x" * 500, "is not a day I know"),
    ],
)
def test_a_refusal_says_what_would_work(typed: str, said: str) -> None:
    """With the nearest word, or with examples."""
    with pytest.raises(Refused) as refused:
        parse_day(typed, MONDAY)
    assert said in refused.value.sentence
    assert "2026-12-04" in refused.value.sentence
    assert len(refused.value.sentence) < 250


@pytest.mark.parametrize(
    ("typed", "text", "day"),
    [
        ("update the runbook by friday", "update the runbook", "2026-11-27"),
        ("update the runbook, due: 4 dec", "update the runbook", "2026-12-04"),
        ("update the runbook (by next week)", "update the runbook", "2026-11-30"),
        ("update the runbook until tomorrow.", "update the runbook", "2026-11-24"),
        ("publish it on december 4", "publish it", "2026-12-04"),
        ("ship it before friday", "ship it", "2026-11-26"),
        ("stand by for review by friday", "stand by for review", "2026-11-27"),
        ("call the vendor tomorrow", "call the vendor", "2026-11-24"),
        ("call the vendor the day after tomorrow", "call the vendor", "2026-11-25"),
        ("call the vendor in 3 days", "call the vendor", "2026-11-26"),
        ("close INC-7 2026-12-04", "close INC-7", "2026-12-04"),
        ("call vendor Friday", "call vendor", "2026-11-27"),
        ("call the vendor by 31.12.", "call the vendor", "2026-12-31"),
        ("call the vendor by 31.12", "call the vendor", "2026-12-31"),
        ("call the vendor, due 4.12.", "call the vendor", "2026-12-04"),
        ("call the vendor by 31/12", "call the vendor", "2026-12-31"),
        ("call the vendor by 12/31", "call the vendor", "2026-12-31"),
        ("call the vendor by 05/05", "call the vendor", "2027-05-05"),
        ("call the vendor by 31.12.2026", "call the vendor", "2026-12-31"),
        ("call the vendor by 12/31/26", "call the vendor", "2026-12-31"),
        ("call the vendor by 1.2.", "call the vendor by 1.2.", None),
        ("call the vendor by eoy", "call the vendor", "2026-12-31"),
        ("call the vendor by end of year", "call the vendor", "2026-12-31"),
        ("call the vendor by the end of the year", "call the vendor", "2026-12-31"),
        ("call the vendor end of next year", "call the vendor end of next year", None),
        ("call the vendor by end of next year", "call the vendor", "2027-12-31"),
        ("call the vendor by monday 5pm", "call the vendor", "2026-11-30"),
        ("call the vendor by fri at 17:00", "call the vendor", "2026-11-27"),
        ("call the vendor until tomorrow noon", "call the vendor", "2026-11-24"),
        ("call the vendor by KW 50", "call the vendor", "2026-12-11"),
        ("call the vendor by week 2", "call the vendor", "2027-01-15"),
        ("call the vendor by week 60", "call the vendor by week 60", None),
        ("by friday", "", "2026-11-27"),
        ("friday", "", "2026-11-27"),
        ("plan next week", "plan next week", "2026-11-30"),
        # What is no day, or belongs to the sentence, stays.
        ("prepare slides for friday", "prepare slides for friday", None),
        ("write the report of today", "write the report of today", None),
        ("review the PR by Tom", "review the PR by Tom", None),
        ("ask who is on call", "ask who is on call", None),
        ("extend retention to 2 weeks", "extend retention to 2 weeks", None),
        ("reduce latency by 3.5", "reduce latency by 3.5", None),
        ("cut the backlog by 1/2", "cut the backlog by 1/2", None),
        ("cut the cost by 12.50", "cut the cost by 12.50", None),
        ("have somebody on 24/7", "have somebody on 24/7", None),
        ("keep logs 2 weeks", "keep logs 2 weeks", None),
        ("look into the outage of 2026-11-01", "look into the outage of 2026-11-01", None),
        ("look into 2026-11-01", "look into 2026-11-01", None),
        ("by", "by", None),
        ("", "", None),
    ],
)
def test_a_sentence_is_parted_from_its_day(typed: str, text: str, day: str | None) -> None:
    """Where it ends in one."""
    assert take_day(typed, MONDAY) == (text, date.fromisoformat(day) if day else None)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("fix it by firday", "did you mean “friday”?"),
        ("fix it by yesterday", "Sun 22 Nov is past"),
        ("fix it due 2026-11-01", "Sun 1 Nov is past"),
        ("fix it before today", "Sun 22 Nov is past"),
        ("fix it by 04/12/2026", "two different days"),
        ("fix it by 4/12", "two different days"),
        ("fix it by 31.13.2026", "There is no “31.13.2026” in the calendar."),
        ("fix it by 31.11.", "There is no “31.11” in the calendar."),
        ("fix it by 22.11.", "Sun 22 Nov is past"),
    ],
)
def test_a_day_that_was_surely_meant_is_not_lost_in_the_sentence(typed: str, said: str) -> None:
    """It is refused, so that nobody finds an action without its date."""
    with pytest.raises(Refused) as refused:
        take_day(typed, MONDAY)
    assert said in refused.value.sentence


@pytest.mark.parametrize(
    ("text", "is_dated"),
    [
        ("call the vendor by dec", True),
        ("call the vendor by 5pm", True),
        ("call the vendor by week 60", True),
        ("reduce latency by 3.5", True),
        ("call the vendor", False),
        ("review the PR by Tom", False),
        ("put the rota on page 3", False),
        ("look into the outage by which we lost 3 hours of tickets", False),
    ],
)
def test_a_sentence_may_sound_as_if_there_were_a_day_in_it(text: str, is_dated: bool) -> None:
    """Then whoever wrote it is told that none was read."""
    assert sounds_dated(text) is is_dated


def test_a_day_is_shown_short() -> None:
    """With its year where it is another."""
    assert show_day(FRIDAY, MONDAY) == "Fri 27 Nov"
    assert show_day(date(2027, 1, 4), MONDAY) == "Mon 4 Jan 2027"


def test_a_day_from_a_calendar_has_to_come_too() -> None:
    """A form's picker offers the past as well."""
    assert must_come(MONDAY, MONDAY) == MONDAY
    with pytest.raises(Refused, match="is past"):
        must_come(date(2026, 11, 22), MONDAY)


@given(st.text(max_size=80) | st.lists(st.sampled_from(["by", "next", "friday", "4", "dec", "in", "days", "2026-12-04", "the", "week", "end", "of", "-", "31", "31st"]), max_size=6).map(" ".join), st.dates(date(2020, 1, 1), date(2040, 12, 31)))  # fmt: skip
def test_whatever_is_typed_ends_in_a_day_or_a_sentence(typed: str, today: date) -> None:
    """Never in anything else, and never in the past; nothing of a sentence gets lost but its end."""
    with suppress(Refused):
        assert parse_day(typed, today) >= today
    with suppress(Refused):
        text, day = take_day(typed, today)
        assert typed.strip().startswith(text.split(" ")[0] if text else "")
        assert day is None or day >= today
