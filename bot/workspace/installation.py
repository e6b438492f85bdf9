"""The app that is installed in the practice workspace, as its manifest describes it."""

from dataclasses import dataclass, field

from bot.workspace.feed import Payload


@dataclass(frozen=True, slots=True)
class Installation:
    """One app in one workspace: its names, its secrets, and what its manifest asks for."""

    app_id: str
    bot_id: str
    bot_user: str
    bot_token: str
    app_token: str
    signing_secret: str
    manifest: Payload = field(repr=False)
    request_url: str | None = None

    @property
    def name(self) -> str:
        """The app's name."""
        return str(self._part("display_information").get("name", "App"))

    @property
    def description(self) -> str:
        """The app's one line about itself."""
        return str(self._part("display_information").get("description", ""))

    @property
    def color(self) -> str:
        """The app's background colour."""
        return str(self._part("display_information").get("background_color", "#2c3e50"))

    @property
    def bot_name(self) -> str:
        """The bot user's name."""
        return str(self._part("features", "bot_user").get("display_name", self.name))

    @property
    def scopes(self) -> frozenset[str]:
        """The bot scopes that were granted."""
        scopes = self._part("oauth_config", "scopes")
        return frozenset([*scopes.get("bot", ()), *scopes.get("bot_optional", ())])

    @property
    def commands(self) -> dict[str, Payload]:
        """The slash commands by name."""
        return {item["command"]: item for item in self._part("features").get("slash_commands", ())}

    @property
    def shortcuts(self) -> dict[str, Payload]:
        """The shortcuts by callback id."""
        return {item["callback_id"]: item for item in self._part("features").get("shortcuts", ())}

    @property
    def events(self) -> frozenset[str]:
        """The bot events the app subscribed to."""
        return frozenset(self._part("settings", "event_subscriptions").get("bot_events", ()))

    @property
    def has_home(self) -> bool:
        """Say whether the Home tab is on."""
        return bool(self._part("features", "app_home").get("home_tab_enabled", False))

    @property
    def has_messages_tab(self) -> bool:
        """Say whether the app may write direct messages (on unless the manifest turns it off)."""
        return bool(self._part("features", "app_home").get("messages_tab_enabled", True))

    @property
    def is_read_only(self) -> bool:
        """Say whether people cannot write to the app in its Messages tab."""
        return bool(self._part("features", "app_home").get("messages_tab_read_only_enabled", False))

    @property
    def is_socket_mode(self) -> bool:
        """Say whether payloads go over Socket Mode; a request URL of our own decides for HTTP."""
        if self.request_url is not None:
            return False
        return bool(self._part("settings").get("socket_mode_enabled", False))

    def command_url(self, command: str) -> str | None:
        """Return where this command is posted."""
        return self.request_url or self.commands[command].get("url")

    @property
    def interactivity_url(self) -> str | None:
        """Where presses, forms and shortcuts are posted."""
        return self.request_url or self._part("settings", "interactivity").get("request_url")

    @property
    def options_url(self) -> str | None:
        """Where a select asks for its options."""
        return self.request_url or self._part("settings", "interactivity").get(
            "message_menu_options_url"
        )

    @property
    def events_url(self) -> str | None:
        """Where events are posted."""
        return self.request_url or self._part("settings", "event_subscriptions").get("request_url")

    def _part(self, *keys: str) -> Payload:
        part = self.manifest
        for key in keys:
            part = part.get(key) or {}
        return part
