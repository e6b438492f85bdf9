"""Plug-ins: what is found in a folder, and what is said of a file that cannot be used."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.catalog import digest, find
from bot.errors import PluginWrong

Make = Callable[..., str]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Make a package with the given files, and return its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(**files: str) -> str:
        package = tmp_path / "plugged"
        package.mkdir()
        (package / "__init__.py").write_text("")
        for name, text in files.items():
            (package / f"{name}.py").write_text(text, encoding="utf-8")
        return package.name

    yield make
    for name in [name for name in sys.modules if name.partition(".")[0] == "plugged"]:
        del sys.modules[name]


def test_finds_each_file_by_its_name(make: Make, tmp_path: Path) -> None:
    """Files are found in order; folders and names with an underscore in front are no plug-ins."""
    package = make(zeta="WORD = 'z'", alpha="WORD = 'a'", _shared="")
    (tmp_path / package / "sources").mkdir()
    (tmp_path / package / "sources" / "__init__.py").write_text("")

    assert list(find(package, "WORD", str).items()) == [("alpha", "a"), ("zeta", "z")]


def test_an_empty_folder_has_none(make: Make) -> None:
    """A house without plug-ins of a kind starts."""
    assert find(make(), "WORD", str) == {}


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("csat", "", "plugged/csat.py: there is no WORD in it; it must be a str."),
        ("csat", "WORD = 3", "plugged/csat.py: WORD must be a str, not a int."),
        ("csat", "WORD =", "plugged/csat.py: it cannot be imported (SyntaxError: invalid syntax"),
        (
            "csat",
            "import nowhere",
            "plugged/csat.py: it cannot be imported (ModuleNotFoundError: No module named 'nowhere').",
        ),
        (
            "csat",
            "raise ValueError('a\\nb')",
            "plugged/csat.py: it cannot be imported (ValueError: a b).",
        ),
        (
            "Csat",
            "WORD = 'a'",
            "plugged/Csat.py: the file name must be small letters, digits and _",
        ),
        (
            "cs-at",
            "WORD = 'a'",
            "plugged/cs-at.py: the file name must be small letters, digits and _",
        ),
    ],
)
def test_names_the_file_that_cannot_be_used(
    make: Make, name: str, text: str, sentence: str
) -> None:
    """One sentence names the file and the reason; the first mistake is chained."""
    package = make(**{name: text})

    with pytest.raises(PluginWrong) as wrong:
        find(package, "WORD", str)

    assert str(wrong.value).startswith(sentence)
    assert "\n" not in str(wrong.value)


def test_what_a_file_raised_is_kept_for_the_log(make: Make) -> None:
    """Whoever writes a plug-in finds the line."""
    with pytest.raises(PluginWrong) as wrong:
        find(make(csat="1 / 0"), "WORD", str)

    assert isinstance(wrong.value.__cause__, ZeroDivisionError)


def test_a_digest_changes_with_the_file(make: Make) -> None:
    """The same text has the same digest; a changed text another; line endings do not count."""
    package = make(csat="WORD = 'a'\n", other="WORD = 'a'\r\n", third="WORD = 'b'\n")

    assert digest(f"{package}.csat") == digest(f"{package}.other")
    assert digest(f"{package}.csat") != digest(f"{package}.third")
    with pytest.raises(PluginWrong, match=r"plugged/missing\.py: its source text cannot be read"):
        digest(f"{package}.missing")
