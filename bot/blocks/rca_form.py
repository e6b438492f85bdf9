"""The forms of a root cause analysis: its pages one after another, an action, words that go with sending it back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.blocks import kit
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block
from bot.blocks.rca import CAUSE_WORDS, NOTICED_WORDS
from bot.domain.action_item import ActionItem
from bot.domain.blame import Hint
from bot.domain.duration import format_duration
from bot.domain.errand import LONGEST_TEXT as LONGEST_ACTION
from bot.domain.incident import Incident, not_found
from bot.domain.incident_times import Times
from bot.domain.rca import Rca
from bot.domain.rca_work import LONGEST_TEXT, NO_REPEAT, Page, fingerprint, values_of
from bot.errors import Refused
from bot.vocabulary import CauseClass, Customers, Remedy

PAGE_FORM, ACTION_FORM, BACK_FORM, APPOINT_FORM = (
    "rca.page",
    "rca.action",
    "rca.sent_back",
    "rca.appointed",
)
BACK, KEEP, PLAN = "rca.back", "rca.keep", "rca.plan"

TITLES = {
    Page.HAPPENED: "What happened",
    Page.DETECTION: "How it was noticed",
    Page.CAUSES: "Why it happened",
    Page.LESSONS: "What we learned",
    Page.PLAN: "What we do about it",
}
_PAGES = tuple(Page)
_CUSTOMERS = {
    Customers.ALL: "all customers",
    Customers.MANY: "many customers",
    Customers.ONE: "one customer",
    Customers.NONE: "no customer",
}
REMEDIES = {
    Remedy.CORRECTIVE: "Corrective: mends what was wrong",
    Remedy.PREVENTIVE: "Preventive: keeps it from happening again",
    Remedy.DETECTIVE: "Detective: lets us notice it sooner",
    Remedy.MITIGATIVE: "Mitigative: makes it hurt less",
    Remedy.PROCESS: "Process: changes how we work",
}


@dataclass(frozen=True, slots=True)
class Choices:
    """Which earlier incidents a form offers as the one that is repeated: the likest, and others before it."""

    alike: Sequence[Incident] = ()
    earlier: Sequence[Incident] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """What a page carries: whose it is, which it is, how it stood, and which wordings stay as they are."""

    incident: int
    page: Page
    seen: str
    kept: tuple[str, ...] = ()

    def packed(self) -> str:
        """Return it as a form carries it."""
        return json.dumps([self.incident, self.page, self.seen, [one[:60] for one in self.kept]])


def unpack(packed: str) -> Place:
    """Return what a page carries; `Refused` where it is no page of ours."""
    try:
        incident, page, seen, kept = json.loads(packed)
        return Place(int(incident), Page(page), str(seen), tuple(kept))
    except (TypeError, ValueError):
        raise Refused(not_found("this incident")) from None


def page_form(
    rca: Rca,
    page: Page,
    zone: ZoneInfo,
    choices: Choices,
    *,
    typed: Mapping[str, str | None] | None = None,
    hints: Sequence[Hint] = (),
    note: str = "",
) -> Block:
    """Return a page: as it is kept, or as it was `typed`, with what there is to say about it."""
    kept = values_of(rca, page)
    shown = dict(typed) if typed is not None else {**kept, **_prefilled(rca, page, zone, kept)}
    number = _PAGES.index(page) + 1
    is_last = page is _PAGES[-1]
    place = Place(
        rca.incident.id, page, fingerprint(kept), tuple(hint.found.casefold() for hint in hints)
    )
    blocks = [
        kit.context(
            f"*{TITLES[page]}* · {number} of {len(_PAGES)} · {rca.incident.label} {kit.literal(rca.incident.title)}"
        ),
        *([kit.section(f"⚠️ {note}")] if note else []),
        *_advice(hints),
        *_fields(rca, page, shown, choices),
        *_feet(page),
    ]
    return kit.modal(
        f"Analysis of {rca.incident.label}",
        blocks,
        callback_id=PAGE_FORM,
        submit="Save" if is_last else "Next",
        close="Close",
        private_metadata=place.packed(),
    )


def next_page(page: Page) -> Page | None:
    """Return the page after one; None after the last."""
    return dict(pairwise(_PAGES)).get(page)


def page_before(page: Page) -> Page:
    """Return the page before one; the first is before itself."""
    return _PAGES[max(_PAGES.index(page) - 1, 0)]


def _feet(page: Page) -> Iterator[Block]:
    if page is not _PAGES[0]:
        yield kit.actions([kit.button("Back", BACK)])
    yield kit.context(
        "Each page is kept as a draft when you leave it with Next, Back or Save; Close keeps the pages before."
    )


def _advice(hints: Sequence[Hint]) -> Iterator[Block]:
    if not hints:
        return
    lines = "\n".join(f"• “{kit.literal(hint.found)}” → {hint.instead}" for hint in hints)
    yield kit.section(
        "💡 *This says who rather than what.* It is saved. Others learn more from what made it possible:\n"
        + lines
    )
    yield kit.actions([kit.button("Keep as it is", KEEP)])


# --- The pages ---


def _fields(
    rca: Rca, page: Page, shown: Mapping[str, str | None], choices: Choices
) -> Iterator[Block]:
    match page:
        case Page.HAPPENED:
            yield _words(
                "summary",
                "Summary",
                shown,
                "Two or three sentences: what customers saw, what was wrong, how it ended.",
            )
            yield _words(
                "impact",
                "Impact in numbers",
                shown,
                "Begun from the record; add tickets, requests, money.",
            )
        case Page.DETECTION:
            yield _words(
                "detection",
                "How was it noticed, and how could that take half as long?",
                shown,
                "Which alert, call or ticket came first; what would have shown it sooner.",
            )
        case Page.CAUSES:
            yield from _causes(rca, shown, choices)
        case Page.LESSONS:
            yield _words("went_well", "What went well?", shown)
            yield _words("went_badly", "What went badly?", shown)
            yield _words(
                "lucky", "Where were we lucky?", shown, "What could have made it far worse."
            )
        case Page.PLAN:
            yield from _plan(rca, shown)


def _causes(rca: Rca, shown: Mapping[str, str | None], choices: Choices) -> Iterator[Block]:
    yield _words(
        "factors",
        "Contributing factors, one a line",
        shown,
        "Conditions that had to come together: technical, organisational, in the environment.",
    )
    classes = [kit.option(CAUSE_WORDS[each], each) for each in CauseClass]
    menu = kit.static_select("cause_class", classes, initial=shown.get("cause_class"))
    yield kit.input_block("Kind of cause", menu, block_id="cause_class", optional=True)
    yield _words(
        "root_cause",
        "Root cause",
        shown,
        "The main factor, in the words of the report to managers.",
    )
    offered = list(_repeats(rca, choices))
    menu = kit.static_select("repeat", offered, initial=shown.get("repeat"))
    yield kit.input_block(
        "Has it the same cause as an earlier incident?",
        menu,
        block_id="repeat",
        optional=True,
        hint="What you choose counts in the recurrence rate.",
    )


def _repeats(rca: Rca, choices: Choices) -> Iterator[Block]:
    yield kit.option("No, it repeats nothing", NO_REPEAT)
    seen: set[int] = set()
    suspected = rca.incident.repeat_of
    first = [rca.repeat] if rca.repeat else []
    likely = [each for each in choices.earlier if each.id == suspected]
    for each in (*first, *likely, *choices.alike, *choices.earlier):
        if each.id not in seen:
            seen.add(each.id)
            on = f"{each.times.began:%d %b %Y}"
            yield kit.option(f"{each.label} {each.title}", str(each.id), description=on)


def _plan(rca: Rca, shown: Mapping[str, str | None]) -> Iterator[Block]:
    if rca.actions:
        yield kit.section("\n".join(f"• {_short(item)}" for item in rca.actions[:20]))
    else:
        yield kit.section(
            "No action yet. Each has an owner and a day, and is chased until verified."
        )
    yield kit.actions([kit.button("Add an action", PLAN, value=str(rca.incident.id))])
    yield _words("no_action", "If nothing has to be done: why?", shown)


def _short(item: ActionItem) -> str:
    return f"#{item.id} {kit.literal(kit.truncate(item.text, 100))} · <@{item.owner}>"


def _words(
    name: str, label: str, shown: Mapping[str, str | None], hint: str | None = None
) -> Block:
    field = kit.text_input(
        name, initial=shown.get(name) or "", multiline=True, max_length=LONGEST_TEXT
    )
    return kit.input_block(label, field, block_id=name, hint=hint, optional=True)


# --- What the record says already ---


def _prefilled(
    rca: Rca, page: Page, zone: ZoneInfo, kept: Mapping[str, str | None]
) -> dict[str, str | None]:
    """Return what the record says, for fields in which nothing has been written."""
    known: dict[str, str] = {}
    if page is Page.HAPPENED:
        known["impact"] = impact_words(rca.incident, zone)
    elif page is Page.DETECTION:
        known["detection"] = detection_words(rca.incident)
    return {name: words for name, words in known.items() if kept.get(name) is None}


def impact_words(incident: Incident, zone: ZoneInfo) -> str:
    """Return an incident's impact in numbers, as far as the record says."""
    times = incident.times
    lines = [f"Impact: {_impact(incident, zone)}"]
    who = _CUSTOMERS[incident.customers] if incident.customers else "not known"
    effect = f", {incident.effect.value}" if incident.effect else ""
    lines.append(f"Customers: {who}{effect}")
    lines.append(f"Services: {', '.join(incident.services) or 'not said'}")
    for words, took in (
        ("Time to detect", times.to_detect),
        ("Time to resolve", times.to_resolve),
    ):
        lines.append(f"{words}: {format_duration(took.total_seconds()) if took else 'not known'}")
    return "\n".join(lines)


