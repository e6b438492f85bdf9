"""What people see of a meeting: its agenda, the brief before a one-on-one, announced points, and what came of it.

Every word that somebody typed is escaped. A long agenda is several messages: the first holds what is pressed and read
in the meeting, the others follow in its thread.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks import kit
from bot.blocks.action import action_words
from bot.blocks.feedback import GIVE
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block, Message
from bot.blocks.notice import notice
from bot.domain.action_item import ActionItem
from bot.domain.agenda import Live
from bot.domain.duration import format_duration
from bot.domain.meeting import Brief, Sheet
from bot.domain.minutes import Minutes
from bot.domain.point import Point
from bot.domain.series import Meeting, Series
from bot.vocabulary import MeetingState, PointState

ADD, CLOSE = "agenda.add", "agenda.close"
DISCUSS, REOPEN, DROP = "agenda.discuss", "agenda.reopen", "agenda.drop"
UNDO_POINT = "agenda.point.undo"

_HEAD_BLOCKS = 44  # of Slack's fifty, so that the buttons always fit
_PEOPLE_SHOWN = 20
_FACTS_SHOWN = 12
_ACTIONS_SHOWN = 15
_PRIVATE_SHOWN = 10
_LONGEST_FACT = 400
_OFF = "This meeting is not held; what is open waits for the next one."
_HOW = (
    "Reply in this thread: replies become the meeting's notes, one that begins with “Decision:” a decision. "
    "✅ on a reply marks it discussed, “Make an action” in its menu makes one."
)


def agenda_messages(
    sheet: Sheet, lives: Mapping[str, Live], *, is_preview: bool = False
) -> list[Message]:
    """Return a meeting's agenda: the message to post, then those that follow in its thread."""
    top = [*_title(sheet), *_topics(sheet, sheet.agenda.topics, lives)]
    parts = [
        *([block] for block in top),
        *_points(sheet, pressable=not is_preview and not sheet.is_over),
        *([block] for block in _actions("Actions", sheet.actions)),
        *_sections(sheet, lives),
    ]
    first, *others = _packed(parts)
    bottom = [] if is_preview else [kit.context(_HOW), _buttons(sheet)]
    return [
        Message(_news(sheet), [*first, *bottom]),
        *(Message(_continued(sheet), blocks) for blocks in others),
    ]


def _packed(parts: Iterable[list[Block]]) -> list[list[Block]]:
    """Return blocks by message: parts are kept whole, and what does not fit goes to the next message."""
    messages: list[list[Block]] = [[]]
    for part in parts:
        for place in range(0, len(part), _HEAD_BLOCKS):
            chunk = part[place : place + _HEAD_BLOCKS]
            if len(messages[-1]) + len(chunk) > _HEAD_BLOCKS:
                messages.append([])
            messages[-1] += chunk
    return messages


def _title(sheet: Sheet) -> Iterator[Block]:
    terms = sheet.series.terms
    yield kit.header(terms.title)
    about = "" if terms.title == sheet.agenda.name else f" · {kit.literal(sheet.agenda.name)}"
    yield kit.context(
        f"🗓️ {moment(sheet.meeting.starts_at, terms.zone)}{about} · #{sheet.series.id}"
    )
    yield kit.context(f"With {people(sheet.series.people)}")
    if sheet.is_closed:
        who = f" by <@{sheet.meeting.closed_by}>" if sheet.meeting.closed_by else ""
        yield kit.context(f"✔️ This meeting was closed{who}.")
    if sheet.is_off:
        yield kit.context(f"⏭️ {_OFF}")
    if sheet.late_by is not None:
        due = moment(sheet.meeting.post_at, terms.zone)
        yield kit.context(
            f"⏰ Posted {format_duration(sheet.late_by.total_seconds())} late: due {due}."
        )


