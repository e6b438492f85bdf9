"""App Home: each person's own page, made anew whenever they open it."""

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block
from bot.blocks.kpi import list_lines
from bot.domain.snapshot import Snapshot


def home_view(name: str, snapshots: Sequence[Snapshot]) -> Block:
    """Return the page: today's KPIs as far as this person may see them, and what can be typed."""
    blocks = [kit.header(f"Hello {name}")]
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
