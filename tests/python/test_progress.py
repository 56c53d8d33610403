"""What long commands say: plain lines for a log, red errors for a terminal that takes them."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT

RED = "\x1b[31m"
COMMAND = [sys.executable, str(PROJECT / "scripts" / "answers.py"), "--warehouse", "no-such-folder"]


def on_a_terminal(folder: Path, **settings: str) -> str:
    """What a command that fails prints where both its outputs are a terminal."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | settings
    run = subprocess.run(COMMAND, cwd=folder, env=environment, stdout=theirs, stderr=theirs, check=False)
    os.close(theirs)
    printed = os.read(ours, 100_000).decode()
    os.close(ours)
    assert run.returncode == 2
    return printed


def test_an_error_is_red_on_a_terminal(tmp_path: Path) -> None:
    assert f"{RED}No page was written: no-such-folder" in on_a_terminal(tmp_path)


def test_an_error_has_no_colour_where_none_is_wanted(tmp_path: Path) -> None:
    printed = on_a_terminal(tmp_path, NO_COLOR="1")
    assert "No page was written: no-such-folder" in printed
    assert "\x1b" not in printed


@pytest.mark.parametrize("settings", [{}, {"NO_COLOR": "1"}])
def test_a_log_gets_plain_lines(tmp_path: Path, settings: dict[str, str]) -> None:
    run = subprocess.run(COMMAND, cwd=tmp_path, env=os.environ | settings, capture_output=True, text=True, check=False)
    assert run.stdout == "Writing the answers page\n"
    assert run.stderr.startswith("No page was written: no-such-folder")
    assert "\x1b" not in run.stderr