def _points(sheet: Sheet, *, pressable: bool) -> Iterator[list[Block]]:
    """Yield each point with what can be pressed under it, the first together with its heading."""
    heading = [kit.section("*Talking points*")]
    if not sheet.points:
        none = "*Talking points*\nNone yet. Add one with the button, or with `/agenda add …`."
        yield [kit.section(none)]
    for point in sheet.points:
        shown = [kit.section(_point_text(point), accessory=_tick(point) if pressable else None)]
        if point.is_stale and pressable:
            drop = kit.button("Drop it", f"{DROP}:{point.id}", value=str(point.id))
            shown.append(kit.actions([drop]))
        yield [*heading, *shown]
        heading = []


def _actions(heading: str, items: Sequence[ActionItem]) -> Iterator[Block]:
    """Yield action items as a list, what is overdue first."""
    if items:
        lines = [f"• {action_words(item)}" for item in items[:_ACTIONS_SHOWN]]
        if len(items) > _ACTIONS_SHOWN:
            lines.append(f"… and {len(items) - _ACTIONS_SHOWN} more: `/action all`")
        yield from _in_sections(heading, lines)


def _point_text(point: Point) -> str:
    words = kit.literal(point.text)
    said = f"~{words}~" if point.state is PointState.DISCUSSED else words
    mark = "✅" if point.state is PointState.DISCUSSED else "•"
    seen = f" · carried {point.carried}×" if point.carried else " · new" if point.is_new else ""
    return f"{mark} {said}\n_<@{point.author}>{seen}_"


def _tick(point: Point) -> Block:
    if point.state is PointState.DISCUSSED:
        return kit.button("Reopen", f"{REOPEN}:{point.id}", value=str(point.id))
    return kit.button("✅ Discussed", f"{DISCUSS}:{point.id}", value=str(point.id))


def _sections(sheet: Sheet, lives: Mapping[str, Live]) -> list[list[Block]]:
    return [
        [
            *_in_sections(
                f"{number}. {kit.literal(part.title)}",
                [f"• {kit.escape(question)}" for question in part.questions],
            ),
            *_topics(sheet, part.topics, lives),
        ]
        for number, part in enumerate(sheet.agenda.sections, 1)
    ]


def _topics(sheet: Sheet, topics: Iterable[str], lives: Mapping[str, Live]) -> Iterator[Block]:
    for topic in topics:
        facts = sheet.facts.get(topic)
        if facts:
            heading = lives[topic].heading if topic in lives else topic.capitalize()
            yield from _in_sections(kit.escape(heading), _lines(facts))


def _lines(facts: Sequence[str]) -> list[str]:
    return _counted([f"> {kit.literal(kit.truncate(fact, _LONGEST_FACT))}" for fact in facts])


def _counted(lines: Sequence[str]) -> list[str]:
    """Return the first lines; the last says how many more there are."""
    more = len(lines) - _FACTS_SHOWN
    return [*lines[:_FACTS_SHOWN], *([f"> … and {more} more"] if more > 0 else [])]


def _buttons(sheet: Sheet) -> Block:
    value = str(sheet.meeting.id)
    add = kit.button("Add a point", ADD, value=str(sheet.series.id))
    more = _feedback_button(sheet)
    if sheet.is_over:
        return kit.actions([add, *more])
    sure = kit.confirm(
        "Close this meeting?",
        "Its notes, decisions and actions are summed up in the thread, and what was not discussed is carried over.",
        yes="Close it",
        no="Not yet",
    )
    return kit.actions([add, *more, kit.button("Close meeting", CLOSE, value=value, confirm=sure)])


def _feedback_button(sheet: Sheet) -> Iterator[Block]:
    """Yield, in a one-on-one alone, the way to give the other feedback."""
    if sheet.agenda.is_one_on_one and sheet.series.terms.is_private:
        yield kit.button("Give feedback", GIVE, value=f"series:{sheet.series.id}")


