"""How all KPIs of the meeting's areas stand, for the brief before a one-on-one."""

from collections.abc import Sequence

from bot.blocks.kpi import in_one_line
from bot.domain import consult
from bot.domain.agenda import Live, Scene, Session
from bot.domain.consult import Desk
from bot.domain.question import Question, Verb
from bot.domain.snapshot import Snapshot


def snapshots(session: Session, scene: Scene) -> list[Snapshot]:
    """Return the KPIs of the meeting's areas for this month so far; early in a month, for the month before."""
    desk = Desk(scene.counting, (scene.team,) if scene.team else (), scene.as_of)
    kpis = [kpi for kpi in scene.counting.kpis.values() if kpi.kra in scene.kras]
    question = Question(Verb.LIST, period=desk.telling_month, team=scene.team)
    return consult.overview(session, desk, question, kpis)


def tell(session: Session, scene: Scene) -> Sequence[str]:
    """Return a line for each KPI that has anything counted."""
    return [in_one_line(each) for each in snapshots(session, scene) if each.figure.denominator]


LIVE = Live(heading="Figures", tell=tell)
