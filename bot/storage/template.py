"""Meeting templates that managers have made of the playbook's."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import String, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import Row, UtcDateTime, insert_into


class TemplateRow(Row):
    """One template: the file it was made from, and its sections as text."""

    __tablename__ = "template"

    slug: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    base: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(50))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


def add(session: Session, slug: str, words: Mapping[str, str], by: str, now: datetime) -> bool:
    """Keep a new template; return False where somebody has just kept one with this slug."""
    adding = insert_into(session, TemplateRow).values(slug=slug, made_by=by, made_at=now, **words)
    added = adding.on_conflict_do_nothing(index_elements=["slug"]).returning(TemplateRow.slug)
    return session.scalar(added) is not None


def change(session: Session, slug: str, words: Mapping[str, str]) -> bool:
    """Give a template new words; return False where it is gone."""
    changed = update(TemplateRow).where(TemplateRow.slug == slug).values(**words)
    return session.scalar(changed.returning(TemplateRow.slug)) is not None


def every_template(session: Session) -> Sequence[TemplateRow]:
    """Return them all by name."""
    return session.scalars(select(TemplateRow).order_by(TemplateRow.name)).all()