def _impact(incident: Incident, zone: ZoneInfo) -> str:
    times = incident.times
    began, ended = times.impact_began, times.impact_ended
    if began is None or ended is None:
        return "not known"
    minutes = sum((spell.ended_at - spell.started_at).total_seconds() for spell in incident.spells)
    last = times.reopened if incident.spells and times.reopened else began
    minutes = (minutes + (ended - last).total_seconds()) / 60
    return f"{minutes:,.0f} minutes, {_span(began, ended, zone)}{_since(times)}"


def _since(times: Times) -> str:
    """Return from when impact is counted, where nobody has said when it started."""
    if times.started:
        return ""
    if times.fired:
        return " (counted from its alert; it may have started before)"
    return " (counted from the detection; the start is not known)"


def _span(began: datetime, ended: datetime, zone: ZoneInfo) -> str:
    """Return from when to when in words; on one day the day stands once."""
    start, end = began.astimezone(zone), ended.astimezone(zone)
    if start.date() != end.date() or start.utcoffset() != end.utcoffset():
        return f"{show_moment(began, zone)} to {show_moment(ended, zone)}"
    return f"{start.day} {start:%B %Y, %H:%M} to {end:%H:%M} {end.tzname()}"


def detection_words(incident: Incident) -> str:
    """Return how an incident was noticed, as far as the record says."""
    who = NOTICED_WORDS[incident.noticed] if incident.noticed else "not said"
    took = incident.times.to_detect
    after = f", {format_duration(took.total_seconds())} after it started" if took else ""
    return f"Noticed by: {who}{after}\nTo halve that: "


