"""Announced maintenance as people see it: the list, the form, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks import kit
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block, Message
from bot.domain.maintenance import LONGEST_REASON, Maintenance

ANNOUNCE, CANCEL, FORM = "maintenance.announce", "maintenance.cancel", "maintenance.form"
_SHOWN = 20
_UTC = ZoneInfo("UTC")
_RULE = "What is announced here counts in no uptime. It is announced before it begins; what was down unannounced counts as down."


def list_message(
    announced: Sequence[Maintenance], now: datetime, *, may_change: bool, news: str = ""
) -> Message:
    """Return what is announced and not over; those who may change it get the buttons. `news` stands first."""
    blocks = [kit.header("Maintenance")]
    if news:
        blocks.append(kit.section(news))
    if not announced:
        blocks.append(kit.section("No maintenance is announced."))
    blocks += [_row(each, now, may_change=may_change) for each in announced[:_SHOWN]]
    if len(announced) > _SHOWN:
        blocks.append(kit.context(f"… and {len(announced) - _SHOWN} more, later"))
    blocks.append(kit.context(_RULE))
    if may_change:
        blocks.append(kit.actions([kit.button("Announce", ANNOUNCE, style="primary")]))
    told = "; ".join(f"{kit.escape(each.service)}, {_span(each)}" for each in announced[:_SHOWN])
    text = f"Announced maintenance: {told or 'none'}."
    return Message(f"{news} {text}" if news else text, blocks)


def announced_news(made: Maintenance) -> str:
    """Return what was announced, in a line."""
    return f"✅ Announced #{made.number}: {kit.escape(made.service)}, {_span(made)}."


def cancelled_news(gone: Maintenance) -> str:
    """Return what was taken back, in a line."""
    is_cut = gone.window.end > gone.window.start
    what = "ends now; what has passed of it stays" if is_cut else "is cancelled"
    return f"✅ #{gone.number}, maintenance of {kit.escape(gone.service)}, {what}."


def announce_form(services: Sequence[str], chosen: str = "") -> Block:
    """Return the form that announces maintenance, perhaps with a service chosen; times are in the zone of whoever fills it in."""
    return kit.modal(
        "Announce maintenance",
        [
            kit.input_block("Service", _choice(services, chosen), block_id="service"),
            kit.input_block("From", kit.datetimepicker("starts"), block_id="starts"),
            kit.input_block("To", kit.datetimepicker("ends"), block_id="ends"),
            kit.input_block(
                "What is done?",
                kit.text_input("reason", placeholder="New kernel", max_length=LONGEST_REASON),
                block_id="reason",
            ),
            kit.context(_RULE),
        ],
        callback_id=FORM,
        submit="Announce",
    )


def _choice(services: Sequence[str], chosen: str) -> Block:
    """Return a menu of the services; a field to type in where there are more than a menu holds."""
    if len(services) > kit.SELECT_OPTIONS:
        return kit.text_input("service", placeholder=services[0], initial=chosen)
    options = [kit.option(each, each) for each in services]
    return kit.static_select("service", options, initial=chosen or None)


def _row(each: Maintenance, now: datetime, *, may_change: bool) -> Block:
    running = " · *going on now*" if each.is_running(now) else ""
    text = f"*#{each.number} {kit.escape(each.service)}* · {_span(each)}{running}\n{kit.literal(each.reason)} · announced by <@{each.made_by}>"
    return kit.section(text, accessory=_cancel(each) if may_change else None)


def _cancel(each: Maintenance) -> Block:
    question = kit.confirm(
        "Cancel it?",
        "What has passed of it stays; from now on its service counts as usual.",
        yes="Cancel it",
        no="Keep it",
        style="danger",
    )
    return kit.button("Cancel", f"{CANCEL}:{each.number}", value=str(each.number), confirm=question)


def _span(each: Maintenance) -> str:
    return f"{_moment(each.window.start)} to {_moment(each.window.end)}"


def _moment(at: datetime) -> str:
    return kit.date(at, "{date_short_pretty} {time}", show_moment(at, _UTC))
