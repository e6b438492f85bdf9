"""Who may do what: roles from least to most, and the sentence for a clear no."""

from bot.errors import Forbidden
from bot.vocabulary import Role

_RANK = {Role.GUEST: 0, Role.MEMBER: 1, Role.LEAD: 2, Role.MANAGER: 3}
_WHO = {
    Role.GUEST: "anybody",
    Role.MEMBER: "members of this workspace",
    Role.LEAD: "team leads and managers",
    Role.MANAGER: "managers",
}


def allows(role: Role, least: Role) -> bool:
    """Return whether `role` is at least `least`."""
    return _RANK[role] >= _RANK[least]


def require(role: Role, least: Role, to: str) -> None:
    """Raise `Forbidden` unless `role` is at least `least`; `to` completes "Only managers can …"."""
    if not allows(role, least):
        raise Forbidden(f"Only {_WHO[least]} can {to}.")
