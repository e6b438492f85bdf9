"""A root cause analysis as people read it: in a window, in the thread of the incident, and as a Markdown file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.blocks import kit
from bot.blocks.action import STATES, due_words
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block, Message
from bot.blocks.rca_news import WRITE, appoint_button, open_button
from bot.domain.action_item import ActionItem
from bot.domain.day import show_day
from bot.domain.duration import format_duration
from bot.domain.incident import Incident
from bot.domain.person import Person
from bot.domain.rca import Deed, Look, Rca, deeds, may_appoint
from bot.vocabulary import CauseClass, Moment, Noticed, RcaState

SUBMIT, TAKE_BACK, REVIEW = "rca.submit", "rca.take_back", "rca.review"
SEND_BACK, VOLUNTEER, MARKDOWN, LIST = (
    "rca.send_back",
    "rca.volunteer",
    "rca.markdown",
    "rca.list",
)

STATE_WORDS = {
    RcaState.DRAFT: "Draft",
    RcaState.IN_REVIEW: "In review",
    RcaState.REVIEWED: "Reviewed",
}
CAUSE_WORDS = {
    CauseClass.CHANGE: "A change",
    CauseClass.CAPACITY: "Capacity",
    CauseClass.CONFIGURATION: "Configuration",
    CauseClass.SOFTWARE: "Software",
    CauseClass.HARDWARE: "Hardware",
    CauseClass.NETWORK: "Network",
    CauseClass.THIRD_PARTY: "A third party",
    CauseClass.PROCESS: "Process",
    CauseClass.SECURITY: "Security",
    CauseClass.UNKNOWN: "Not known",
}
NOTICED_WORDS = {
    Noticed.MONITORING: "monitoring",
    Noticed.CUSTOMER: "a customer",
    Noticed.STAFF: "our own people",
}
_MOMENTS = {
    Moment.STARTED: "Started",
    Moment.DETECTED: "Detected",
    Moment.DECLARED: "Declared",
    Moment.ACKNOWLEDGED: "Taken",
    Moment.MITIGATED: "Mitigated",
    Moment.RESOLVED: "Resolved",
}
_EMPTY, _LEFT_EMPTY = "not written yet", "nothing was written"
_AT_THE_LATEST = "at the latest"
_MOST_CHARACTERS, _MOST_BLOCKS = 8_000, 40  # of one message of the thread
_PIECE = kit.TEXT_LENGTH // 2  # characters: one may count twice (§6.6)
_ACTIONS_A_BLOCK = 4  # of at most 500 characters each


@dataclass(frozen=True, slots=True)
class Part:
    """One section of an analysis: its title, and what somebody wrote or what the bot knows."""

    title: str
    words: str | None = None
    blocks: tuple[Block, ...] = ()
    empty: str = _EMPTY

    def shown(self) -> list[Block]:
        """Return it as blocks; what people wrote stands as they wrote it."""
        own = self.blocks or [kit.rich_text(piece) for piece in _pieces(self.words or "")]
        return [kit.section(f"*{self.title}*"), *(own or (kit.context(self.empty),))]

    @property
    def length(self) -> int:
        """How many characters it takes, roughly."""
        return len(self.words or "") + sum(len(str(block)) for block in self.blocks)


def _pieces(words: str) -> Iterator[str]:
    """Yield words in pieces that a block takes, parted where a line ends as far as that can be."""
    while len(words) > _PIECE:
        end = words.rfind("\n", 1, _PIECE) + 1 or _PIECE
        yield words[:end].rstrip("\n")
        words = words[end:]
    if words.strip():
        yield words


# --- In a window ---


def analysis_window(rca: Rca, by: Person, today: date, said: str = "") -> Block:
    """Return an analysis as it stands, with what this person may do with it."""
    may = deeds(rca, by)
    blocks = [
        kit.header(f"{rca.incident.label} {rca.incident.title}"),
        *([kit.section(said)] if said else []),
        kit.context(_standing(rca, today)),
        *_gaps(rca),
        *(block for part in _parts(rca, is_whole=True) for block in part.shown()),
        kit.divider(),
        kit.actions(list(_buttons(rca, may))),
    ]
    return kit.modal(_title(rca.incident), blocks, close="Close")


def nobody_window(incident: Incident, by: Person, severity: str, *, is_required: bool) -> Block:
    """Return what there is to see where nobody analyses an incident yet."""
    needs = (
        f"As {kit.escape(severity)} it needs one."
        if is_required
        else f"As {kit.escape(severity)} it needs none, but anybody may begin one."
    )
    number = str(incident.id)
    buttons = [
        kit.button("I write it", f"{VOLUNTEER}:{number}", value=number, style="primary"),
        *([appoint_button(incident)] if may_appoint(incident, by) else []),
    ]
    blocks = [
        kit.header(f"{incident.label} {incident.title}"),
        kit.section(f"Nobody writes a root cause analysis of {incident.label} yet. {needs}"),
        kit.actions(buttons),
    ]
    return kit.modal(_title(incident), blocks, close="Close")


def _title(incident: Incident) -> str:
    return f"Analysis of {incident.label}"


def _standing(rca: Rca, today: date) -> str:
    due = f"due {show_day(rca.due_on, today)}" if rca.due_on else "no due date"
    late = " 🔴 overdue" if rca.is_overdue(today) else ""
    reviewed = f" by <@{rca.reviewed_by}>" if rca.reviewed_by else ""
    return f"{STATE_WORDS[rca.state]}{reviewed} · <@{rca.owner}> · {due}{late}"


def _gaps(rca: Rca) -> Iterator[Block]:
    missing = rca.missing()
    if rca.state is RcaState.DRAFT and missing:
        lines = "\n".join(f"• {each}" for each in missing)
        yield kit.section(f"*Still missing before it can be reviewed*\n{lines}")


def _buttons(rca: Rca, may: frozenset[Deed]) -> Iterator[Block]:
    number = str(rca.incident.id)
    if Deed.WRITE in may:
        style: kit.Style | None = "primary" if rca.missing() else None
        yield kit.button("Write", f"{WRITE}:{number}", value=number, style=style)
    if Deed.SUBMIT in may:
        ready: kit.Style | None = None if rca.missing() else "primary"
        yield kit.button("Submit for review", f"{SUBMIT}:{number}", value=number, style=ready)
    if Deed.REVIEW in may:
        question = kit.confirm(
            "It holds?",
            "It is published in the incident’s thread, and as a file there.",
            yes="Yes, it is reviewed",
        )
        yield kit.button(
            "Mark as reviewed",
            f"{REVIEW}:{number}",
            value=number,
            style="primary",
            confirm=question,
        )
    if Deed.SEND_BACK in may:
        yield kit.button("Send back", f"{SEND_BACK}:{number}", value=number)
    if Deed.TAKE_BACK in may:
        yield kit.button("Take back", f"{TAKE_BACK}:{number}", value=number)
    if Deed.APPOINT in may:
        yield appoint_button(rca.incident)
    yield kit.button("Markdown", f"{MARKDOWN}:{number}", value=number)


# --- In the thread ---


def thread_messages(rca: Rca) -> list[Message]:
    """Return a reviewed analysis as the messages of a thread, all sections, within what Slack takes."""
    incident = rca.incident
    head = kit.header(f"Root cause analysis of {incident.label}")
    byline = kit.context(
        f"Written by <@{rca.owner}>, reviewed by {f'<@{rca.reviewed_by}>' if rca.reviewed_by else 'nobody yet'}"
    )
    messages: list[Message] = []
    blocks, parts = [head, byline], list[Part]()
    for part in _parts(rca, is_whole=False):
        if parts and not _fits([*parts, part]):
            messages.append(_thread_message(rca, blocks, parts, is_first=not messages))
            blocks, parts = [], []
        blocks, parts = [*blocks, *part.shown()], [*parts, part]
    number = str(incident.id)
    blocks.append(
        kit.actions(
            [kit.button("Markdown", f"{MARKDOWN}:{number}", value=number), open_button(incident)]
        )
    )
    return [*messages, _thread_message(rca, blocks, parts, is_first=not messages)]


def _fits(parts: Sequence[Part]) -> bool:
    blocks = sum(len(part.shown()) for part in parts)
    return sum(part.length for part in parts) <= _MOST_CHARACTERS and blocks <= _MOST_BLOCKS


def _thread_message(
    rca: Rca, blocks: list[Block], parts: Sequence[Part], *, is_first: bool
) -> Message:
    name = f"Root cause analysis of {rca.incident.label}"
    if is_first:
        cause = kit.escape(rca.root_cause or _empty(rca))
        return Message(f"{name}: {cause}", blocks)
    said = " ".join(f"{part.title}: {kit.escape(part.words or '')}".strip() for part in parts)
    return Message(f"{name}, continued. {said}", blocks)


# --- What it consists of ---


def _parts(rca: Rca, *, is_whole: bool) -> Iterator[Part]:
    """Yield the sections; with `is_whole` the empty ones too, so that one sees what is to be written."""
    written = (
        Part("Summary", rca.summary),
        Part("Impact", rca.impact),
        Part("When", blocks=(kit.section(_times(rca.incident)),)),
        Part("Detection", rca.detection),
        Part("Contributing factors", "\n".join(f"• {each}" for each in rca.factors) or None),
        Part("Root cause", rca.root_cause),
        Part("Kind of cause", CAUSE_WORDS[rca.cause_class] if rca.cause_class else None),
        Part("Repeat", _repeat(rca)),
        Part("What went well", rca.went_well),
        Part("What went badly", rca.went_badly),
        Part("Where we were lucky", rca.lucky),
    )
    empty = _empty(rca)
    yield from (
        replace(part, empty=empty) for part in written if is_whole or part.words or part.blocks
    )
    yield Part("Action plan", _without_actions(rca), tuple(_action_blocks(rca.actions)))
    if rca.looks:
        yield Part("Did it work?", "\n".join(_look(look) for look in rca.looks))


def _empty(rca: Rca) -> str:
    """Return what stands where nobody has written anything: once it is reviewed, nobody will."""
    return _LEFT_EMPTY if rca.state is RcaState.REVIEWED else _EMPTY


def _repeat(rca: Rca) -> str | None:
    if rca.repeat is not None:
        return f"It has the same cause as {rca.repeat.label} {rca.repeat.title}"
    return "It repeats nothing." if rca.no_repeat else None


def _without_actions(rca: Rca) -> str | None:
    if rca.actions:
        return None
    return f"No action is needed: {rca.no_action}" if rca.no_action else None


def _action_blocks(actions: Sequence[ActionItem]) -> Iterator[Block]:
    for start in range(0, len(actions), _ACTIONS_A_BLOCK):
        some = actions[start : start + _ACTIONS_A_BLOCK]
        yield kit.section("\n".join(f"• {_action(item)}" for item in some))


def _action(item: ActionItem) -> str:
    due = f"{due_words(item)} · " if item.due_on else ""
    return f"#{item.id} {kit.literal(item.text)} · <@{item.owner}> · {due}{STATES[item.state]}"


def _look(look: Look) -> str:
    when = f"After {look.days} days ({look.due_on.isoformat()})"
    match look.came_back:
        case None:
            return f"{when}: {'asked' if look.asked_at else 'to be asked'}"
        case True:
            return f"{when}: it came back"
        case False:
            return f"{when}: it has not come back"


def _times(incident: Incident) -> str:
    said = []
    for moment, words in _MOMENTS.items():
        if (at := incident.times.at(moment)) is not None:
            shown = kit.date(at, "{date_short_pretty} at {time}", show_moment(at, ZoneInfo("UTC")))
            said.append(f"{words} {shown}")
        elif moment is Moment.STARTED and incident.times.fired:
            at = incident.times.fired
            shown = kit.date(at, "{date_short_pretty} at {time}", show_moment(at, ZoneInfo("UTC")))
            said.append(f"{words} {_AT_THE_LATEST} {shown}")
        elif moment in (Moment.STARTED, Moment.DETECTED):
            said.append(f"{words}: not known")
    return "\n".join(said)


# --- The list of what is not finished ---

_LISTED = 15


def row(rca: Rca, today: date) -> Block:
    """Return an analysis as one line of a list, with the button that opens it."""
    name = f"*{rca.incident.label}* {kit.literal(rca.incident.title)}"
    return kit.section(f"{name}\n{_standing(rca, today)}", accessory=open_button(rca.incident))


def waiting_message(found: Sequence[Rca], today: date) -> Message:
    """Return the analyses that are not reviewed yet, what is due first first."""
    title = "Root cause analyses that are not reviewed"
    if not found:
        empty = "Every root cause analysis is reviewed."
        return Message(empty, [kit.header(title), kit.section(empty)])
    blocks = [kit.header(title)]
    blocks += [row(rca, today) for rca in found[:_LISTED]]
    if len(found) > _LISTED:
        blocks.append(kit.context(f"and {len(found) - _LISTED} more"))
    late = sum(rca.is_overdue(today) for rca in found)
    names = ", ".join(rca.incident.label for rca in found[:_LISTED])
    plural = "analysis is" if len(found) == 1 else "analyses are"
    return Message(f"{len(found)} {plural} not reviewed, {late} overdue: {names}.", blocks)


# --- As a file ---


class RcaFile(NamedTuple):
    """An analysis as a file: what it is called, what stands above it, and what it says."""

    name: str
    title: str
    text: str


def rca_file(rca: Rca, severity: str, names: Mapping[str, str]) -> RcaFile:
    """Return an analysis as a file to be given to people."""
    label = rca.incident.label
    text = rca_markdown(rca, severity, names)
    return RcaFile(f"{label}-analysis.md", f"Root cause analysis of {label}", text)


def rca_markdown(rca: Rca, severity: str, names: Mapping[str, str] | None = None) -> str:
    """Return an analysis as a Markdown file; people by the names that are known, or by their Slack ids."""
    incident, known = rca.incident, names or {}

    def name(person: str | None) -> str:
        return known.get(person or "", person or "nobody")

    lines = [
        f"# {incident.label}: {_line(incident.title)}",
        "",
        f"Root cause analysis. {STATE_WORDS[rca.state]}.",
        "",
        f"- Severity: {_line(severity)}",
        f"- Affected: {_line(', '.join(incident.services)) or 'not said'}",
        f"- Owner: {name(rca.owner)}",
        *([f"- Due: {rca.due_on.isoformat()}"] if rca.due_on else []),
        *([f"- Reviewed by: {name(rca.reviewed_by)}"] if rca.reviewed_by else []),
        *_moments(incident),
        *(line for title, words in _chapters(rca) for line in ("", f"## {title}", "", words)),
        "",
        "## Action plan",
        "",
        *_planned(rca, name),
    ]
    if rca.looks:
        lines += ["", "## Did it work?", "", *(f"- {_look(look)}" for look in rca.looks)]
    return "\n".join(lines) + "\n"


def _chapters(rca: Rca) -> Iterator[tuple[str, str]]:
    text = partial(_text, empty=_empty(rca))
    yield "Summary", text(rca.summary)
    yield "Impact", text(rca.impact)
    yield "Detection", text(rca.detection)
    factors = "\n".join(f"- {_line(each)}" for each in rca.factors)
    yield "Contributing factors", factors or text(None)
    yield "Root cause", text(rca.root_cause)
    if rca.cause_class:
        yield "Kind of cause", CAUSE_WORDS[rca.cause_class]
    yield "Repeat", text(_repeat(rca))
    yield "What went well", text(rca.went_well)
    yield "What went badly", text(rca.went_badly)
    yield "Where we were lucky", text(rca.lucky)


def _planned(rca: Rca, name: Callable[[str | None], str]) -> Iterator[str]:
    if not rca.actions:
        yield _text(_without_actions(rca))
        return
    yield "| # | What | Who | Due | State |"
    yield "| --- | --- | --- | --- | --- |"
    for item in rca.actions:
        due = item.due_on.isoformat() if item.due_on else ""
        what = _line(item.text).replace("|", "\\|")
        yield f"| {item.id} | {what} | {name(item.owner)} | {due} | {STATES[item.state]} |"


def _moments(incident: Incident) -> Iterator[str]:
    times = incident.times
    for moment, words in _MOMENTS.items():
        if moment is Moment.STARTED and times.started is None and times.fired:
            yield f"- {words}: {_AT_THE_LATEST} {_instant(times.fired)}"
        else:
            yield f"- {words}: {_instant(times.at(moment))}"
    if (took := incident.times.to_detect) is not None:
        yield f"- Time to detect: {format_duration(took.total_seconds())}"
    if (took := incident.times.to_resolve) is not None:
        yield f"- Time to resolve: {format_duration(took.total_seconds())}"


def _instant(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "not known"


def _line(text: str) -> str:
    """Return words on one line, so that they cannot become a heading or a row."""
    return " ".join(text.split())


def _text(text: str | None, empty: str = _EMPTY) -> str:
    """Return what somebody wrote, so that none of its lines becomes a heading of the file."""
    if not text:
        return f"({empty})"
    lines = (f"\\{line}" if line.lstrip().startswith("#") else line for line in text.splitlines())
    return "\n".join(lines)
