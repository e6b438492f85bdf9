"""The closed sets of words that the whole house shares, stored by value."""

from enum import IntEnum, StrEnum


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
    POINTS = "points"  # a score from −100 to 100, told with its sign


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


class Priority(IntEnum):
    """Which message goes first when several are due."""

    INTERACTIVE = 0  # somebody is waiting for it
    SCHEDULED = 1  # it is due at a time
    BULK = 2  # one of many; it may take its time


class Delivery(StrEnum):
    """How far a promised message has come."""

    HELD = "held"  # until the message that it answers or edits is in Slack
    WAITING = "waiting"  # for its time, or for the next attempt
    SENDING = "sending"  # under way; after a crash, nobody knows yet
    SENT = "sent"
    UNCERTAIN = "uncertain"  # it may be in Slack, and we may not look; never sent twice
    EXPIRED = (
        "expired"  # it would have come too late to be of use, or was taken back before it came
    )
    FAILED = "failed"  # Slack will not take it; the dead letters


SETTLED = frozenset({Delivery.SENT, Delivery.UNCERTAIN, Delivery.EXPIRED, Delivery.FAILED})
"""The states in which the courier leaves a message alone."""


class SeriesState(StrEnum):
    """Whether a series of meetings goes on."""

    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class MeetingState(StrEnum):
    """How far one meeting of a series has come."""

    PLANNED = "planned"
    POSTED = "posted"  # its agenda is promised, or stands in Slack
    CLOSED = "closed"
    SKIPPED = (
        "skipped"  # by a person, for a holiday, or because nobody was there to post it in time
    )
    CANCELLED = "cancelled"  # in its calendar, or with the whole series
    FAILED = "failed"  # Slack would not take its agenda


class PointKind(StrEnum):
    """What somebody said for a meeting."""

    POINT = "point"  # to be talked about; it carries over until it has been
    NOTE = "note"
    DECISION = "decision"


class PointState(StrEnum):
    """Whether a point still waits to be talked about."""

    OPEN = "open"
    DISCUSSED = "discussed"
    DROPPED = "dropped"


class ActionState(StrEnum):
    """How far an action item has come."""

    OPEN = "open"
    DONE = "done"  # says its owner; somebody else has yet to look
    VERIFIED = "verified"
    DROPPED = "dropped"


class IncidentKind(StrEnum):
    """What an incident is counted as; each kind has a counter of its own."""

    REAL = "incident"
    DRILL = "drill"  # never in a figure
    SECURITY = "security"  # restricted: seen by those it names


class IncidentState(StrEnum):
    """How far an incident has come."""

    DETECTED = "detected"
    ACKNOWLEDGED = "acknowledged"  # somebody has taken it
    MITIGATED = "mitigated"  # customers suffer no more; the mend may be a temporary one
    RESOLVED = "resolved"  # the service is steady again
    CLOSED = "closed"  # its paperwork is done
    REOPENED = "reopened"  # it came back after it had been resolved


class Moment(StrEnum):
    """The instants of an incident, in the order in which they can only come; each may be unknown."""

    STARTED = "started"  # customers or the service began to suffer
    DETECTED = "detected"  # the first alert, or the first person who noticed
    DECLARED = "declared"  # it was written down here
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Noticed(StrEnum):
    """Who noticed an incident first."""

    MONITORING = "monitoring"
    CUSTOMER = "customer"
    STAFF = "staff"


class Customers(StrEnum):
    """How many customers an incident touches."""

    ALL = "all"
    MANY = "many"
    ONE = "one"
    NONE = "none"


class Effect(StrEnum):
    """What an incident does to those it touches."""

    DOWN = "down"  # or their data is at risk
    DEGRADED = "degraded"
    WORKAROUND = "workaround"
    COSMETIC = "cosmetic"


class Void(StrEnum):
    """Why an incident counts in no figure."""

    DUPLICATE = "duplicate"
    FALSE_ALARM = "false_alarm"


class Entry(StrEnum):
    """What a line of an incident's timeline is."""

    STEP = "step"  # it was declared, taken, resolved and so on
    UPDATE = "update"  # what those concerned were told
    NOTE = "note"
    PIN = "pin"  # a message that somebody marked with a pushpin
    ALERT = "alert"


class RcaState(StrEnum):
    """How far a root cause analysis has come."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    REVIEWED = "reviewed"


class CauseClass(StrEnum):
    """What kind of thing caused an incident."""

    CHANGE = "change"
    CAPACITY = "capacity"
    CONFIGURATION = "configuration"
    SOFTWARE = "software"
    HARDWARE = "hardware"
    NETWORK = "network"
    THIRD_PARTY = "third_party"
    PROCESS = "process"
    SECURITY = "security"
    UNKNOWN = "unknown"


class Remedy(StrEnum):
    """What an action of an analysis is good for."""

    CORRECTIVE = "corrective"  # mends what was wrong
    PREVENTIVE = "preventive"  # keeps it from happening again
    DETECTIVE = "detective"  # lets it be noticed sooner
    MITIGATIVE = "mitigative"  # makes it hurt less
    PROCESS = "process"


class WaveState(StrEnum):
    """How far a wave of a pulse survey has come."""

    PLANNED = "planned"
    GATHERING = "gathering"  # its time has come, and Slack is asked who its people are
    OPEN = "open"
    CLOSED = "closed"  # its result is published, and its boxes are destroyed
    CANCELLED = "cancelled"  # before it closed; nothing of it was read


class Scale(StrEnum):
    """On what a question of a pulse is answered."""

    STATEMENT = "statement"  # 1 to 5; 4 and 5 are favourable
    ENPS = "enps"  # 0 to 10; 9 and 10 promote, 0 to 6 detract


class Withheld(StrEnum):
    """Why a figure of a pulse is not told."""

    TOO_FEW = "too_few"  # fewer answers than the wave's minimum group
    SUBTRACTION = "subtraction"  # beside what is told it would single out fewer than that
    STATEMENT = "statement"  # it sums up a statement whose figure is not told
    TOO_FEW_COMMENTS = "too_few_comments"
    NO_FIGURE = "no_figure"  # one of two waves has none to compare
    WORD = "word"  # nearly all answered alike: a word is told, and no number
    GROUP_CHANGED = "group_changed"  # by somebody, but by fewer than the minimum group
    ASKED_OTHERS = "asked_others"  # no wave before asked the same teams


class Band(StrEnum):
    """What is told of a group that answered as one, or nearly."""

    LOW = "low"
    MIXED = "mixed"
    HIGH = "high"


class FeedbackKind(StrEnum):
    """What somebody says with feedback."""

    PRAISE = "praise"
    SUGGESTION = "suggestion"
    CONCERN = "concern"


class FeedbackLevel(StrEnum):
    """Who reads a piece of feedback."""

    NOTE = "note"  # whoever wrote it
    TWO = "two"  # the two people
    POOL = "pool"  # the leadership, without a name, among others
