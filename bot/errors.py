"""What can go wrong, said so that one place can turn it into words for a person.

A sentence in these errors is shown as it stands: it says what was wrong, where, and what would work.
"""

from collections.abc import Mapping, Sequence


class StewardError(Exception):
    """The root of everything this program raises on purpose."""


class Refused(StewardError):
    """A person asked for something that cannot be done; the sentence says why and what would work."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Forbidden(Refused):
    """A person asked for something that their role does not allow."""


class AlreadyDone(StewardError):
    """The same press or command was delivered before and has been carried out."""


class FormErrors(StewardError):
    """A form was filled in wrongly: field name (the input block's id) → sentence beside that field."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {sentence}" for field, sentence in fields.items()))
        self.fields = dict(fields)


class SettingsWrong(StewardError):
    """The settings cannot be used; one sentence for each mistake, all of them at once."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = list(sentences)


class PluginWrong(StewardError):
    """A one-file plug-in cannot be used; the sentence names the file."""
