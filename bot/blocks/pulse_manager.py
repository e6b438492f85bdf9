"""A pulse survey as managers see it: the list, the form that starts one, what was planned, and how far it has come."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.blocks import kit
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block, Message
from bot.domain.own_statement import hints
from bot.domain.pulse import LEAST_GROUPS, LONGEST_DAYS, LONGEST_NAME, Wave
from bot.domain.pulse_answer import SEALED_ELSEWHERE
from bot.domain.pulse_plan import Series
from bot.domain.pulse_progress import Progress, Standing
from bot.domain.pulse_roster import Frame, Hidden
from bot.domain.question_bank import BANK, MOST_STATEMENTS, Theme
from bot.domain.walltime import zone_in_words
from bot.domain.words import quoted
from bot.vocabulary import WaveState, Withheld

START, START_FORM = "pulse.start", "pulse.start_form"
SCHEDULE, SCHEDULE_FORM = "pulse.schedule", "pulse.schedule_form"
STATUS, CANCEL, RESULT, END = "pulse.status", "pulse.cancel", "pulse.result", "pulse.end"
_RHYTHMS = {
    "1w": "every week",
    "2w": "every 2 weeks",
    "4w": "every 4 weeks",
    "1m": "every month",
    "3m": "every 3 months",
}
_SHOWN = 10
_TURNS = 4
_NAMES_LENGTH = 500  # escaped they may be five times as long
_BAR = 20
_LINES_TOGETHER = 6  # of groups with long names, in one text of Slack's
_UTC = ZoneInfo("UTC")
_STATES = {
    WaveState.PLANNED: "📅 planned",
    WaveState.GATHERING: "⏳ opening",
    WaveState.OPEN: "🟢 open",
    WaveState.CLOSED: "✔️ closed",
    WaveState.CANCELLED: "⏹️ cancelled",
}
_MANIFEST = "`python -m bot manifest` prints the manifest that has it; update the app with it and install it again"
_AGAIN = "I look again every minute."
_PROMISE = "Nobody sees a figure before a survey closes, not even managers; what is shown then never singles out fewer than its smallest group."


def list_message(
    waves: Sequence[Wave],
    mine: Sequence[Wave],
    *,
    may_start: bool,
    rhythms: Mapping[int, str] | None = None,
) -> Message:
    """Return the surveys: those that ask the reader with a button to answer, and for managers all of them.

    `rhythms` say of those that are of a series how often it comes, by their numbers.
    """
    blocks: list[Block] = [kit.header("Pulse surveys")]
    blocks += [_invitation(wave) for wave in mine]
    if mine:
        blocks.append(kit.context("Whether you have answered stands in the sealed box alone, so I do not know it here. *Answer* tells you, and lets you change or withdraw your answer."))  # fmt: skip
    if may_start:
        blocks += [_row(wave, (rhythms or {}).get(wave.id, "")) for wave in waves[:_SHOWN]]
        if not waves:
            blocks.append(kit.section("There is no survey yet."))
        if len(waves) > _SHOWN:
            blocks.append(
                kit.context(f"… and {len(waves) - _SHOWN} older ones: `/pulse status 3` shows one")
            )
        start = kit.button("Start one", START, style="primary")
        blocks.append(kit.actions([start, kit.button("Schedule one", SCHEDULE)]))
    elif not mine:
        blocks.append(kit.section("No survey asks you at present. When one does, I write to you."))
    blocks.append(kit.context(_PROMISE))
    names = ", ".join(
        f"{wave.number} {kit.escape(wave.terms.name)}"
        for wave in (waves if may_start else mine)[:_SHOWN]
    )
    return Message(f"Pulse surveys: {names or 'none'}.", blocks)


def start_form(teams: Mapping[str, str], name: str = "") -> Block:
    """Return the form that starts a survey; `teams` are the names by slug, and `name` is what it is called so far."""
    opens = kit.input_block(
        "Opens",
        kit.datetimepicker("opens"),
        block_id="opens",
        hint="Empty: at once. People are asked in their own working hours.",
        optional=True,
    )
    return _form("Start a pulse survey", START_FORM, "Start", teams, [opens], name)


def schedule_form(teams: Mapping[str, str], zone: ZoneInfo, today: date, name: str = "") -> Block:
    """Return the form for a survey that comes again and again; its times are those of `zone`."""
    rhythms = [kit.option(words, value) for value, words in _RHYTHMS.items()]
    when = [
        kit.input_block("How often?", kit.static_select("rhythm", rhythms, initial="1m"), block_id="rhythm"),
        kit.input_block("First opens on", kit.datepicker("first", initial=today), block_id="first"),
        kit.input_block("At", kit.timepicker("at", initial=time(10), zone=zone.key), block_id="at", hint=f"{zone_in_words(zone)}. People are asked in their own working hours."),
    ]  # fmt: skip
    return _form("Schedule a survey", SCHEDULE_FORM, "Schedule", teams, when, name)


def _form(
    title: str,
    callback: str,
    submit: str,
    teams: Mapping[str, str],
    when: Sequence[Block],
    name: str,
) -> Block:
    options = [kit.option(name, slug) for slug, name in teams.items()]
    counts = [kit.option(_from_bank(count), str(count)) for count in range(MOST_STATEMENTS + 1)]
    extras = [
        kit.option("eNPS", "enps", description="how likely they are to recommend us, 0 to 10"),
        kit.option(
            "A comment",
            "comment",
            description="from groups of 5 (more if you choose more below) with 3 or more, shuffled",
        ),
    ]
    least = [kit.option(f"{count} people", str(count)) for count in LEAST_GROUPS]
    grouping = [
        kit.option("Everybody, and each team", "teams"),
        kit.option("Everybody, and each role", "roles"),
        kit.option("Everybody only", "none"),
    ]
    return kit.modal(
        title,
        [
            kit.input_block("Name", kit.text_input("name", initial=name, placeholder="Autumn pulse", max_length=LONGEST_NAME), block_id="name"),
            kit.input_block("Who is asked?", kit.multi_static_select("teams", options, initial=list(teams)), block_id="teams"),
            kit.input_block("Statements from the playbook's bank", kit.static_select("count", counts, initial="3"), block_id="count", hint="What was asked longest ago comes first."),
            kit.input_block("Your own statements", kit.text_input("own", multiline=True, max_length=1000, placeholder="I have the tools that I need for my work."), block_id="own", hint=f"One a line; people agree or disagree from 1 to 5. At most {MOST_STATEMENTS} statements in all.", optional=True),
            kit.input_block("Ask also for", kit.checkboxes("extras", extras), block_id="extras", optional=True),
            *when,
            kit.input_block("Open for how many days?", kit.number_input("days", initial="7", least=1, most=LONGEST_DAYS), block_id="days"),
            kit.input_block("Remind on days", kit.text_input("remind", initial="3, 6", max_length=20), block_id="remind", hint="Days after the opening; only those who have not answered.", optional=True),
            kit.input_block("Smallest group that is shown", kit.static_select("least", least, initial="5"), block_id="least", hint="It stays as it is for this survey, and those asked are told."),
            kit.input_block("Figures of", kit.static_select("grouping", grouping, initial="teams"), block_id="grouping", hint="Decided now: no other grouping can be made afterwards."),
        ],
        callback_id=callback,
        submit=submit,
    )  # fmt: skip


def planned_message(
    wave: Wave, teams: Mapping[str, str], rhythm: str = "", coming: datetime | None = None
) -> Message:
    """Return what was agreed, with a way back; `rhythm` says when a series comes, and `coming` when its next opens."""
    asked = _some([teams.get(slug, slug) for slug in wave.terms.teams])
    remind = ", ".join(map(str, wave.terms.remind))
    lines = [
        *([f"🔁 {rhythm[0].upper()}{rhythm[1:]}"] if rhythm else []),
        f"📅 Opens {_moment(wave.opens_at)}, closes {_moment(wave.closes_at)}",
        f"👥 Asks {kit.escape(asked)}, in their own working hours",
        f"🔔 On day {remind}, reminds those who have not answered"
        if remind
        else "🔕 Reminds nobody",
        f"🔒 Shows no group of fewer than {wave.terms.least}",
    ]
    blocks = [
        kit.header(f"Pulse {wave.number}: {wave.terms.name}"),
        kit.section("\n".join(lines)),
        kit.section("\n".join(_question_lines(wave))),
        *(kit.context(f"💡 {kit.escape(quoted(text))}: {hint}") for text, hint in _hints(wave)),
        kit.actions([_button("Status", STATUS, wave), _cancel(wave, coming)]),
    ]
    return Message(f"Pulse {wave.number} {kit.escape(wave.terms.name)} is planned.", blocks)


def _some(names: Sequence[str]) -> str:
    """Return as many names as fit into one part of a message, and how many more there are."""
    shown = [len(", ".join(names[:count])) for count in range(1, len(names) + 1)]
    fit = sum(length <= _NAMES_LENGTH for length in shown)
    rest = [f"… and {len(names) - fit:,} more"] if fit < len(names) else []
    return ", ".join([*names[:fit], *rest])


def _hints(wave: Wave) -> Iterator[tuple[str, str]]:
    """Yield what would make a manager's own statements better; none of it must be followed."""
    for text in wave.terms.own:
        yield from ((text, hint) for hint in hints(text))


