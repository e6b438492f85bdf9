"""What people see of meetings: Slack takes all of it, nobody's words can ping, and it reads as it should."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.blocks import agenda as blocks
from bot.blocks import series as series_blocks
from bot.blocks.kit import Block, Message
from bot.blocks.plain import plain
from bot.domain.action_item import ActionItem, Source
from bot.domain.agenda import Live, Section
from bot.domain.meeting import Brief, Sheet
from bot.domain.minutes import Minutes
from bot.domain.point import Point
from bot.domain.recurrence import Repeat
from bot.domain.series import Listed, Meeting, Series
from bot.vocabulary import ActionState, MeetingState, PointKind, PointState, SeriesState
from bot.workspace.validator import check_message, check_view
from tests.front_door import text
from tests.meetingroom import AGENDAS, ANA, ONE_ON_ONE, terms, utc

NINE, EIGHT = utc("2026-11-23 09:00"), utc("2026-11-23 08:00")
TODAY, UTC_ZONE = date(2026, 11, 23), ZoneInfo("UTC")
LIVES = {name: Live(name.capitalize(), lambda *_: ()) for name in ("kpis", "tickets", "standing")}
HOSTILE = {
    "everybody": "<!channel> <!here|here> <!everyone> @channel",
    "a person": "<@U1> <@U1|ana> <#C1|x> <!subteam^S1>",
    "a link": "<https://evil.example|Home> <mailto:a@b|x>",
    "a date": "<!date^1^{date}|now>",
    "markup": "*bold* _it_ ~no~ `code` ```pre``` > quote",
    "one star": "*",
    "backticks": "```",
    "entities": "&lt;!channel&gt; &amp;lt; & < >",
    "right to left": "\u202eabc\u202c שלום \u200f\u200e مرحبا",
    "long": "x" * 3_000,
    "long and sharp": "<" * 3_000,
    "emoji": "🎫" * 1_500,
    "nothing": "",
    "space": " \u2003 ",
    "lines": "a\nb\r\nc\u2028d",
    "nulls": "\x00\x07\ufffd",
}
# Mentions of the people and channels of these tests, and dates: all the markup that we make ourselves.
OURS = re.compile(r"<@U0\w+>|<#C0\w+>|<!date\^\d+\^[^|<>]+\|[^<>|]+>")
hostile = pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)


# --- Checking ---


def texts(part: Any) -> Iterator[str]:
    """Yield every text in which Slack looks for markup."""
    if isinstance(part, Mapping):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        for value in part.values():
            yield from texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value)


def check(*messages: Message) -> None:
    """Assert that Slack takes messages, in a channel and in a window, and that nothing in them pings anybody."""
    for message in messages:
        assert check_message(message.as_payload()) == []
        assert message.text.strip()
        assert len(message.text) <= 4_000
        assert "<" not in OURS.sub("", message.text)
        check_blocks(message.blocks)


def check_window(view: Block) -> None:
    """Assert that Slack takes a view, and that nothing in it is markup that we did not make."""
    assert check_view(view) == []
    check_blocks(view["blocks"])


def check_blocks(shown: list[Block]) -> None:
    """Assert that nothing is markup that we did not make."""
    assert not [each for each in texts(shown) if "<" in OURS.sub("", each)]


# --- The cast ---


def a_point(number: int = 1, said: str = "The new rota", **more: Any) -> Point:
    """Return a point."""
    usual = Point(number, PointKind.POINT, said, "U0BO", PointState.OPEN, 0, False, False)
    return replace(usual, **more)


def an_action(number: int = 1, said: str = "Update the runbook", **more: Any) -> ActionItem:
    """Return an action."""
    usual = ActionItem(
        number, said, None, "U0BO", None, ActionState.OPEN, Source(), "U0ANA", EIGHT, TODAY
    )
    return replace(usual, **more)


def a_series(state: SeriesState = SeriesState.ACTIVE, **more: Any) -> Series:
    """Return a series."""
    return Series(3, "U0ANA", terms(**more), state)


def a_meeting(**more: Any) -> Meeting:
    """Return a meeting whose agenda was posted."""
    local = datetime(2026, 11, 23, 9)  # noqa: DTZ001 (local by design)
    usual = Meeting(7, 3, local, NINE, EIGHT, MeetingState.POSTED, posted_at=EIGHT, parts=1)
    return replace(usual, **more)


def a_sheet(**more: Any) -> Sheet:
    """Return an agenda."""
    return replace(Sheet(a_series(), a_meeting(), AGENDAS["support_team"], {}), **more)


def minutes_of(**more: Any) -> Minutes:
    """Return what came of a meeting."""
    return replace(Minutes(a_series(), a_meeting(), (), (), ()), **more)


def a_brief(**more: Any) -> Brief:
    """Return a brief."""
    return replace(Brief(a_series(**ONE_ON_ONE), a_meeting(), (), (), (), {}), **more)


def shown(sheet: Sheet, **more: Any) -> list[Message]:
    """Return an agenda's messages, checked."""
    messages = blocks.agenda_messages(sheet, LIVES, **more)
    check(*messages)
    return messages


