"""Who and what is in a practice workspace when it opens: the description that its makers hand in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Team:
    """The workspace itself."""

    id: str
    name: str
    domain: str = "practice"


@dataclass(frozen=True, slots=True)
class Person:
    """One account: a member, a guest, somebody of another workspace, or a bot."""

    id: str
    name: str
    real_name: str = ""
    display_name: str = ""
    title: str = ""
    tz: str = "UTC"
    email: str = ""
    is_restricted: bool = False  # a guest in several channels
    is_ultra_restricted: bool = False  # a guest in a single channel
    is_admin: bool = False
    is_bot: bool = False
    deleted: bool = False
    team_id: str = ""  # filled for people of another workspace, met in shared channels
    manager: str = ""  # free text, shown on the page
    role: str = ""  # free text, shown on the page

    @property
    def is_guest(self) -> bool:
        """Say whether this is one of Slack's two kinds of guest."""
        return self.is_restricted or self.is_ultra_restricted

    @property
    def shown_name(self) -> str:
        """The name people see: the display name if there is one, else the real one."""
        return self.display_name or self.real_name or self.name


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as it is when the workspace opens."""

    id: str
    name: str
    is_private: bool = False
    members: tuple[str, ...] = ()
    topic: str = ""
    is_archived: bool = False
    is_ext_shared: bool = False
    is_read_only: bool = False  # only its admins post here: an app meets `restricted_action`


@dataclass(frozen=True, slots=True)
class Usergroup:
    """A handle that stands for several people."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything a workspace holds before anybody says a word."""

    team: Team
    people: tuple[Person, ...] = ()
    channels: tuple[Channel, ...] = ()
    usergroups: tuple[Usergroup, ...] = ()
