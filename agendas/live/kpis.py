"""KPIs of the meeting's areas that are off target, with how they have changed."""

from collections.abc import Sequence

from agendas.live.standing import snapshots
from bot.blocks.kpi import in_one_line
from bot.domain.agenda import Live, Scene, Session
from bot.vocabulary import Status


def tell(session: Session, scene: Scene) -> Sequence[str]:
    """Return a line for each KPI off target; one sentence where none is, nothing where nothing was counted."""
    found = [each for each in snapshots(session, scene) if each.figure.denominator]
    off = [each for each in found if each.status is Status.OFF_TARGET]
    judged = [each for each in found if each.target is not None and not each.kpi.planned]
    if not off and judged:
        count = f"{len(judged)} {'was' if len(judged) == 1 else 'were'} judged"
        return [f"✅ No KPI of this meeting's areas is off target ({count})."]
    return [in_one_line(each) for each in off]


LIVE = Live(heading="Off target", tell=tell)
