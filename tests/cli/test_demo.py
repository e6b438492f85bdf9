"""The demo's folder: what it may delete there, and where it refuses to live."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.cli.demo import claim
from bot.errors import SettingsWrong


def contents(folder: Path) -> dict[str, str]:
    """Return what a folder's files say, by name."""
    return {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir()}


@pytest.mark.parametrize("options", [[], ["--reset"]])
@pytest.mark.parametrize("mark", [{}, {"began": "in 1987"}])
def test_an_operators_folder_is_refused(tmp_path, options, mark):
    """Neither its page nor its database is touched, and one sentence says why."""
    files = {"app.yaml": "managers: [U0ANA]\n", "steward.db": "precious", **mark}
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    result = CliRunner().invoke(app, ["demo", "--folder", str(tmp_path), "--no-browser", *options])
    assert result.exit_code == 2
    assert result.stderr == (
        f"{tmp_path} holds what the demo did not make; choose another with --folder.\n"
    )
    assert contents(tmp_path) == files


def test_reset_deletes_what_the_demo_made_and_nothing_else(tmp_path):
    """A note that somebody left in the folder stays."""
    folder = tmp_path / "new" / "demo"
    claim(folder, reset=False)
    began = contents(folder)
    for name in ("app.yaml", "steward.db", "steward.db-wal", "steward.db-shm", "notes.txt"):
        (folder / name).write_text("x", encoding="utf-8")
    (folder / "began").write_text("2025-01-01\n", encoding="utf-8")
    claim(folder, reset=False)
    assert contents(folder)["began"] == "2025-01-01\n"
    claim(folder, reset=True)
    assert contents(folder) == {**began, "notes.txt": "x"}


def test_a_port_that_is_taken_is_found_before_anything_is_deleted(tmp_path):
    """A demo that is running there keeps its data."""
    files = {"began": "2025-01-01\n", "app.yaml": "x", "steward.db": "x"}
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(
            app, ["demo", "--folder", str(tmp_path), "--reset", "--port", port]
        )
    assert result.exit_code == 2
    assert result.stderr == f"Port {port} is taken; choose another with --port.\n"
    assert contents(tmp_path) == files


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    """No traceback."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(SettingsWrong, match="cannot be used"):
        claim(tmp_path / "file" / "demo", reset=False)