def status_message(
    standing: Standing, why_stuck: str = "", coming: datetime | None = None
) -> Message:
    """Return how a survey stands: sent, failed with reasons, answered; counts alone.

    `why_stuck` says why it cannot open, and `coming` when the next of its series opens, where it is one of a series that goes on.
    """
    wave = standing.wave
    blocks = [
        kit.header(f"Pulse {wave.number}: {wave.terms.name}"),
        kit.section(_standing_line(standing)),
    ]
    if why_stuck:
        blocks.append(kit.section(f"⚠️ It cannot open yet: {kit.escape(why_stuck)}"))
    if standing.progress is not None and wave.state is WaveState.OPEN:
        blocks.append(kit.section("\n".join(_progress_lines(standing.progress))))
        if standing.turns:
            blocks.append(kit.context(_turns(standing.turns)))
    if standing.rhythm:
        blocks.append(
            kit.context(
                f"🔁 One of a series: {standing.rhythm}{_next(coming)} · `/pulse end {wave.id}` ends the series"
            )
        )
    if standing.reminders:
        blocks.append(
            kit.context(
                f"Next reminder to those who have not answered: {_moment(standing.reminders[0])}"
            )
        )
    if standing.frame is not None and wave.state is WaveState.OPEN:
        groups = list(_group_lines(standing.frame, wave))
        parts = range(0, len(groups), _LINES_TOGETHER)
        blocks += [kit.context("\n".join(groups[at : at + _LINES_TOGETHER])) for at in parts]
    blocks.append(kit.section("\n".join(_question_lines(wave))))
    if buttons := list(_buttons(wave, coming)):
        blocks.append(kit.actions(buttons))
    said = f"Pulse {wave.number} {kit.escape(wave.terms.name)}: {_plain_state(standing)}."
    stuck = f" It cannot open yet: {kit.escape(why_stuck)}" if why_stuck else ""
    return Message(f"{said}{stuck}", blocks)


