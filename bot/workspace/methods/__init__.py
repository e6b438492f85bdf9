"""The methods of the Web API that this Slack has, by name."""

from bot.workspace.call import Method
from bot.workspace.methods import channels, chat, conversations, extras, files, people, views

METHODS: dict[str, Method] = {
    **channels.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **extras.METHODS,
    **files.METHODS,
    **people.METHODS,
    **views.METHODS,
}