def _news(sheet: Sheet) -> str:
    terms = sheet.series.terms
    open_points = sum(point.state is PointState.OPEN for point in sheet.points)
    told = ["not held"] if sheet.is_off else []
    told += [f"{open_points} talking point{'' if open_points == 1 else 's'}"]
    if overdue := sum(item.is_overdue for item in sheet.actions):
        told.append(f"{overdue} overdue action{'' if overdue == 1 else 's'}")
    told += [
        fact.rstrip(".") for topic in sheet.agenda.topics for fact in sheet.facts.get(topic, ())
    ]
    when = show_moment(sheet.meeting.starts_at, terms.zone)
    return kit.escape(f"Agenda for {terms.title}, {when}: {'; '.join(told)}.")


def _continued(sheet: Sheet) -> str:
    return kit.escape(f"The agenda for {sheet.series.terms.title}, continued.")


def moved_news(series: Series, meeting: Meeting) -> Message:
    """Return what the thread of an agenda hears when its meeting is held at another time."""
    text = f"This meeting is now on {moment(meeting.starts_at, series.terms.zone)}."
    return Message(text, [kit.section(text)])


def off_news(meeting: Meeting) -> Message:
    """Return what the thread of an agenda hears when its meeting is left out, or takes place after all."""
    if meeting.state is MeetingState.SKIPPED:
        return notice(_OFF)
    return notice("This meeting takes place after all.")


def announced(point: Point) -> Message:
    """Return how a point that is added to a posted agenda is told in its thread; ✅ on it marks it discussed."""
    text = f"New point from <@{point.author}>: {kit.literal(point.text)}"
    return Message(text, [kit.section(text)])


def added_message(
    series: Series, meeting: Meeting | None, point: Point, *, is_held: bool
) -> Message:
    """Return that a point is kept, for which meeting, and a way back."""
    title = kit.literal(series.terms.title)
    when = f" on {day(meeting, series)}" if meeting else ""
    where = (
        f"It is on the agenda of “{title}”{when}" if is_held else f"It waits for “{title}”{when}"
    )
    seen = "; only you see it" if point.is_private else ""
    text = f"{where}{seen}: {kit.literal(point.text)}"
    undo = kit.button("Undo", f"{UNDO_POINT}:{point.id}", value=str(point.id))
    return Message(text, [kit.section(text, accessory=undo)])


def settled_message(point: Point) -> Message:
    """Say that a private point is done with."""
    return notice(f"🔒 “{kit.truncate(point.text, 200)}” is marked discussed.")


def brief_message(brief: Brief) -> Message:
    """Return what only the owner of a one-on-one reads before it."""
    series = brief.series
    others = people([person for person in series.people if person != series.owner])
    blocks = [
        kit.header(kit.truncate(f"Before {series.terms.title}", kit.HEADER_LENGTH)),
        kit.context(
            f"🗓️ {moment(brief.meeting.starts_at, series.terms.zone)} · with {others} · only you see this"
        ),
        *_waiting(brief.points),
        *_actions("Open actions", brief.actions),
        *_often(brief.repeated),
        *_before(brief.before),
    ]
    if brief.facts.get("standing"):
        whose = f" of {kit.escape(brief.team)}" if brief.team else ""
        blocks += _in_sections(f"Figures{whose}", _lines(brief.facts["standing"]))
    count = len(brief.points)
    text = f"Before {series.terms.title}: {count} open point{'' if count == 1 else 's'}; only you see this."
    return Message(kit.escape(text), blocks)


def _waiting(points: Sequence[Point]) -> Iterator[Block]:
    public = [f"> {_waiting_line(point)}" for point in points if not point.is_private]
    private = [point for point in points if point.is_private]
    yield from _in_sections("Open points", _counted(public) if points else ["> None."])
    for point in private[:_PRIVATE_SHOWN]:
        yield kit.section(f"🔒 {_waiting_line(point)}", accessory=_tick(point))
    if len(private) > _PRIVATE_SHOWN:
        yield kit.context(f"… and {len(private) - _PRIVATE_SHOWN} more private points")