def end_question(series: Series) -> Message:
    """Return what ending a series would do, with the button that does it and asks once more."""
    wave, rhythm = series.wave, series.plan.rhythm
    head = f"🔁 *{wave.number} {kit.literal(wave.terms.name)}* is one of a series: {rhythm}."
    fate = " ".join(_fates(series, "will be cancelled"))
    question = kit.confirm(
        "End this series?",
        f"No survey of it comes any more. {fate} It cannot be brought back.",
        yes="End it",
        no="Keep it",
        style="danger",
    )
    end = kit.button("End the series", f"{END}:{wave.id}", value=str(wave.id), confirm=question)
    return Message(
        f"Shall the series of pulse {wave.number} end?",
        [kit.section(f"{head}\nShall it end? {fate}"), kit.actions([end])],
    )


def ended_message(series: Series) -> Message:
    """Return that a series has ended, and what became of its surveys."""
    wave = series.wave
    fate = " ".join(_fates(series, "is cancelled"))
    head, tail = f"The series of pulse {wave.number}", f"has ended. {fate}"
    return Message(
        f"{head} {kit.escape(wave.terms.name)} {tail}",
        [kit.section(f"⏹️ {head} {kit.literal(wave.terms.name)} {tail}")],
    )


def _fates(series: Series, cancelled: str) -> Iterator[str]:
    for wave in series.planned:
        yield f"{wave.number}, planned for {_moment(wave.opens_at)}, {cancelled}; nobody has been asked yet."
    for wave in series.open:
        yield f"{wave.number} has begun, and goes on to its close."