# --- Whatever is in it ---


@hostile
def test_an_agenda(words):
    """Its title, template, sections, questions, facts and points are anybody's words."""
    agenda = replace(
        AGENDAS["support_team"],
        name=words or "Template",
        sections=tuple(Section(words, (words, words), ("tickets",)) for _ in range(3)),
    )
    said = words[:1_000] or "x"
    points = tuple(
        a_point(number, said, state=state, carried=carried, is_new=is_new)
        for number, (state, carried, is_new) in enumerate(
            [(PointState.OPEN, 0, True), (PointState.OPEN, 3, False), (PointState.DISCUSSED, 9, True)]
        )
    )  # fmt: skip
    facts = {"kpis": [words] * 3, "tickets": [words, "x"], "unknown": [words]}
    sheet = a_sheet(
        series=a_series(title=words[:150]),
        agenda=agenda,
        facts=facts,
        points=points,
        actions=(an_action(said=words[:300] or "x", due_on=date(2026, 11, 1)),),
    )
    for each in (sheet, replace(sheet, meeting=a_meeting(state=MeetingState.CLOSED, closed_by="U0BO"))):  # fmt: skip
        shown(each)
        shown(each, is_preview=True)


@hostile
def test_points_and_what_is_said_about_them(words):
    """The announcement, and the answer to who added it."""
    point = a_point(said=words[:1_000] or "x")
    series = a_series(title=words[:150])
    check(blocks.announced(point))
    for meeting in (None, a_meeting()):
        for is_held in (True, False):
            for private in (True, False):
                said = replace(point, is_private=private)
                check(blocks.added_message(series, meeting, said, is_held=is_held))
    check_window(series_blocks.point_form([series], "C0DESK", words, owned=True))
    check_window(series_blocks.point_form([series] * 120, "", words, owned=False, chosen=3))


@hostile
def test_the_brief_and_minutes(words):
    """Points, notes, decisions, what is repeated, figures, and the team's name."""
    said = tuple(a_point(number, words[:1_000] or "x", carried=number) for number in range(20))
    series = a_series(title=words[:150], team=words[:100] or None)
    came = Minutes(
        series, a_meeting(), said, said, said, said, (an_action(said=words[:300] or "x"),)
    )
    check(blocks.minutes_message(came, closed_by="U0ANA"))
    check(blocks.minutes_message(came))
    private = replace(series, terms=replace(series.terms, target="U0ANA,U0BO"))
    repeated = tuple((words[:1_000] or "x", 2) for _ in range(5))
    brief = Brief(private, a_meeting(), said, (came,) * 3, repeated, {"standing": [words] * 20}, came.actions)  # fmt: skip
    check(blocks.brief_message(brief))


@hostile
def test_lists_forms_and_what_a_change_did(words):
    """Titles, calendars' errors, reasons, teams, templates and their names."""
    series = a_series(title=words[:150], holidays="2026-12-24", team="emea")
    private = replace(series, terms=replace(series.terms, target="U0ANA,U0BO"))
    meetings = [a_meeting(state=state, reason=None) for state in MeetingState]
    listed = [Listed(each, a_meeting(), words or None) for each in (series, private)]
    check(series_blocks.series_list(listed, may_schedule=True))
    check(
        series_blocks.history_message(series, meetings), series_blocks.history_message(series, [])
    )
    check(series_blocks.skipped_message(series, meetings[0], meetings[1]))
    check(series_blocks.moved_message(series, meetings[0]))
    check_window(series_blocks.scheduled_window(series, [NINE] * 3, is_new=True))
    check_window(series_blocks.move_form(series, meetings[0]))
    own = replace(AGENDAS["support_team"], name=words or "x", about=words, base="support_team", sections=(Section(words[:150] or "x", (words[:300],)),))  # fmt: skip
    templates = {**AGENDAS, "own": own}
    check(series_blocks.template_list(templates, ANA))
    check_window(series_blocks.template_form(replace(own, slug="own"), is_new=False))
    check_window(series_blocks.template_form(replace(own, slug="own"), is_new=True))
    for each in (None, series, private):
        form = series_blocks.schedule_form(
            templates, {"emea": words or "x"}, UTC_ZONE, TODAY, series=each, template="own"
        )
        check_window(form)