def _waiting_line(point: Point) -> str:
    carried = f" _(carried {point.carried}×)_" if point.carried else ""
    return f"{kit.literal(point.text)}{carried}"


def _often(repeated: Sequence[tuple[str, int]]) -> Iterator[Block]:
    if repeated:
        lines = [f"> {kit.literal(text)} _(in {times} meetings)_" for text, times in repeated]
        yield from _in_sections("Said more than once", lines)


def _before(minutes: Sequence[Minutes]) -> Iterator[Block]:
    for each in minutes:
        said = [*each.decisions, *each.discussed, *each.notes]
        lines = [f"> {kit.literal(kit.truncate(point.text, 200))}" for point in said[:4]]
        if len(said) > 4:
            lines.append(f"> … and {len(said) - 4} more")
        yield from _in_sections(
            day(each.meeting, each.series), lines or ["> Nothing was written down."]
        )


def minutes_message(minutes: Minutes, *, closed_by: str | None = None) -> Message:
    """Return what came of a meeting: decisions, what was discussed, notes, and what waits."""
    held = day(minutes.meeting, minutes.series)
    blocks = [kit.header(kit.truncate(f"{minutes.series.terms.title}, {held}", kit.HEADER_LENGTH))]
    blocks += _said("Decisions", minutes.decisions, "⚖️")
    blocks += _said("Discussed", minutes.discussed, "✅")
    blocks += _actions("Actions", minutes.actions)
    blocks += _said("Notes", minutes.notes, "•")
    if len(blocks) == 1:
        blocks.append(kit.section("Nothing was written down and no point was marked discussed."))
    blocks += _said("Carried over", minutes.carried, "↪️")
    if closed_by:
        blocks.append(kit.context(f"Closed by <@{closed_by}>"))
    counts = [
        f"{len(found)} {noun if len(found) == 1 else f'{noun}s'}{more}"
        for found, noun, more in (
            (minutes.decisions, "decision", ""),
            (minutes.discussed, "point", " discussed"),
            (minutes.notes, "note", ""),
            (minutes.actions, "action", ""),
        )
    ]
    told = f"{', '.join(counts)}, {len(minutes.carried)} carried over"
    return Message(kit.escape(f"{minutes.series.terms.title}, {held}: {told}."), blocks)


def _said(heading: str, points: Sequence[Point], mark: str) -> Iterator[Block]:
    """Yield a list of points in as few sections as hold it."""
    if points:
        yield from _in_sections(heading, [_said_line(point, mark) for point in points])


def _in_sections(heading: str, lines: Sequence[str]) -> Iterator[Block]:
    """Yield a heading with lines under it, in as few sections as hold them."""
    text = f"*{heading}*"
    for number, line in enumerate(lines):
        longer = f"{text}\n{line}"
        if number and kit.truncate(longer, kit.TEXT_LENGTH) != longer:
            yield kit.section(text)
            longer = f"*{heading}*, continued\n{line}"
        text = longer
    yield kit.section(text)


def _said_line(point: Point, mark: str) -> str:
    carried = f" _(carried {point.carried}×)_" if point.carried else ""
    return f"{mark} {kit.literal(point.text)} — <@{point.author}>{carried}"


# --- Shared with the lists ---


def people(ids: Sequence[str]) -> str:
    """Return people as Slack shows them, the many counted."""
    shown = ", ".join(f"<@{person}>" for person in ids[:_PEOPLE_SHOWN])
    more = len(ids) - _PEOPLE_SHOWN
    return f"{shown or 'nobody in particular'}{f' and {more} more' if more > 0 else ''}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant that each reader sees in their own zone."""
    return kit.date(at, "{date_long_pretty} at {time}", show_moment(at, zone))


def day(meeting: Meeting, series: Series) -> str:
    """Return the day of a meeting where it is held."""
    local = meeting.starts_at.astimezone(series.terms.zone)
    return f"{local.day} {local:%B %Y}"