def stuck_message(wave: Wave, why: str) -> Message:
    """Return what the owner of a survey is told that cannot open yet."""
    said = f"Pulse {wave.number} cannot open yet: {kit.escape(why)}"
    row = kit.actions([_button("Status", STATUS, wave), _cancel(wave)])
    return Message(said, [kit.section(f"⚠️ {said}"), row])


def obstacle_words(code: str, groups: Sequence[tuple[str, str]], page: str) -> str:
    """Return why a survey cannot open, and what would work.

    `code` is Slack's word. `groups` are the user groups that it refuses, each after the name of its team on the
    operator's `page`; without any it refuses the list of people.
    """
    refused = " and ".join(f"{group} (the team {name})" for name, group in groups)
    what = f"the user group {refused}" if len(groups) < 2 else f"the user groups {refused}"
    if not groups:
        what = "who is in this workspace"
    match code:
        case "missing_scope":
            scope = "usergroups:read" if groups else "users:read"
            return f"Slack does not let me read {what}, for I lack the scope `{scope}`. Whoever runs me adds it: {_MANIFEST}. {_AGAIN}"
        case "no_such_subteam":
            return f"Slack does not know {what}: deleted, or switched off. Switch it on again in Slack, or let whoever runs me name another group or the members themselves in `{page}`; or cancel this survey, and start one that does not ask that team. {_AGAIN}"
        case "plan_upgrade_required":
            return f"Slack does not let me read {what}, for user groups need a paid plan. Let whoever runs me name the members themselves in `{page}`; or cancel this survey, and start one that does not ask that team. {_AGAIN}"
    return f"Slack does not let me read {what} ({code}). `python -m bot doctor` says what I may not do. {_AGAIN}"


def progress_message(wave: Wave, progress: Progress) -> Message:
    """Return how far the asking has come; it is edited in place while it goes on."""
    head = f"📣 *Pulse {wave.number}: {kit.literal(wave.terms.name)}*"
    lines = [head, *_progress_lines(progress)]
    what = "was sent" if progress.is_over else "is being sent"
    missed = sum(progress.failed.values())
    text = f"Pulse {wave.number} {what}: {progress.sent:,} of {progress.invited:,} asked" + (
        f", {missed:,} could not be." if missed else "."
    )
    return Message(
        text, [kit.section("\n".join(lines)), kit.actions([_button("Status", STATUS, wave)])]
    )


def over_message(wave: Wave) -> Message:
    """Return what stands in the place of the progress once a survey is over."""
    what = f"{wave.answered or 0:,} of {wave.invited or 0:,} answered"
    if wave.state is WaveState.CANCELLED:
        what = _why_over(wave)
    said = f"*Pulse {wave.number}: {kit.literal(wave.terms.name)}* · {_STATES[wave.state]} · {what}"
    blocks = [kit.section(said)]
    if wave.state is WaveState.CLOSED:
        blocks.append(kit.actions([_button("Result", RESULT, wave)]))
    return Message(f"Pulse {wave.number} is {wave.state}: {what}.", blocks)


