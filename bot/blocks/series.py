"""Series of meetings as people see them: the list, the forms, what a change did, the history, and templates."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.blocks import kit
from bot.blocks.agenda import day, moment, people
from bot.blocks.kit import Block, Message
from bot.domain.agenda import Agenda, write_sections
from bot.domain.person import Person
from bot.domain.recurrence import Repeat, Rule, fields_of
from bot.domain.series import Listed, Meeting, Series, Terms
from bot.domain.workday import OPENS
from bot.vocabulary import MeetingState, Role, SeriesState

SCHEDULE, MORE, ZONE, NOTES, UNSKIP, POST_NEXT = (
    "agenda.schedule",
    "agenda.more",
    "agenda.zone",
    "agenda.notes",
    "agenda.unskip",
    "agenda.post_next",
)
SCHEDULE_FORM, POINT_FORM, MOVE_FORM, TEMPLATE_FORM = (
    "agenda.schedule",
    "agenda.point",
    "agenda.postpone",
    "agenda.template",
)
COPY, EDIT_TEMPLATE, DROP_TEMPLATE = (
    "agenda.template.copy",
    "agenda.template.edit",
    "agenda.template.drop",
)
CALENDAR = "calendar"
LEADS = (0, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880)  # minutes before the meeting
_USUAL_LEAD = 60
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_REPEATS = (
    (Repeat.WEEKLY, "Every week, or every few weeks"),
    (Repeat.MONTHLY_BY_WEEKDAY, "Every month on the same weekday (third Thursday)"),
    (Repeat.MONTHLY_BY_DATE, "Every month on the same date (the 15th)"),
    (Repeat.ONCE, "Once"),
    (CALENDAR, "As a calendar says (its address below)"),
)
_ICONS = {
    MeetingState.POSTED: "🗓️",
    MeetingState.CLOSED: "✔️",
    MeetingState.SKIPPED: "⏭️",
    MeetingState.CANCELLED: "🚫",
    MeetingState.FAILED: "⚠️",
    MeetingState.PLANNED: "🕘",
}


# --- The list ---


def series_list(listed: Sequence[Listed], *, may_schedule: bool) -> Message:
    """Return the series that somebody may know of, each with what can be done to it."""
    if not listed:
        return _nothing_yet(may_schedule=may_schedule)
    blocks = [kit.header("Meetings"), *(_series_line(each) for each in listed)]
    if may_schedule:
        blocks.append(kit.actions([kit.button("Schedule another", SCHEDULE)]))
    blocks.append(
        kit.context("`/agenda add …` adds a talking point · `/agenda help` shows the rest")
    )
    told = "; ".join(
        f"#{each.series.id} {each.series.terms.title}, {_next_in_words(each)}" for each in listed
    )
    return Message(kit.escape(f"Meetings: {told}."), blocks)


def _nothing_yet(*, may_schedule: bool) -> Message:
    text = "No meetings are scheduled here yet."
    more = (
        "Schedule one, and I post its agenda before it begins."
        if may_schedule
        else "A team lead or manager schedules them."
    )
    blocks = [kit.section(f"{text} {more}")]
    if may_schedule:
        blocks.append(kit.actions([kit.button("Schedule a meeting", SCHEDULE, style="primary")]))
    return Message(f"{text} {more}", blocks)


def _series_line(listed: Listed) -> Block:
    series, terms = listed.series, listed.series.terms
    where = (
        f"<#{terms.target}>" if not terms.is_private else f"🔒 {people(terms.target.split(','))}"
    )
    lines = [f"*#{series.id} {kit.literal(terms.title)}* · {where}", kit.escape(terms.when)]
    lines.append(_next(listed))
    if listed.calendar_error:
        lines.append(f"⚠️ {kit.escape(listed.calendar_error)}")
    return kit.section("\n".join(lines), accessory=_menu(series, may_change=listed.may_change))


def _next(listed: Listed) -> str:
    match listed.series.state:
        case SeriesState.PAUSED:
            return "⏸️ paused; nothing is posted until somebody resumes it"
        case SeriesState.CANCELLED:
            return "🚫 cancelled; `/agenda resume` brings it back"
    if listed.next is None:
        return "no next meeting"
    moved = " (moved)" if listed.next.is_moved else ""
    out = " · its agenda is out" if listed.next.state is MeetingState.POSTED else ""
    return f"next {moment(listed.next.starts_at, listed.series.terms.zone)}{moved}{out}"


def _next_in_words(listed: Listed) -> str:
    if listed.series.state is not SeriesState.ACTIVE:
        return listed.series.state
    return f"next on {day(listed.next, listed.series)}" if listed.next else "no next meeting"


def _menu(series: Series, *, may_change: bool) -> Block:
    is_active = series.state is SeriesState.ACTIVE
    changes = (
        ("Post now", "post"),
        ("Skip the next one", "skip"),
        ("Pause", "pause") if is_active else ("Resume", "resume"),
    )
    verbs = (("Preview", "preview"), *(changes if may_change else ()), ("History", "history"))
    options = [kit.option(words, f"{verb}:{series.id}") for words, verb in verbs]
    return kit.overflow(f"{MORE}:{series.id}", options)


def history_message(series: Series, meetings: Sequence[Meeting]) -> Message:
    """Return the last meetings of a series, what became of each, and a way to their notes."""
    if not meetings:
        text = kit.literal(f"“{series.terms.title}” has not met yet.")
        return Message(text, [kit.section(text)])
    blocks = [kit.header(kit.truncate(f"{series.terms.title}: history", kit.HEADER_LENGTH))]
    blocks += [_past(series, meeting) for meeting in meetings]
    told = "; ".join(f"{day(meeting, series)} {meeting.state}" for meeting in meetings)
    return Message(kit.escape(f"{series.terms.title}: {told}."), blocks)


def _past(series: Series, meeting: Meeting) -> Block:
    reason = meeting.reason or ""
    became = (
        reason
        if reason.startswith(meeting.state)
        else ": ".join(filter(None, (meeting.state, reason)))
    )
    has_notes = meeting.state in (MeetingState.POSTED, MeetingState.CLOSED)
    button = (
        kit.button("Notes", f"{NOTES}:{meeting.id}", value=str(meeting.id)) if has_notes else None
    )
    return kit.section(
        f"{_ICONS[meeting.state]} *{day(meeting, series)}* · {became}", accessory=button
    )


# --- What a change did ---


def scheduled_window(
    series: Series,
    dates: Sequence[datetime],
    *,
    is_new: bool,
    begins: datetime | None = None,
    left: Sequence[Meeting] = (),
) -> Block:
    """Return what a form has done: the rule in words, and the next three dates in the reader's time.

    `begins` is told where the series starts later than on the day that was given; `left` are meetings whose agenda is
    out, and which the change has left where they were.
    """
    return kit.modal(
        "Scheduled" if is_new else "Changed",
        [*_promise(series, dates, begins), *_left(series, left), kit.context(_WHAT_NEXT)],
        close="Done",
    )


_WHAT_NEXT = "`/agenda preview` shows the agenda as it would be posted now · `/agenda list` shows all meetings"


def _promise(series: Series, dates: Sequence[datetime], begins: datetime | None) -> Iterator[Block]:
    terms = series.terms
    where = (
        f"in <#{terms.target}>" if not terms.is_private else f"to {people(terms.target.split(','))}"
    )
    yield kit.section(f"*#{series.id} {kit.literal(terms.title)}*\n{kit.escape(terms.when)}")
    yield kit.section(f"I post its agenda {where}, {lead_words(terms)}.")
    if begins is not None:
        yield kit.section(_later(series, begins))
    if dates:
        lines = "\n".join(f"• {moment(each, terms.zone)}" for each in dates)
        yield kit.section(
            f"*The next {len(dates)} in your time*\n{lines}"
            if len(dates) > 1
            else f"*In your time*\n{lines}"
        )
    if holidays := terms.holidays.as_text():
        yield kit.context(f"Not on holidays: {kit.escape(holidays)}")


def _left(series: Series, left: Sequence[Meeting]) -> Iterator[Block]:
    if left:
        when = " and ".join(moment(each.starts_at, series.terms.zone) for each in left)
        stays = "stays" if len(left) == 1 else "stay"
        yield kit.section(
            f"⚠️ What is out already {stays}: {when}. `/agenda postpone #{series.id}` moves it."
        )


def _later(series: Series, begins: datetime) -> str:
    local = begins.astimezone(series.terms.zone)
    given = series.terms.rule.first if series.terms.rule else local.date()
    starts = f"It starts on {local:%A} {local.day} {local:%B}"
    return f"{starts}, the first by this rule after the day you gave ({given.day} {given:%B})."


def lead_words(terms: Terms) -> str:
    """Return how long before the meeting its agenda is posted, in words."""
    minutes = int(terms.lead.total_seconds() // 60)
    return "when it begins" if not minutes else f"{_lead(minutes)} before it begins"


def _lead(minutes: int) -> str:
    if minutes % 1440 == 0 and minutes:
        return f"{minutes // 1440} day{'' if minutes == 1440 else 's'}"
    if minutes % 60 == 0 and minutes:
        return f"{minutes // 60} hour{'' if minutes == 60 else 's'}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def skipped_message(series: Series, meeting: Meeting, following: Meeting | None) -> Message:
    """Return that a meeting is skipped, with a way back."""
    after = f" The next one is on {day(following, series)}." if following else ""
    text = kit.literal(
        f"“{series.terms.title}” on {day(meeting, series)} is skipped; its points wait.{after}"
    )
    undo = kit.button("Undo", f"{UNSKIP}:{meeting.id}", value=str(meeting.id))
    return Message(text, [kit.section(text, accessory=undo)])


def missed_message(series: Series, missed: Meeting, following: Meeting) -> Message:
    """Return that it is too late for the agenda of a meeting, and a way to have the next one long before its time."""
    after = day(following, series)
    text = kit.literal(
        f"“{series.terms.title}” on {day(missed, series)} has begun without its agenda, which Slack did not take. "
        f"The next one is on {after}."
    )
    post = kit.button(f"Post the one of {after} now", POST_NEXT, value=str(following.id))
    return Message(text, [kit.section(text), kit.actions([post])])


def moved_message(series: Series, meeting: Meeting) -> Message:
    """Return when a meeting is now held."""
    zone = series.terms.zone
    agenda = (
        "its agenda says so" if meeting.is_out else f"its agenda comes {lead_words(series.terms)}"
    )
    when = moment(meeting.starts_at, zone)
    text = f"“{kit.literal(series.terms.title)}” is now on {when}; {agenda}."
    return Message(text, [kit.section(text)])


# --- Forms ---


def schedule_form(
    agendas: Mapping[str, Agenda],
    teams: Mapping[str, str],
    zone: ZoneInfo,
    first: date,
    *,
    series: Series | None = None,
    template: str | None = None,
    channel: str | None = None,
) -> Block:
    """Return the form for a series: for a new one from `first` on, or filled in with what `series` agrees on."""
    terms = series.terms if series else None
    return kit.modal(
        "Change a meeting" if series else "Schedule a meeting",
        [
            *_what_fields(agendas, template, terms),
            *_where_fields(channel, series),
            *_when_fields(zone, first, terms),
            *_who_fields(teams, terms),
            kit.divider(),
            kit.context("What is below is rarely needed."),
            *_further_fields(terms),
        ],
        callback_id=SCHEDULE_FORM,
        submit="Save" if series else "Schedule",
        private_metadata=str(series.id) if series else None,
    )


def _what_fields(
    agendas: Mapping[str, Agenda], template: str | None, terms: Terms | None
) -> Iterator[Block]:
    options = [
        kit.option(agenda.name, slug, description=agenda.about)
        for slug, agenda in [*agendas.items()][: kit.SELECT_OPTIONS]
    ]
    chosen = template or (terms.template if terms else None)
    yield kit.input_block(
        "Template", kit.static_select("value", options, initial=chosen), block_id="template"
    )
    yield kit.input_block(
        "Title",
        kit.text_input("value", initial=terms.title if terms else "", max_length=150),
        block_id="title",
        hint="Left empty, the template's name.",
        optional=True,
    )


def _where_fields(channel: str | None, series: Series | None) -> Iterator[Block]:
    is_people = series is not None and series.terms.is_private
    kept = None if series is None or is_people else series.terms.target
    yield kit.input_block(
        "Channel",
        kit.conversations_select(
            "value",
            placeholder="Where the agenda is posted",
            initial=channel if series is None else kept,
            only=("public", "private"),
        ),
        block_id="channel",
        hint="I must be in it: /invite me first.",
        optional=True,
    )
    yield kit.input_block(
        "Or people",
        kit.multi_users_select(
            "value", placeholder="For a one-on-one", initial=_others(series) if is_people else ()
        ),
        block_id="people",
        hint="Instead of a channel: the agenda goes to you and them in a direct message.",
        optional=True,
    )


def _when_fields(zone: ZoneInfo, first: date, terms: Terms | None) -> Iterator[Block]:
    rule = terms.rule if terms else None
    repeat = CALENDAR if terms and rule is None else fields_of(rule)[0] if rule else Repeat.WEEKLY
    zone = terms.zone if terms else zone
    yield kit.input_block(
        "Repeats",
        kit.static_select(
            "value", [kit.option(words, value) for value, words in _REPEATS], initial=repeat
        ),
        block_id="repeat",
    )
    yield kit.input_block(
        "First meeting",
        kit.datepicker("value", initial=rule.first if rule else first),
        block_id="first",
        optional=True,
    )
    yield kit.input_block(
        "Begins at",
        kit.timepicker("value", initial=rule.at if rule else OPENS),
        block_id="at",
        optional=True,
    )
    yield kit.input_block(
        "Time zone",
        kit.external_select(
            ZONE, placeholder="Type a city", initial=kit.option(zone.key, zone.key)
        ),
        block_id="zone",
    )
    minutes = int(terms.lead.total_seconds() // 60) if terms else _USUAL_LEAD
    yield kit.input_block(
        "Post the agenda",
        kit.static_select(
            "value",
            [kit.option(_lead_option(each), str(each)) for each in sorted({*LEADS, minutes})],
            initial=str(minutes),
        ),
        block_id="lead",
    )


def _who_fields(teams: Mapping[str, str], terms: Terms | None) -> Iterator[Block]:
    yield kit.input_block(
        "Attendees",
        kit.multi_users_select(
            "value",
            placeholder="Who takes part",
            initial=terms.attendees if terms and not terms.is_private else (),
        ),
        block_id="attendees",
        hint="Named in the agenda. The people chosen above need not be repeated.",
        optional=True,
    )
    if teams:
        options = [kit.option(name, slug) for slug, name in [*teams.items()][: kit.SELECT_OPTIONS]]
        yield kit.input_block(
            "Figures of",
            kit.static_select(
                "value",
                options,
                placeholder="The whole organisation; of a one-on-one, their team",
                initial=terms.team if terms else None,
            ),
            block_id="team",
            optional=True,
        )


def _further_fields(terms: Terms | None) -> Iterator[Block]:
    every, weekdays = _every(terms.rule) if terms and terms.rule else (1, ())
    yield kit.input_block(
        "Every … weeks or months",
        kit.number_input("value", initial=str(every), least=1, most=52),
        block_id="every",
        hint="1 is every one, 2 every other one.",
        optional=True,
    )
    yield kit.input_block(
        "Weekdays",
        kit.checkboxes(
            "value",
            [kit.option(name, str(number)) for number, name in enumerate(_WEEKDAYS)],
            initial=[str(number) for number in weekdays],
        ),
        block_id="weekdays",
        hint="Of weekly meetings. Nothing ticked: the weekday of the first meeting.",
        optional=True,
    )
    yield kit.input_block(
        "Holidays",
        kit.text_input(
            "value",
            initial=terms.holidays.as_text() if terms else "",
            placeholder="DE-BY, 2026-12-24..2027-01-01",
            max_length=500,
        ),
        block_id="holidays",
        hint="Countries by code or name, and dates; no agenda is posted on them.",
        optional=True,
    )
    yield kit.input_block(
        "Calendar address",
        kit.url_input(
            "value",
            initial=(terms.calendar_url or "") if terms else "",
            placeholder="https://…/meeting.ics",
        ),
        block_id="calendar",
        hint="For “As a calendar says”: its secret address in iCal format. The title above says which of its meetings; first day and time do not count then.",
        optional=True,
    )


def _every(rule: Rule) -> tuple[int, tuple[int, ...]]:
    """Return every how many weeks or months, and the weekdays; one that follows from the first day is not ticked.

    Whoever moves that day moves the weekday with it.
    """
    _, every, weekdays = fields_of(rule)
    return every, () if weekdays == (rule.first.weekday(),) else weekdays


def _lead_option(minutes: int) -> str:
    return f"{_lead(minutes)} before" if minutes else "When it begins"


def _others(series: Series | None) -> list[str]:
    return [person for person in series.people if person != series.owner] if series else []


def point_form(
    choices: Sequence[Series],
    channel: str,
    text: str = "",
    *,
    owned: bool,
    private: bool = False,
    chosen: int | None = None,
) -> Block:
    """Return the form for a talking point, asked for in a channel; `owned` offers to keep it from the others.

    `private` has that ticked.
    """
    options = [
        kit.option(f"#{series.id} {series.terms.title}", str(series.id))
        for series in choices[: kit.SELECT_OPTIONS]
    ]
    fields = [
        kit.input_block(
            "Meeting",
            kit.static_select(
                "value", options, initial=str(chosen) if chosen else options[0]["value"]
            ),
            block_id="series",
        ),
        kit.input_block(
            "What should be talked about?",
            kit.text_input("value", initial=text, multiline=True, max_length=1000),
            block_id="text",
        ),
    ]
    if owned:
        only_me = kit.option("Only I see it, in the brief before the meeting", "private")
        fields.append(
            kit.input_block(
                "Private",
                kit.checkboxes("value", [only_me], initial=["private"] if private else []),
                block_id="private",
                optional=True,
            )
        )
    return kit.modal(
        "Add a point",
        fields,
        callback_id=POINT_FORM,
        submit="Add",
        private_metadata=channel or None,
    )


def move_form(series: Series, meeting: Meeting) -> Block:
    """Return the form that holds a meeting at another time."""
    return kit.modal(
        "Postpone a meeting",
        [
            kit.section(
                f"*{kit.literal(series.terms.title)}*\nplanned {moment(meeting.starts_at, series.terms.zone)}"
            ),
            kit.input_block(
                "Hold it at",
                kit.datetimepicker("value", initial=meeting.starts_at),
                block_id="to",
                hint="In your own time zone. The meetings after it stay where they are.",
            ),
        ],
        callback_id=MOVE_FORM,
        submit="Postpone",
        private_metadata=str(series.id),
    )


def template_form(agenda: Agenda, *, is_new: bool) -> Block:
    """Return the form that makes a template of another, or changes one's own."""
    return kit.modal(
        "Make a template" if is_new else "Change a template",
        [
            kit.input_block(
                "Name",
                kit.text_input(
                    "value",
                    initial="" if is_new else agenda.name,
                    placeholder=f"Our {agenda.name.lower()}",
                    max_length=75,
                ),
                block_id="name",
            ),
            kit.input_block(
                "Sections",
                kit.text_input("value", initial=write_sections(agenda), multiline=True),
                block_id="sections",
                hint="A line is a heading; a line that begins with a dash is a question under it.",
            ),
        ],
        callback_id=TEMPLATE_FORM,
        submit="Save",
        private_metadata=f"{'new' if is_new else 'edit'}:{agenda.slug}",
    )


def template_list(agendas: Mapping[str, Agenda], by: Person) -> Message:
    """Return all templates with their sections; leads make their own from them, and change those they made."""
    blocks = [kit.header("Meeting templates")]
    for slug, agenda in agendas.items():
        sections = kit.literal(", ".join(part.title for part in agenda.sections))
        blocks.append(kit.section(f"*{kit.literal(agenda.name)}*\n{sections}"))
        if by.may(Role.LEAD):
            buttons = [kit.button("Make my own from it", f"{COPY}:{slug}", value=slug)]
            if agenda.may_be_changed_by(by):
                sure = kit.confirm(
                    "Remove it?",
                    "Meetings that use it go on with the template it was made from.",
                    yes="Remove",
                )
                buttons = [
                    kit.button("Change", f"{EDIT_TEMPLATE}:{slug}", value=slug),
                    kit.button("Remove", f"{DROP_TEMPLATE}:{slug}", value=slug, confirm=sure),
                ]
            blocks.append(kit.actions(buttons))
    names = ", ".join(agenda.name for agenda in agendas.values())
    return Message(kit.escape(f"Meeting templates: {names}."), blocks)
