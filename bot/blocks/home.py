"""App Home: each person's own page, made anew whenever they open it."""

from collections.abc import Iterator, Sequence

from bot.blocks import kit
from bot.blocks.action import action_words
from bot.blocks.agenda import ADD, moment
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block
from bot.blocks.kpi import list_lines
from bot.domain.action_item import ActionItem
from bot.domain.series import Listed
from bot.domain.snapshot import Snapshot

_ACTIONS_SHOWN = 8


def home_view(
    name: str,
    snapshots: Sequence[Snapshot],
    meetings: Sequence[Listed] = (),
    actions: Sequence[ActionItem] = (),
) -> Block:
    """Return the page: what the person has to do, their next meetings, and today's KPIs as far as they may see them."""
    blocks = [kit.header(f"Hello {name}"), *_actions(actions), *_meetings(meetings)]
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
            title, number = kit.escape(each.series.terms.title), each.series.id
            yield kit.section(
                f"*{title}*\n{moment(each.next.starts_at, each.series.terms.zone)}",
                accessory=kit.button("Add a point", f"{ADD}:{number}", value=str(number)),
            )
    yield kit.divider()
