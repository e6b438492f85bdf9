"""App Home: each person's own page, made anew whenever they open it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.blocks import kit
from bot.blocks.action import action_words
from bot.blocks.agenda import ADD, moment
from bot.blocks.figures import show_moment
from bot.blocks.incident import row as incident_row
from bot.blocks.kit import Block
from bot.blocks.kpi import list_lines
from bot.blocks.rca import row as rca_row
from bot.domain.action_item import ActionItem
from bot.domain.incident import Incident
from bot.domain.rca import Rca
from bot.domain.series import Listed
from bot.domain.severity import Severities
from bot.domain.snapshot import Snapshot

_ACTIONS_SHOWN, _INCIDENTS_SHOWN, _ANALYSES_SHOWN = 8, 5, 5


@dataclass(frozen=True, slots=True)
class Trouble:
    """The open incidents that a person may know of, and the analyses that wait for them."""

    incidents: Sequence[Incident]
    analyses: Sequence[Rca]
    severities: Severities
    now: datetime
    today: date


def home_view(
    name: str,
    snapshots: Sequence[Snapshot],
    meetings: Sequence[Listed] = (),
    actions: Sequence[ActionItem] = (),
    trouble: Trouble | None = None,
) -> Block:
    """Return the page: open incidents, what the person has to do, their next meetings, and KPIs as far as they may see them."""
    blocks = [
        kit.header(f"Hello {name}"),
        *(_incidents(trouble) if trouble else ()),
        *_actions(actions),
        *(_analyses(trouble) if trouble else ()),
        *_meetings(meetings),
    ]
    if snapshots:
        at, zone = snapshots[0].as_of, snapshots[0].zone
        as_of = kit.date(at, "{date_short_pretty} {time}", show_moment(at, zone))
        blocks += [
            kit.context(f"*KPIs · {snapshots[0].when}*, as of {as_of}"),
            *list_lines(snapshots),
            kit.divider(),
            kit.section(
                "Type `/kpi csat` in any channel for one figure with its target, change and trend, and `/kpi help` for "
                "periods, teams and comparisons. Answers are yours alone until you share them."
            ),
        ]
    else:
        blocks.append(
            kit.section(
                "I run the support playbook for the members of this workspace. As a guest you see here what they share with you."
            )
        )
    return kit.home(blocks)


def _incidents(trouble: Trouble) -> Iterator[Block]:
    if not trouble.incidents:
        return
    yield kit.context("*Open incidents* · `/incident list` has them all")
    for incident in trouble.incidents[:_INCIDENTS_SHOWN]:
        yield incident_row(incident, trouble.severities, trouble.now)
    yield kit.divider()


def _analyses(trouble: Trouble) -> Iterator[Block]:
    if not trouble.analyses:
        return
    more = len(trouble.analyses) - _ANALYSES_SHOWN
    rest = f" · and {more} more" if more > 0 else ""
    yield kit.context(f"*Analyses to write or to look after*{rest}")
    for rca in trouble.analyses[:_ANALYSES_SHOWN]:
        yield rca_row(rca, trouble.today)
    yield kit.divider()


def _actions(actions: Sequence[ActionItem]) -> Iterator[Block]:
    if not actions:
        return
    lines = [f"• {action_words(item)}" for item in actions[:_ACTIONS_SHOWN]]
    if len(actions) > _ACTIONS_SHOWN:
        lines.append(f"… and {len(actions) - _ACTIONS_SHOWN} more")
    yield kit.context("*Your action items* · `/action` shows them with what can be done")
    yield kit.section("\n".join(lines))
    yield kit.divider()


def _meetings(meetings: Sequence[Listed]) -> Iterator[Block]:
    if not meetings:
        return
    yield kit.context("*Your next meetings*")
    for each in meetings:
        if each.next is not None:
            title, number = kit.literal(each.series.terms.title), each.series.id
            yield kit.section(
                f"*{title}*\n{moment(each.next.starts_at, each.series.terms.zone)}",
                accessory=kit.button("Add a point", f"{ADD}:{number}", value=str(number)),
            )
    yield kit.divider()
