"""The bell: it rings when something has been promised, and only when that is kept."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.blocks.kit import Message
from bot.errors import Refused
from bot.services import Services, promise
from bot.settings import load
from bot.storage.database import Database

pytestmark = [pytest.mark.asyncio, pytest.mark.both_databases]


async def test_it_rings_for_what_was_promised_and_kept(database: Database, tmp_path: Path) -> None:
    """Neither for a change that says nothing nor for one that came to nothing."""
    page = tmp_path / "app.yaml"
    page.write_text("timezone: UTC\n", encoding="utf-8")
    services = Services(database, load(page, {}), {})
    rung: list[str] = []
    services.bell.hang(lambda: rung.append("ring"))

    def say(session: Session, key: str) -> None:
        promise(session, "C0DESK", Message("Good morning."), key)
        if key == "test:refused":
            raise Refused("No.")

    await services.write(lambda _: None)
    with pytest.raises(Refused):
        await services.write(say, "test:refused")
    assert rung == []
    await services.write(say, "test:1")
    assert rung == ["ring"]
