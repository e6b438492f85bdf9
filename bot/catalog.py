"""Finds the one-file plug-ins: every module of a package, its file name the slug.

A plug-in that cannot be used stops the search with `PluginWrong`, one sentence that names the file.
"""

import hashlib
import importlib
import importlib.util
import pkgutil
import re
from importlib.abc import InspectLoader
from types import ModuleType
from typing import TypeVar

from bot.errors import PluginWrong

T = TypeVar("T")


def find(package: str, attribute: str, kind: type[T]) -> dict[str, T]:
    """Return `attribute` of every module in `package` by file name, sorted.

    Folders and names that begin with `_` are no plug-ins.
    """
    home = importlib.import_module(package)
    names = sorted(
        found.name
        for found in pkgutil.iter_modules(home.__path__)
        if not found.ispkg and not found.name.startswith("_")
    )
    return {name: _plug_in(package, name, attribute, kind) for name in names}


def digest(module_name: str) -> str:
    """Return a short fingerprint of a module's source, which tells whether the plug-in has changed."""
    spec = importlib.util.find_spec(module_name)
    loader = spec.loader if spec else None
    source = loader.get_source(module_name) if isinstance(loader, InspectLoader) else None
    if source is None:
        raise PluginWrong(f"{_file(module_name)}: its source text cannot be read.")
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def _plug_in(package: str, name: str, attribute: str, kind: type[T]) -> T:
    file = _file(f"{package}.{name}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise PluginWrong(
            f"{file}: the file name must be small letters, digits and _, beginning with a letter."
        )
    module = _import(f"{package}.{name}", file)
    if not hasattr(module, attribute):
        raise PluginWrong(f"{file}: there is no {attribute} in it; it must be a {kind.__name__}.")
    plug_in = getattr(module, attribute)
    if not isinstance(plug_in, kind):
        raise PluginWrong(
            f"{file}: {attribute} must be a {kind.__name__}, not a {type(plug_in).__name__}."
        )
    return plug_in


def _import(name: str, file: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:  # whatever it raises, the sentence names its file
        raise PluginWrong(
            f"{file}: it cannot be imported ({type(error).__name__}: {_one_line(error)})."
        ) from error


def _file(module_name: str) -> str:
    return module_name.replace(".", "/") + ".py"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