def questions_message(asked: Mapping[str, datetime]) -> Message:
    """Return the bank, with when each statement was last asked."""
    blocks: list[Block] = [kit.header("The question bank")]
    for theme in Theme:
        lines = [
            f"• {each.text}" + (f"  _asked {_day(asked[each.slug])}_" if each.slug in asked else "")
            for each in BANK
            if each.theme is theme
        ]
        if lines:
            blocks.append(kit.section("\n".join([f"*{theme}*", *lines])))
    blocks.append(
        kit.context(
            "Each survey takes what was asked longest ago, a theme at a time; your own statements can be added in its form."
        )
    )
    return Message("The statements that surveys are made of, by theme.", blocks)


def _invitation(wave: Wave) -> Block:
    said = (
        f"*{kit.literal(wave.terms.name)}* asks or asked you; open until {_moment(wave.closes_at)}"
    )
    return kit.section(said, accessory=_button("Answer", "pulse.open", wave))


def _row(wave: Wave, rhythm: str) -> Block:
    count = ""
    if wave.state is WaveState.CLOSED and wave.invited:
        count = f" · {wave.answered or 0:,} of {wave.invited or 0:,} answered"
    words = f"*{wave.number} {kit.literal(wave.terms.name)}* · {_state(wave)} · {_moment(wave.opens_at)} to {_moment(wave.closes_at)}{count}"
    if rhythm:
        words += f"\n🔁 {rhythm}"
    what = RESULT if wave.state is WaveState.CLOSED else STATUS
    return kit.section(
        words, accessory=_button("Result" if what == RESULT else "Status", what, wave)
    )


def _button(text: str, action: str, wave: Wave) -> Block:
    return kit.button(text, f"{action}:{wave.id}", value=str(wave.id))


def _cancel(wave: Wave, coming: datetime | None = None) -> Block:
    question = kit.confirm(
        "Cancel this survey?",
        _what_cancelling_does(wave, coming),
        yes="Cancel it",
        no="Keep it",
        style="danger",
    )
    return kit.button("Cancel it", f"{CANCEL}:{wave.id}", value=str(wave.id), confirm=question)


def _what_cancelling_does(wave: Wave, coming: datetime | None) -> str:
    """Return what cancelling does; `coming` is when the next of the wave's series opens, where it is known."""
    undone = (
        "What has been answered is destroyed unread, and it asks nobody any more."
        if wave.state is WaveState.OPEN
        else "Nobody has been asked yet."
    )
    series = (
        f" Only this one is cancelled: the next of the series opens {_moment(coming)}; `/pulse end {wave.id}` ends the series."
        if coming is not None
        else ""
    )
    return f"{undone} It cannot be brought back.{series}"


def _next(coming: datetime | None) -> str:
    return "" if coming is None else f" · the next opens {_moment(coming)}"


def _buttons(wave: Wave, coming: datetime | None) -> Iterator[Block]:
    match wave.state:
        case WaveState.PLANNED | WaveState.GATHERING | WaveState.OPEN:
            yield _button("Refresh", STATUS, wave)
            yield _cancel(wave, coming)
        case WaveState.CLOSED:
            yield _button("Result", RESULT, wave)


def _standing_line(standing: Standing) -> str:
    wave = standing.wave
    state = _state(wave)
    if wave.state in (WaveState.PLANNED, WaveState.GATHERING):
        return f"{state} · opens {_moment(wave.opens_at)}"
    if wave.state is WaveState.CANCELLED:
        return f"{state} · {_why_over(wave)}"
    if wave.state is WaveState.CLOSED:
        return f"{state} · *{standing.answered or 0:,} of {wave.invited or 0:,}* answered"
    if standing.answered is None:
        return f"{state} · {SEALED_ELSEWHERE}"
    return f"{state} until {_moment(wave.closes_at)} · *{standing.answered:,} of {wave.invited or 0:,}* have answered"


def _plain_state(standing: Standing) -> str:
    wave = standing.wave
    if wave.state in (WaveState.OPEN, WaveState.CLOSED):
        return f"{wave.state}, {standing.answered or 0:,} of {wave.invited or 0:,} have answered"
    return f"not opened: {_why_over(wave)}" if _is_too_small(wave) else wave.state


