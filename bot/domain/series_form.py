"""The form for a series: what somebody filled in, and what the series then agrees on."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.domain.agenda import Agenda
from bot.domain.draft import Draft, read_by
from bot.domain.holiday import Holidays, read_holidays
from bot.domain.recurrence import Repeat, Rule, make_rule
from bot.domain.series import FARTHEST, Terms, next_dates
from bot.domain.span import PeriodKind, whole
from bot.domain.walltime import zone_named
from bot.errors import FormErrors, Refused

CALENDAR = "calendar"
_MOST_PEOPLE = (
    7  # with the owner and the bot, as many as a group message takes (slack-platform: 8.3)
)
_MOST_ATTENDEES = 100
_IN_REACH = "Choose a day in the next five years."


class SeriesForm(Draft):
    """What the form asks; each field is checked by itself here, and together in `read_terms`."""

    template: str
    title: Annotated[str, Field(max_length=150)] = ""
    channel: str | None = None
    people: Annotated[list[str], Field(max_length=_MOST_PEOPLE)] = []
    repeat: str
    first: date | None = None
    at: time | None = None
    zone: Annotated[ZoneInfo, read_by(zone_named)]
    every: Annotated[int, Field(ge=1, le=52)] = 1
    weekdays: list[int] = []
    calendar: Annotated[str, Field(max_length=2000)] = ""
    lead: Annotated[int, Field(ge=0, le=20_160)] = 60
    attendees: Annotated[list[str], Field(max_length=_MOST_ATTENDEES)] = []
    holidays: Annotated[Holidays, read_by(read_holidays)] = Holidays((), ())
    team: str | None = None


def read_terms(
    form: SeriesForm,
    owner: str,
    agenda: Agenda,
    now: datetime,
    team_of: Callable[[Iterable[str]], str | None] = lambda _: None,
    before: Terms | None = None,
) -> Terms:
    """Return what the series agrees on; `FormErrors` beside the fields that do not go together.

    A one-on-one for which nobody chose otherwise shows the figures of the team that `team_of` names for the other one.
    A series that is changed, and agreed on `before`, may keep a first day that has passed; no other is taken.
    """
    _check_when(form, now, before)
    people = [person for person in dict.fromkeys(form.people) if person != owner]
    terms = Terms(
        agenda.slug,
        form.title or agenda.name,
        _target(form, owner, people, agenda),
        tuple(dict.fromkeys((*people, *form.attendees))),
        form.zone,
        None if form.repeat == CALENDAR else _rule(form),
        _calendar(form),
        timedelta(minutes=form.lead),
        form.holidays,
        form.team or (team_of(people) if agenda.is_one_on_one else None),
    )
    if terms.rule is not None and _meets_anew(terms, before) and not next_dates(terms, now, 1):
        raise FormErrors({"first": _no_next(form)})
    return terms


def _meets_anew(terms: Terms, before: Terms | None) -> bool:
    """Return whether it is to meet otherwise than before; what is over can be given another title."""
    return before is None or (terms.rule, terms.holidays) != (before.rule, before.holidays)


def _check_when(form: SeriesForm, now: datetime, before: Terms | None) -> None:
    """Raise `FormErrors` where a rule and a calendar are both given, or the first day is over or years away."""
    if form.repeat == CALENDAR:
        wrong = _rule_beside_calendar(form)
    elif form.calendar:
        wrong = {
            "calendar": "Clear this address, or choose “As a calendar says” above: a meeting follows one of both."
        }
    else:
        wrong = _first_out_of_reach(form, now, before)
    if wrong:
        raise FormErrors(wrong)


def _rule_beside_calendar(form: SeriesForm) -> dict[str, str]:
    wrong = {}
    if form.every != 1:
        wrong["every"] = "The calendar says how often. Put 1 here, or choose another way to repeat."
    if form.weekdays:
        wrong["weekdays"] = (
            "The calendar says on which days. Untick them, or choose another way to repeat."
        )
    return wrong


def _first_out_of_reach(form: SeriesForm, now: datetime, before: Terms | None) -> dict[str, str]:
    if form.first is None:
        return {}
    today = now.astimezone(form.zone).date()
    if form.first > today + FARTHEST:
        return {"first": f"{form.first.year} is too far ahead. {_IN_REACH}"}
    if form.first >= today:
        return {}
    if before is not None and before.rule is not None and before.rule.first == form.first:
        return {}
    passed = whole(PeriodKind.DAY, form.first).label
    return {"first": f"{passed} has passed. Choose a day that is still to come."}


def _target(form: SeriesForm, owner: str, people: list[str], agenda: Agenda) -> str:
    if (
        form.channel and not agenda.is_one_on_one
    ):  # a one-on-one's form may still name where it was opened
        if form.people:
            raise FormErrors({"people": "Choose a channel or people, not both."})
        return form.channel
    if not form.people:
        if agenda.is_one_on_one:
            raise FormErrors(
                {"people": "A one-on-one goes to people, not to a channel. Choose one."}
            )
        raise FormErrors({"channel": "Choose a channel, or people below."})
    if not people:
        raise FormErrors({"people": "Choose somebody else: you take part anyway."})
    return ",".join(sorted([owner, *people]))


def _rule(form: SeriesForm) -> Rule:
    missing = {
        field: sentence
        for field, value, sentence in (
            ("first", form.first, "When is the first meeting?"),
            ("at", form.at, "When does it begin?"),
        )
        if value is None
    }
    if missing or form.first is None or form.at is None:
        raise FormErrors(missing)
    try:
        return make_rule(
            Repeat(form.repeat), form.first, form.at, form.zone, form.every, form.weekdays
        )
    except Refused as refused:
        raise FormErrors({"repeat": refused.sentence}) from None
    except ValueError:
        raise FormErrors({"repeat": "Choose how it repeats."}) from None


def _calendar(form: SeriesForm) -> str | None:
    if form.repeat != CALENDAR:
        return None
    if not form.calendar:
        raise FormErrors(
            {
                "calendar": "Paste the address of the calendar (ICS), or choose another way to repeat."
            }
        )
    return form.calendar


def _no_next(form: SeriesForm) -> str:
    if form.repeat == Repeat.ONCE:
        return "That has passed, or is a holiday. Choose a time that is still to come."
    return "With these dates and holidays there is no next meeting. Look at the first date and the holidays."
