"""Reads `app.yaml` into plain data, or says in one sentence each what is wrong with it as a file.

Keys given twice and anything that looks like a secret are found here; no sentence repeats a secret.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

_SECRET = re.compile(
    r"xox[a-z][-.][\w.-]{4,}|xapp-[\w-]{4,}"  # Slack's tokens
    r"|hooks\.slack\.com/services/\S+"
    r"|\b[0-9a-fA-F]{32,}\b"  # Slack's signing secret is 32 hex digits
    r"|\w+://[^\s/@:]*:[^\s/@]+@\S*"  # an address with a password in it
)

# PyYAML lets the others escape, for lists a thousand deep and for tags such as `!!int many`.
_UNREADABLE = (
    *(yaml.YAMLError, RecursionError),
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
)


class _Loader(yaml.SafeLoader):
    """YAML without the surprises of its version 1.1: `no` is a word, `1:30` is not 90, every name is text."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Join in what `<<` names, as usual, then read every key as it is written."""
        super().flatten_mapping(node)
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.tag = "tag:yaml.org,2002:str"


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9]\d{0,17})", list("-+0123456789")),
    ("float", r"[-+]?\d{1,18}(\.\d{0,18})([eE][-+]?\d{1,2})?", list("-+0123456789")),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first
    )


def read_page(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Return what the file says, and one sentence for everything that is wrong with it as a file."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return {}, [
            f"{path}: there is no such file; start in the folder of app.yaml, or name it in STEWARD_CONFIG."
        ]
    except OSError as error:
        return {}, [f"{path}: the file cannot be read ({error.strerror})."]
    except UnicodeDecodeError:
        return {}, [f"{path}: the file is not UTF-8 text; save it as UTF-8."]
    secrets = [_secret_sentence(path.name, line) for line in _lines_with_secrets(text)]
    data, sentences = _parse(text, path.name)
    return data, secrets + sentences


def _lines_with_secrets(text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), 1) if _SECRET.search(line)]


def _secret_sentence(file: str, line: int) -> str:
    return (
        f"{file}, line {line}: there is what looks like a secret; secrets belong in the environment "
        "(SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET, DATABASE_URL)."
    )


def _parse(text: str, file: str) -> tuple[dict[str, Any], list[str]]:
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        repeats = [_repeat_sentence(file, key) for key in _repeated_keys(node)]
        data = loader.construct_document(node) if node else {}
    except yaml.MarkedYAMLError as error:
        return {}, [_yaml_sentence(file, error)]
    except _UNREADABLE:
        return {}, [
            f"{file}: this is not YAML that can be read; is it the right file, saved as text?"
        ]
    if not isinstance(data, dict):
        return {}, [f"{file}: the page must be `name: value` lines, not {show(data)}."]
    return data, repeats


def _yaml_sentence(file: str, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"{file}, line {mark.line + 1}, column {mark.column + 1}" if mark else file
    problem = without_secrets(error.problem or "unreadable").replace(
        r"'\t'", "tab (indent with spaces)"
    )
    return f"{place}: this is not valid YAML ({problem})."


def _repeated_keys(root: yaml.Node | None) -> Iterator[yaml.Node]:
    """Yield every key that its block already had; YAML would silently keep the last."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:  # an alias leads to the same node again
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = [key for key, _ in node.value]
            values = [key.value for key in keys]
            yield from (key for place, key in enumerate(keys) if key.value in values[:place])
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def _repeat_sentence(file: str, key: yaml.Node) -> str:
    return f"{file}, line {key.start_mark.line + 1}: {show(key.value)} is given twice in the same block; keep one."


def show(value: object) -> str:
    """Return `value` as a sentence may show it: short, and never a secret."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"`{str(value).lower()}`"
        case Mapping():
            return "a block of settings"
        case list() | tuple():
            return "a list"
    text = without_secrets(str(value))
    return f"`{text if len(text) <= 40 else text[:39] + '…'}`"


def without_secrets(text: str) -> str:
    """Return `text` with everything that looks like a secret hidden."""
    return _SECRET.sub("(hidden)", text)
