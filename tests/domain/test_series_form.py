"""The form for a series: what somebody filled in becomes what the series agrees on, or one sentence beside a field."""

from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.agenda import Agenda
from bot.domain.holiday import read_holidays
from bot.domain.recurrence import Repeat, make_rule
from bot.domain.series_form import SeriesForm, read_terms
from bot.errors import FormErrors
from bot.slack.form import read_form
from tests.meetingroom import AGENDAS, ANA, BO, DESK, LEA, utc

NOW = utc("2026-11-22 12:00")
BERLIN = ZoneInfo("Europe/Berlin")
FILLED = {
    "template": "support_team",
    "channel": DESK,
    "repeat": "weekly",
    "first": "2026-11-23",
    "at": "09:00",
    "zone": "Europe/Berlin",
}
PEOPLE = {**FILLED, "template": "manager_one_on_one", "channel": None, "people": [BO.id]}


def view(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a form as Slack sends it; the kind of element does not matter to who reads it."""
    kinds = {list: "selected_users", str: "value", int: "value", type(None): "value"}
    return {
        "state": {
            "values": {
                name: {"value": {"type": "x", kinds[type(value)]: value}}
                for name, value in fields.items()
            }
        }
    }


def read(fields: dict[str, Any], owner: str = ANA.id, now=NOW):
    """Return what a form agrees on."""
    form = read_form(view(fields), SeriesForm)
    return read_terms(form, owner, AGENDAS[form.template], now)


def errors(fields: dict[str, Any], owner: str = ANA.id, now=NOW) -> dict[str, str]:
    """Return what is said beside the fields."""
    with pytest.raises(FormErrors) as wrong:
        read(fields, owner, now)
    return wrong.value.fields


class TestWhatIsAgreed:
    """A form that can be used."""

    def test_the_least(self):
        """Everything else has its usual value."""
        terms = read(FILLED)
        assert terms.template == "support_team"
        assert terms.title == "Team meeting with support engineers"
        assert terms.target == DESK
        assert terms.attendees == ()
        assert terms.rule == make_rule(Repeat.WEEKLY, date(2026, 11, 23), time(9), BERLIN)
        assert (terms.calendar_url, terms.team, terms.holidays.as_text()) == (None, None, "")
        assert terms.lead == timedelta(hours=1)
        assert not terms.is_private

    def test_everything(self):
        """As it was filled in."""
        terms = read(
            {
                **FILLED,
                "title": "  Desk weekly ",
                "every": "2",
                "weekdays": ["0", "3"],
                "lead": "1440",
                "attendees": [BO.id, LEA.id, BO.id],
                "holidays": "Germany, 2026-12-24",
                "team": "emea",
                "zone": "new york",
            }
        )
        york = ZoneInfo("America/New_York")
        assert terms.title == "Desk weekly"
        assert terms.rule == make_rule(Repeat.WEEKLY, date(2026, 11, 23), time(9), york, 2, (0, 3))
        assert (terms.lead, terms.team) == (timedelta(days=1), "emea")
        assert terms.attendees == (BO.id, LEA.id)
        assert terms.holidays == read_holidays("DE, 2026-12-24")

    def test_people(self):
        """The owner takes part, chosen or not; the order does not matter, so that one conversation is meant."""
        for people in ([BO.id], [ANA.id, BO.id], [BO.id, ANA.id, BO.id]):
            terms = read({**PEOPLE, "people": people})
            assert (terms.target, terms.attendees) == ("U0ANA,U0BO", (BO.id,))
            assert terms.is_private

    def test_the_team_of_the_other_person(self):
        """A one-on-one shows their team's figures unless another was chosen; a meeting of many shows everybody's."""
        teams = {(BO.id,): "emea"}
        form = read_form(view(PEOPLE), SeriesForm)
        agenda = AGENDAS["manager_one_on_one"]

        def team(form: SeriesForm, agenda: Agenda) -> str | None:
            return read_terms(
                form, ANA.id, agenda, NOW, lambda people: teams.get(tuple(people))
            ).team

        assert team(form, agenda) == "emea"
        assert team(form.model_copy(update={"team": "apac"}), agenda) == "apac"
        assert team(form, AGENDAS["support_team"]) is None

    def test_the_channel_in_which_the_form_was_opened(self):
        """A one-on-one is not posted there, whatever the form began with."""
        assert read({**PEOPLE, "channel": DESK}).target == "U0ANA,U0BO"

    def test_people_and_attendees(self):
        """Both are named in the agenda, each once."""
        terms = read({**PEOPLE, "people": [LEA.id, BO.id], "attendees": [BO.id, "U0KIM"]})
        assert (terms.target, terms.attendees) == ("U0ANA,U0BO,U0LEA", (LEA.id, BO.id, "U0KIM"))

    def test_a_calendar(self):
        """It says when: a rule that was filled in before counts no more."""
        terms = read({**FILLED, "repeat": "calendar", "calendar": " https://x.example/a.ics "})
        assert (terms.rule, terms.calendar_url) == (None, "https://x.example/a.ics")
        assert terms.when == "whenever its calendar says"

    @pytest.mark.parametrize("repeat", ["monthly_by_weekday", "monthly_by_date"])
    def test_months_that_are_left_out(self, repeat):
        """“Every … weeks or months”, the form says; weekdays are of weekly meetings only."""
        rule = read({**FILLED, "repeat": repeat, "every": "2", "weekdays": ["4"]}).rule
        assert rule == make_rule(Repeat(repeat), date(2026, 11, 23), time(9), BERLIN, 2)

    def test_what_is_left_over_of_a_weekly_meeting(self):
        """One that is held once is held on its day."""
        rule = read({**FILLED, "repeat": "once", "every": "2", "weekdays": ["4"]}).rule
        assert rule == make_rule(Repeat.ONCE, date(2026, 11, 23), time(9), BERLIN)

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({}, "every Monday at 09:00, Berlin time"),
            ({"weekdays": ["0", "1", "2", "3", "4"]}, "every day from Monday to Friday at 09:00, Berlin time"),
            ({"every": "3"}, "every 3 weeks on Monday at 09:00, Berlin time"),
            ({"repeat": "monthly_by_weekday"}, "on the fourth Monday of every month at 09:00, Berlin time"),
            ({"repeat": "monthly_by_date"}, "on the 23rd of every month at 09:00, Berlin time"),
            ({"repeat": "once"}, "once, on 23 November 2026 at 09:00, Berlin time"),
        ],
    )  # fmt: skip
    def test_it_is_said_back_in_words(self, more, words):
        """What the bot has understood."""
        assert read({**FILLED, **more}).when == words

    def test_one_that_began_long_ago(self):
        """A series that people have held for years keeps its first day when something else is changed."""
        before = read(FILLED)
        form = read_form(view({**FILLED, "at": "10:00"}), SeriesForm)
        later = utc("2026-12-22 12:00")
        agreed = read_terms(form, ANA.id, AGENDAS["support_team"], later, before=before)
        assert agreed.rule
        assert agreed.rule.first == date(2026, 11, 23)


class TestWhatIsWrong:
    """One sentence beside each field that cannot be used."""

    @pytest.mark.parametrize(
        ("more", "fields"),
        [
            ({"channel": None}, {"channel": "Choose a channel, or people below."}),
            ({"people": [BO.id]}, {"people": "Choose a channel or people, not both."}),
            (
                {"channel": None, "people": [ANA.id]},
                {"people": "Choose somebody else: you take part anyway."},
            ),
            (
                {"template": "manager_one_on_one"},
                {"people": "A one-on-one goes to people, not to a channel. Choose one."},
            ),
            ({"first": None}, {"first": "When is the first meeting?"}),
            ({"at": None}, {"at": "When does it begin?"}),
            (
                {"first": None, "at": None},
                {"first": "When is the first meeting?", "at": "When does it begin?"},
            ),
            (
                {"repeat": "calendar"},
                {
                    "calendar": "Paste the address of the calendar (ICS), or choose another way to repeat."
                },
            ),
            (
                {"calendar": "https://x.example/a.ics"},
                {
                    "calendar": "Clear this address, or choose “As a calendar says” above: a meeting follows one of both."
                },
            ),
            (
                {"repeat": "calendar", "calendar": "x", "every": "2", "weekdays": ["4"]},
                {
                    "every": "The calendar says how often. Put 1 here, or choose another way to repeat.",
                    "weekdays": "The calendar says on which days. Untick them, or choose another way to repeat.",
                },
            ),
            ({"repeat": "fortnightly"}, {"repeat": "Choose how it repeats."}),
            (
                {"first": "2026-11-21"},
                {"first": "21 November 2026 has passed. Choose a day that is still to come."},
            ),
            (
                {"repeat": "once", "first": "2026-11-22"},
                {"first": "That has passed, or is a holiday. Choose a time that is still to come."},
            ),
            (
                {"repeat": "once", "holidays": "2026-11-23"},
                {"first": "That has passed, or is a holiday. Choose a time that is still to come."},
            ),
            ({"weekdays": ["7"]}, {"repeat": "Weekdays run from 0, Monday, to 6, Sunday."}),
            ({"template": None}, {"template": "Please fill this in."}),
            ({"repeat": None}, {"repeat": "Please fill this in."}),
            ({"zone": None}, {"zone": "Please fill this in."}),
            ({"every": "0"}, {"every": "Please use a number of at least 1."}),
            ({"every": "53"}, {"every": "Please use a number of at most 52."}),
            ({"every": "two"}, {"every": "Please use a whole number."}),
            ({"first": "soon"}, {"first": "Please choose a day."}),
            ({"at": "nine"}, {"at": "Please choose a time."}),
            ({"lead": "-1"}, {"lead": "Please use a number of at least 0."}),
            ({"lead": "20161"}, {"lead": "Please use a number of at most 20160."}),
            ({"title": "x" * 151}, {"title": "Please use at most 150 characters."}),
            ({"calendar": "x" * 2001}, {"calendar": "Please use at most 2000 characters."}),
            (
                {"people": [f"U{number}" for number in range(8)]},
                {"people": "Please choose at most 7."},
            ),
            (
                {"attendees": [f"U{number}" for number in range(101)]},
                {"attendees": "Please choose at most 100."},
            ),
            (
                {"lead": "-1", "every": "0", "at": "nine"},
                {
                    "lead": "Please use a number of at least 0.",
                    "every": "Please use a number of at least 1.",
                    "at": "Please choose a time.",
                },
            ),
        ],
    )  # fmt: skip
    def test_beside_the_field(self, more, fields):
        """All that can be told at once."""
        assert errors({**FILLED, **more}) == fields

    @pytest.mark.parametrize(
        ("field", "typed", "begins"),
        [
            ("zone", "Berln", "“Berln” is not a time zone; did you mean Europe/Berlin?"),
            (
                "zone",
                "EST",
                "“EST” does not say when its clocks change; did you mean America/New_York",
            ),
            ("zone", "+02:00", "“+02:00” is an offset, and does not follow summer time"),
            ("holidays", "Bavaria?", "“Bavaria?” is neither a country nor a day"),
            ("holidays", "24.12.2026", "“24.12.2026” is not a day; write the year first"),
        ],
    )
    def test_zones_and_holidays(self, field, typed, begins):
        """Who reads them says what is wrong, here beside the field."""
        wrong = errors({**FILLED, field: typed})
        assert list(wrong) == [field]
        assert wrong[field].startswith(begins)

    def test_a_meeting_on_nothing_but_holidays(self):
        """Nothing would be posted for more than a year."""
        daily = {**FILLED, "weekdays": [str(day) for day in range(7)]}
        year = "2026-11-23..2027-11-22"
        assert read({**daily, "holidays": year}).rule
        assert errors({**daily, "holidays": f"{year}, 2027-11-23..2028-03-01"}) == {
            "first": "With these dates and holidays there is no next meeting. Look at the first date and the holidays."
        }

    def test_a_meeting_that_begins_right_now(self):
        """It is too late to say anything about it beforehand."""
        now = utc("2026-11-23 08:00")
        wrong = errors({**FILLED, "repeat": "once"}, now=now)
        assert list(wrong) == ["first"]
        assert read({**FILLED, "repeat": "once"}, now=now - timedelta(minutes=1)).rule

    def test_an_owner_who_edits_keeps_the_meeting_theirs(self):
        """A manager who changes a lead's series does not become one of its people."""
        terms = read({**PEOPLE, "people": [BO.id]}, owner=LEA.id)
        assert terms.target == "U0BO,U0LEA"
