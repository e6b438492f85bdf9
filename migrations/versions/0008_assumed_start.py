"""An incident's start may be assumed: the moment at which its alert began to fire, where nobody has said more."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INCIDENT = sa.table(
    "incident",
    sa.column("started_at", sa.DateTime),
    sa.column("start_is_assumed", sa.Boolean),
)


def upgrade() -> None:
    """Take every start that is known as said; where none is, none is made up afterwards."""
    # With its default it is added in place: other tables point at this one, which SQLite would have to copy
    is_assumed = sa.Column(
        "start_is_assumed", sa.Boolean, nullable=False, server_default=sa.false()
    )
    op.add_column("incident", is_assumed)


def downgrade() -> None:
    """Make an assumed start unknown again: the program of the step before would count from it."""
    assumed = sa.update(_INCIDENT).where(_INCIDENT.c.start_is_assumed).values(started_at=None)
    op.get_bind().execute(assumed.execution_options(incidents_for="everybody"))
    op.drop_column("incident", "start_is_assumed")
