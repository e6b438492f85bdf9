"""When the earliest alert of an incident began to fire: it had begun by then, whatever people say of it."""

import sqlalchemy as sa
from alembic import op

from bot.storage.database import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_EVERYBODY = {"incidents_for": "everybody"}
_INCIDENT = sa.table(
    "incident",
    *(
        sa.column(name, UtcDateTime)
        for name in ("began_at", "started_at", "fired_at", "detected_at", "declared_at")
    ),
    sa.column("id"),
)
_ALERT = sa.table("incident_alert", sa.column("incident_id"), sa.column("started_at", UtcDateTime))


def upgrade() -> None:
    """Take it from the alerts that are known, as the program does from now on."""
    op.add_column("incident", sa.Column("fired_at", UtcDateTime))
    i = _INCIDENT.c
    first = sa.select(sa.func.min(_ALERT.c.started_at)).where(_ALERT.c.incident_id == i.id)
    earlier = (i.started_at.is_(None), i.fired_at < i.began_at)
    _change(sa.update(_INCIDENT).values(fired_at=first.scalar_subquery()))
    _change(sa.update(_INCIDENT).where(*earlier).values(began_at=i.fired_at))


def downgrade() -> None:
    """Let what has alerts begin where the step before has it begin."""
    i = _INCIDENT.c
    known = sa.func.coalesce(i.started_at, i.detected_at, i.declared_at)
    _change(sa.update(_INCIDENT).where(i.fired_at.is_not(None)).values(began_at=known))
    op.drop_column("incident", "fired_at")


def _change(statement: sa.Update) -> None:
    op.get_bind().execute(statement.execution_options(**_EVERYBODY))
