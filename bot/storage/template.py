"""Meeting templates that managers have made of the playbook's."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import Row, UtcDateTime


class TemplateRow(Row):
    """One template: the file it was made from, and its sections as text."""

    __tablename__ = "template"

    slug: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    base: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(50))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


def every_template(session: Session) -> Sequence[TemplateRow]:
    """Return them all by name."""
    return session.scalars(select(TemplateRow).order_by(TemplateRow.name)).all()