@pytest.mark.parametrize("state", SeriesState)
@pytest.mark.parametrize("may", [True, False])
def test_a_list_of_every_kind(state, may):
    """Running, paused and cancelled; with and without a next meeting; moved; none at all, and too many."""
    each = a_series(state)
    many = [Listed(each, a_meeting(is_moved=True)), Listed(each, None)] * 40
    check(series_blocks.series_list(many, may_schedule=may))
    check(series_blocks.series_list([], may_schedule=may))


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"repeat": Repeat.ONCE},
        {"repeat": Repeat.MONTHLY_BY_DATE, "first": "2026-11-30"},
        {"repeat": Repeat.MONTHLY_BY_WEEKDAY},
        {"weekdays": range(7), "every": 52, "lead": 20_160},
        {"repeat": None},
        {"lead": 7},
        {"attendees": tuple(f"U0{number}" for number in range(100))},
        ONE_ON_ONE,
        {**ONE_ON_ONE, "template": "no_such_file"},
    ],
    ids=str,
)
def test_every_series_can_be_edited(more):
    """Its form shows what it agrees on, also where its template is gone or its lead is none of the usual ones."""
    series = a_series(**more)
    view = series_blocks.schedule_form(AGENDAS, {}, UTC_ZONE, TODAY, series=series)
    check_window(view)
    fields = {block["block_id"]: block["element"] for block in view["blocks"] if "element" in block}
    agreed = series.terms
    assert fields["title"]["initial_value"] == agreed.title
    assert fields["lead"]["initial_option"]["value"] == str(int(agreed.lead.total_seconds() // 60))
    assert fields["zone"]["initial_option"]["value"] == agreed.zone.key
    assert fields["channel"].get("initial_conversation") == (None if agreed.is_private else agreed.target)  # fmt: skip
    if agreed.rule:
        assert fields["first"]["initial_date"] == agreed.rule.first.isoformat()
        assert fields["at"]["initial_time"] == f"{agreed.rule.at:%H:%M}"
    else:
        assert fields["repeat"]["initial_option"]["value"] == "calendar"
        assert fields["calendar"]["initial_value"] == agreed.calendar_url


# --- As much as there may be ---


class TestTheMost:
    """Sixty points, twelve sections with ten questions, forty facts."""

    def full(self) -> Sheet:
        """Return an agenda with all of that, each of it as long as it may be."""
        sections = tuple(
            Section(
                f"Section {number} {'s' * 130}",
                tuple(f"Question {number}.{each}: {'q' * 280}" for each in range(10)),
                ("tickets",),
            )
            for number in range(12)
        )
        points = tuple(a_point(number, f"Point {number}: {'p' * 900}", carried=4) for number in range(60))  # fmt: skip
        facts = {"kpis": [f"Fact {number}: {'f' * 380}" for number in range(40)], "tickets": ["A fact"]}  # fmt: skip
        agenda = replace(AGENDAS["support_team"], sections=sections)
        return a_sheet(agenda=agenda, facts=facts, points=points)

    def test_nothing_is_lost(self):
        """Every point, question and heading is read in full, in order; of the facts as many as are promised."""
        messages = shown(self.full())
        told = "\n".join(plain(message) for message in messages)
        for number in range(60):
            assert f"Point {number}: {'p' * 900}" in told
        for number in range(12):
            assert f"Section {number} {'s' * 130}" in told
            for each in range(10):
                assert f"Question {number}.{each}: {'q' * 280}" in told
        assert re.findall(r"Point (\d+):", told) == [str(number) for number in range(60)]
        assert [number for number in range(40) if f"Fact {number}: {'f' * 380}" in told] == [
            *range(12)
        ]
        assert "… and 28 more" in told

    def test_the_first_message_has_the_buttons(self):
        """However long it gets."""
        first, *others = shown(self.full())
        assert "[Add a point] [Close meeting]" in plain(first)
        assert not [each for each in others if "Close meeting" in plain(each)]

    def test_a_button_stands_under_its_point(self):
        """Whoever presses “Drop it” sees what is dropped, wherever the messages part."""
        for before in range(4):
            sheet = replace(self.full(), facts={})
            quiet = tuple(a_point(100 + number) for number in range(before))
            for message in shown(replace(sheet, points=(*quiet, *sheet.points))):
                for above, block in zip([None, *message.blocks], message.blocks, strict=False):
                    if block["type"] == "actions" and block["elements"][0]["action_id"].startswith(blocks.DROP):  # fmt: skip
                        number = block["elements"][0]["value"]
                        assert above is not None
                        assert f"Point {number}:" in above["text"]["text"]

    def test_the_text_for_phones(self):
        """It says how much there is, and is cut where it must be."""
        first, *_ = shown(self.full())
        assert first.text.startswith(
            "Agenda for Support weekly, 23 November 2026, 09:00 UTC: 60 talking points; Fact 0: fff"
        )

    def test_a_brief(self):
        """It counts what it leaves out; nothing is cut in the middle."""
        said = tuple(a_point(number, f"Point {number}: {'p' * 900}") for number in range(40))
        often = tuple((f"Often {number}: {'o' * 900}", 2) for number in range(5))
        figures = [f"Figure {number}: {'f' * 380}" for number in range(20)]
        message = blocks.brief_message(
            a_brief(points=said, repeated=often, facts={"standing": figures})
        )
        check(message)
        told = plain(message)
        assert [number for number in range(40) if f"Point {number}: {'p' * 900}" in told] == [*range(12)]  # fmt: skip
        assert "… and 28 more" in told
        assert all(f"Often {number}: {'o' * 900}" in told for number in range(5))
        assert [number for number in range(20) if f"Figure {number}: {'f' * 380}" in told] == [*range(12)]  # fmt: skip
        assert "… and 8 more" in told

    def test_minutes(self):
        """Sixty notes of a thousand characters: all of them."""
        said = tuple(a_point(number, f"Note {number}: {'n' * 900}") for number in range(60))
        message = blocks.minutes_message(minutes_of(notes=said, carried=said))
        check(message)
        told = plain(message)
        assert [number for number in range(60) if f"Note {number}: {'n' * 900}" not in told] == []
        assert "*Notes*, continued" in told
        assert "| *Notes*\n| *Notes*, continued" not in told

    def test_a_long_point_does_not_leave_its_heading_alone(self):
        """The first line of a list stands under its heading."""
        message = blocks.minutes_message(minutes_of(notes=(a_point(1, "&" * 900),)))
        check(message)
        sections = [block["text"]["text"] for block in message.blocks if block["type"] == "section"]
        assert "*Notes*" not in sections

    def test_many_people(self):
        """Twenty are named, the rest is counted."""
        assert blocks.people([f"U0{number}" for number in range(25)]).endswith("<@U019> and 5 more")
        assert blocks.people([]) == "nobody in particular"


# --- As it reads ---


def test_an_agenda_as_it_reads():
    """Header, when and with whom, what is off target, points, actions, sections with what is live, how to answer."""
    sheet = a_sheet(
        facts={"kpis": ["CSAT 88.0 %, off target (90 %)"], "tickets": ["1,204 tickets created in the last 7 days"]},
        points=(
            a_point(1, "The new on-call rota", carried=3),
            a_point(2, "Lunch & learn", state=PointState.DISCUSSED, author="U0LEA"),
            a_point(3, "Who is in on Friday?", is_new=True),
        ),
        actions=(an_action(12, due_on=date(2026, 11, 18)),),
    )  # fmt: skip
    (message,) = shown(sheet)
    assert plain(message) == text("""
        # Support weekly
        ~ 🗓️ 23 November 2026, 09:00 UTC · Team meeting with support engineers · #3
        ~ With <@U0ANA>, <@U0BO>
        | *Kpis*
        | > CSAT 88.0 %, off target (90 %)
        | *Talking points*
        | • The new on-call rota  [✅ Discussed]
        | _<@U0BO> · carried 3×_
        [Drop it]
        | ✅ ~Lunch & learn~  [Reopen]
        | _<@U0LEA>_
        | • Who is in on Friday?  [✅ Discussed]
        | _<@U0BO> · new_
        | *Actions*
        | • #12 Update the runbook · <@U0BO> · 🔴 5 days overdue
        | *1. Ticket review*
        | • Review ticket volume and resolution times.
        | *Tickets*
        | > 1,204 tickets created in the last 7 days
        | *2. Process improvements*
        | • Discuss any process improvements or automation opportunities.
        | *3. Training needs*
        | • Identify any training needs for the team.
        | *4. Feedback*
        | • What feedback do you have for me or the team?
        ~ Reply in this thread: replies become the meeting's notes, one that begins with “Decision:” a decision. ✅ on a reply marks it discussed, “Make an action” in its menu makes one.
        [Add a point] [Close meeting]
    """)
    assert message.text == (
        "Agenda for Support weekly, 23 November 2026, 09:00 UTC: 2 talking points; 1 overdue action; "
        "CSAT 88.0 %, off target (90 %)."
    )


def test_a_late_and_a_closed_agenda():
    """Both are said at the top; what is closed cannot be closed again, nor its points be pressed."""
    late = a_meeting(posted_at=EIGHT + timedelta(minutes=40), state=MeetingState.CLOSED, closed_by="U0BO")  # fmt: skip
    (message,) = shown(a_sheet(meeting=late, points=(a_point(),), agenda=replace(AGENDAS["support_team"], sections=())))  # fmt: skip
    assert plain(message).startswith(
        text("""
        # Support weekly
        ~ 🗓️ 23 November 2026, 09:00 UTC · Team meeting with support engineers · #3
        ~ With <@U0ANA>, <@U0BO>
        ~ ✔️ This meeting was closed by <@U0BO>.
        ~ ⏰ Posted 40 min late: due 23 November 2026, 08:00 UTC.
        | *Talking points*
        | • The new rota
        | _<@U0BO>_
    """)
    )
    assert plain(message).endswith("[Add a point]")


def test_a_preview():
    """Nothing in it can be pressed."""
    (message,) = shown(a_sheet(points=(a_point(carried=9),)), is_preview=True)
    assert "[" not in plain(message)
    assert "Reply in this thread" not in plain(message)


def test_an_agenda_without_points():
    """It says how to add one."""
    (message,) = shown(a_sheet())
    assert "| *Talking points*\n| None yet. Add one with the button, or with `/agenda add …`." in plain(message)  # fmt: skip
    assert "0 talking points" in message.text


def test_a_brief_as_it_reads():
    """What waits, what is open, what comes up again, what was said before, and figures."""
    before = minutes_of(
        series=a_series(**ONE_ON_ONE),
        decisions=(a_point(1, "Bo takes the exam in May"),),
        discussed=(a_point(2, "The move"),),
        notes=tuple(a_point(number, f"Note {number}") for number in range(4)),
    )
    empty = minutes_of(series=before.series, meeting=a_meeting(starts_at=utc("2026-11-16 09:00")))
    brief = a_brief(
        meeting=a_meeting(starts_at=utc("2026-11-30 09:00")),
        points=(a_point(1, "A rise", carried=2), a_point(2, "Bo's exam", is_private=True)),
        before=(before, empty),
        repeated=(("Access requests take days", 3),),
        facts={"standing": ["CSAT 94.0 %, on target (90 %)"]},
        actions=(an_action(12, due_on=date(2026, 11, 27)),),
    )
    message = blocks.brief_message(brief)
    check(message)
    assert plain(message) == text("""
        # Before Ana and Bo
        ~ 🗓️ 30 November 2026, 09:00 UTC · with <@U0BO> · only you see this
        | *Open points*
        | > A rise _(carried 2×)_
        | 🔒 Bo's exam  [✅ Discussed]
        | *Open actions*
        | • #12 Update the runbook · <@U0BO> · due Fri 27 Nov
        | *Said more than once*
        | > Access requests take days _(in 3 meetings)_
        | *23 November 2026*
        | > Bo takes the exam in May
        | > The move
        | > Note 0
        | > Note 1
        | > … and 2 more
        | *16 November 2026*
        | > Nothing was written down.
        | *Figures*
        | > CSAT 94.0 %, on target (90 %)
    """)
    assert message.text == "Before Ana and Bo: 2 open points; only you see this."


def test_minutes_as_they_read():
    """Decisions first, then what was discussed, actions, notes, what waits, and who closed it."""
    came = minutes_of(
        decisions=(a_point(1, "The rota starts in May"),),
        discussed=(a_point(2, "The new rota", author="U0LEA"),),
        notes=(a_point(3, "Bo & Lea swap"),),
        carried=(a_point(4, "The budget", carried=2),),
        actions=(an_action(12, due_on=date(2026, 11, 27)),),
    )
    message = blocks.minutes_message(came, closed_by="U0ANA")
    check(message)
    assert plain(message) == text("""
        # Support weekly, 23 November 2026
        | *Decisions*
        | ⚖️ The rota starts in May — <@U0BO>
        | *Discussed*
        | ✅ The new rota — <@U0LEA>
        | *Actions*
        | • #12 Update the runbook · <@U0BO> · due Fri 27 Nov
        | *Notes*
        | • Bo & Lea swap — <@U0BO>
        | *Carried over*
        | ↪️ The budget — <@U0BO> _(carried 2×)_
        ~ Closed by <@U0ANA>
    """)
    assert message.text == (
        "Support weekly, 23 November 2026: 1 decision, 1 point discussed, 1 note, 1 action, 1 carried over."
    )


def test_minutes_of_nothing():
    """That is said, rather than an empty page."""
    message = blocks.minutes_message(minutes_of())
    assert "| Nothing was written down and no point was marked discussed." in plain(message)
    assert "0 decisions, 0 points discussed, 0 notes, 0 actions, 0 carried over" in message.text


def test_the_list_as_it_reads():
    """Where, when and what is next; a private one is marked, and what is wrong with a calendar is said."""
    cloud = replace(a_series(repeat=None, title="Cloud weekly"), id=5)
    listed = [
        Listed(a_series(), a_meeting(state=MeetingState.PLANNED, is_moved=True)),
        Listed(replace(a_series(), id=6), a_meeting()),
        Listed(replace(a_series(SeriesState.PAUSED, **ONE_ON_ONE), id=4), a_meeting()),
        Listed(cloud, None, "This calendar is empty."),
    ]
    message = series_blocks.series_list(listed, may_schedule=True)
    check(message)
    assert plain(message) == text("""
        # Meetings
        | *#3 Support weekly* · <#C0DESK>  [overflow]
        | every Monday at 09:00, UTC
        | next 23 November 2026, 09:00 UTC (moved)
        | *#6 Support weekly* · <#C0DESK>  [overflow]
        | every Monday at 09:00, UTC
        | next 23 November 2026, 09:00 UTC · its agenda is out
        | *#4 Ana and Bo* · 🔒 <@U0ANA>, <@U0BO>  [overflow]
        | every Monday at 09:00, UTC
        | ⏸️ paused; nothing is posted until somebody resumes it
        | *#5 Cloud weekly* · <#C0DESK>  [overflow]
        | whenever its calendar says
        | no next meeting
        | ⚠️ This calendar is empty.
        [Schedule another]
        ~ `/agenda add …` adds a talking point · `/agenda help` shows the rest
    """)
    assert message.text == (
        "Meetings: #3 Support weekly, next on 23 November 2026; #6 Support weekly, next on 23 November 2026; "
        "#4 Ana and Bo, paused; #5 Cloud weekly, no next meeting."
    )


def test_the_history_as_it_reads():
    """What became of each meeting and why, and notes where there was one."""
    states = [
        (MeetingState.CLOSED, None),
        (MeetingState.POSTED, None),
        (MeetingState.SKIPPED, "skipped by <@U0ANA>"),
        (MeetingState.SKIPPED, "holiday: Christmas Day"),
        (MeetingState.FAILED, "not_in_channel"),
        (MeetingState.CANCELLED, "cancelled in its calendar"),
    ]
    message = series_blocks.history_message(
        a_series(), [a_meeting(id=number, state=state, reason=why) for number, (state, why) in enumerate(states)]
    )  # fmt: skip
    check(message)
    assert plain(message) == text("""
        # Support weekly: history
        | ✔️ *23 November 2026* · closed  [Notes]
        | 🗓️ *23 November 2026* · posted  [Notes]
        | ⏭️ *23 November 2026* · skipped by <@U0ANA>
        | ⏭️ *23 November 2026* · skipped: holiday: Christmas Day
        | ⚠️ *23 November 2026* · failed: not_in_channel
        | 🚫 *23 November 2026* · cancelled in its calendar
    """)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "when it begins"),
        (5, "5 minutes before it begins"),
        (1, "1 minute before it begins"),
        (60, "1 hour before it begins"),
        (90, "90 minutes before it begins"),
        (120, "2 hours before it begins"),
        (1440, "1 day before it begins"),
        (2880, "2 days before it begins"),
    ],
)
def test_the_lead_in_words(minutes, words):
    """As people say it."""
    assert series_blocks.lead_words(terms(lead=minutes)) == words


def test_the_day_is_that_of_the_meetings_zone():
    """It is Monday in Sydney when it is Sunday in UTC."""
    sydney = a_series(zone="Australia/Sydney")
    late = a_meeting(starts_at=utc("2026-11-22 22:00"))
    assert blocks.day(late, sydney) == "23 November 2026"
