"""What incidents need by themselves; and where their cards have come to stand."""

from collections.abc import Mapping

from bot.outgoing import incident as outgoing
from bot.services import Settle

SETTLE: Mapping[str, Settle] = {"incident": outgoing.settled}
"""Who hears how the messages of this feature ended, by the first word of their keys."""