# --- The small forms ---


def action_form(incident: Incident, owner: str) -> Block:
    """Return the form for one action of the plan."""
    words = kit.text_input("text", multiline=True, max_length=LONGEST_ACTION)
    kinds = [kit.option(label, kind) for kind, label in REMEDIES.items()]
    note = kit.text_input("note", multiline=True, max_length=1_500)
    return kit.modal(
        "Add an action",
        [
            kit.input_block("What is to be done?", words, block_id="text"),
            kit.input_block(
                "Who does it?", kit.users_select("owner", initial=owner), block_id="owner"
            ),
            kit.input_block("By when?", kit.datepicker("due"), block_id="due"),
            kit.input_block(
                "What is it good for?", kit.static_select("remedy", kinds), block_id="remedy"
            ),
            kit.input_block("Note", note, block_id="note", optional=True),
        ],
        callback_id=ACTION_FORM,
        submit="Add",
        private_metadata=str(incident.id),
    )


def send_back_form(incident: Incident) -> Block:
    """Return the form that asks what is missing."""
    words = kit.text_input("words", multiline=True, max_length=2_000)
    return kit.modal(
        "Send it back",
        [kit.input_block("What is missing or unclear?", words, block_id="words")],
        callback_id=BACK_FORM,
        submit="Send back",
        private_metadata=str(incident.id),
    )


def appoint_form(incident: Incident, owner: str | None) -> Block:
    """Return the form that asks who analyses an incident."""
    menu = kit.users_select("owner", initial=owner)
    return kit.modal(
        "Who analyses it?",
        [
            kit.section(f"*{incident.label}* {kit.literal(incident.title)}"),
            kit.input_block("Who writes the root cause analysis?", menu, block_id="owner"),
        ],
        callback_id=APPOINT_FORM,
        submit="Appoint",
        private_metadata=str(incident.id),
    )
