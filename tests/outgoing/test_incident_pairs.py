"""Two people who press at once on two incidents that are about each other, on the database that several machines share."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.incident import Incident
from bot.domain.incident_request import Verb
from bot.errors import Refused
from bot.outgoing.incident_desk import Asked, do
from bot.vocabulary import Void
from tests.incident_stage import ANA, LEA, Ward, ward
from tests.overlap import overlap

_LOCKED = r"FROM incident .*FOR UPDATE"


def same(desk: Ward, one: Incident, other: Incident, by: Any) -> Callable[[Session], Incident]:
    """Return the press by which somebody says that one incident is another."""
    asked = Asked(Verb.SAME, one.id, other.id)
    return partial(do, services=desk.door.services, asked=asked, by=by, trigger=by.id)


def test_each_is_said_to_be_the_other(postgresql_url, tmp_path):
    """They wait for each other and do not block each other; the second is told that the first was there before."""
    with ward(postgresql_url, tmp_path) as desk:
        one, other = desk.declare(by=LEA), desk.declare(by=LEA)
        database = desk.door.services.database
        first, second = overlap(
            database,
            same(desk, one, other, ANA),
            same(desk, other, one, LEA),
            after=_LOCKED,
        )
        assert first.result().void is Void.DUPLICATE
        refused = second.exception()
        assert isinstance(refused, Refused)
        assert refused.sentence.startswith("INC-001 is a duplicate itself")
        assert desk.now(other).counts


def test_the_original_becomes_a_duplicate_meanwhile(postgresql_url, tmp_path):
    """Whoever waited for it looks at it as it stands then."""
    with ward(postgresql_url, tmp_path) as desk:
        one, other, third = (desk.declare(by=LEA) for _ in range(3))
        database = desk.door.services.database
        first, second = overlap(
            database, same(desk, other, third, ANA), same(desk, one, other, LEA)
        )
        assert first.result().duplicate_of == third.id
        assert isinstance(second.exception(), Refused)
        assert desk.now(one).counts
