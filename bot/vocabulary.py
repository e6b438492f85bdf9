"""The closed sets of words that the whole house shares, stored by value."""

from enum import StrEnum


class Kra(StrEnum):
    """Key responsibility area (playbook, section 1); the value is its heading."""

    CUSTOMER_SUPPORT = "Customer support"
    TEAM_PERFORMANCE = "Team performance"
    INCIDENT_MANAGEMENT = "Incident management"
    CLOUD_INFRASTRUCTURE = "Cloud infrastructure"
    PROCESS_OPTIMISATION = "Process optimisation"


class Unit(StrEnum):
    """What a KPI's value counts in."""

    PERCENT = "percent"  # a share, kept as 0 to 100
    SECONDS = "seconds"  # a duration
    COUNT = "count"


class Better(StrEnum):
    """Which way a KPI should move."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


class Status(StrEnum):
    """How a value stands against its target."""

    ON_TARGET = "on_target"
    OFF_TARGET = "off_target"
    TOO_CLOSE = "too_close_to_call"  # the interval straddles the target
    NO_TARGET = "no_target"
    NO_DATA = "no_data"
    INFORMATIONAL = "informational"  # shown against a plan, never coloured


class Role(StrEnum):
    """What a person may do here, least first."""

    GUEST = "guest"  # a guest account, or somebody from another workspace
    MEMBER = "member"
    LEAD = "lead"
    MANAGER = "manager"