def _state(wave: Wave) -> str:
    return "🚫 not opened" if _is_too_small(wave) else _STATES[wave.state]


def _is_too_small(wave: Wave) -> bool:
    """Return whether a survey found too few people when it was to open."""
    return (
        wave.state is WaveState.CANCELLED
        and wave.invited is not None
        and wave.invited < wave.terms.least
    )


def _why_over(wave: Wave) -> str:
    """Return what became of a survey that has no result, and what would work where it found too few people."""
    if not _is_too_small(wave):
        return "what had been answered was destroyed unread" if wave.invited else "it never opened"
    found, least = wave.invited or 0, wave.terms.least
    people = {0: "nobody", 1: "1 person"}.get(found, f"{found} people")
    smaller = (
        f", or choose a smaller group to show, from {LEAST_GROUPS[0]} people up"
        if found >= LEAST_GROUPS[0]
        else ""
    )
    return f"it found {people} to ask, and a survey that shows no group of fewer than {least} needs at least {least}. Start one that asks more teams{smaller}"


def _progress_lines(progress: Progress) -> Iterator[str]:
    share = progress.sent / progress.invited if progress.invited else 1.0
    full = int(share * _BAR)
    yield f"`{'█' * full}{'░' * (_BAR - full)}` {progress.sent:,} of {progress.invited:,} asked"
    if progress.waiting:
        yield f"{progress.waiting:,} on their way"
    if progress.later:
        yield f"{progress.later:,} later, in their own working hours"
    if progress.unsure:
        yield f"{progress.unsure:,} may or may not have arrived; they are not asked twice"
    for error, count in sorted(progress.failed.items()):
        yield f"⚠️ {count:,} could not be asked: {kit.escape(_REASONS.get(error, error))}"


def _turns(turns: Mapping[datetime, int]) -> str:
    """Return when those are asked who are still to be: the next few times, and the rest together."""
    told = [f"{count:,} from {_moment(at)}" for at, count in turns.items()]
    if rest := sum([*turns.values()][_TURNS:]):
        told[_TURNS:] = [f"{rest:,} after that"]
    return f"🕘 Still to be asked: {' · '.join(told)}"


_REASONS = {
    "user_not_found": "Slack does not know them any more",
    "user_disabled": "their account is closed",
    "channel_not_found": "Slack does not know them any more",
    "cannot_dm_bot": "they are a bot",
    "messages_tab_disabled": "they have switched my messages off",
    "too late": "it closed before their turn came",
}


def _group_lines(frame: Frame, wave: Wave) -> Iterator[str]:
    shown = [
        f"{kit.escape(group.name)} ({sum(frame.cells[cell] for cell in group.cells):,})"
        for group in frame.groups
    ]
    if shown:
        yield f"Shown at the close, if enough of them answer: everybody ({wave.invited or 0:,}), {', '.join(shown)}"
    for hidden in frame.hidden:
        yield f"Not shown: {_hidden(hidden, wave.terms.least)}"


def _hidden(hidden: Hidden, least: int) -> str:
    why = (
        f"fewer than {least} people"
        if hidden.why is Withheld.TOO_FEW
        else "subtracting it from the others would single out a few people"
    )
    proposal = (
        f"; together with {' and '.join(map(kit.escape, hidden.beside))} it could be"
        if hidden.beside
        else ""
    )
    return f"{kit.escape(hidden.name)}, {why}{proposal}"


def _question_lines(wave: Wave) -> Iterator[str]:
    for statement in wave.statements:
        yield f"• {kit.literal(statement.text)}"
    if wave.terms.asks_enps:
        yield "• How likely are you to recommend us? (eNPS)"
    if wave.terms.asks_comment:
        yield "• a comment"


def _from_bank(count: int) -> str:
    return "none" if not count else f"{count} statement{'s' if count > 1 else ''}"


def _moment(at: datetime) -> str:
    return kit.date(at, "{date_short_pretty} {time}", show_moment(at, _UTC))


def _day(at: datetime) -> str:
    return kit.date(at, "{date_short_pretty}", f"{at:%d %B %Y}")
