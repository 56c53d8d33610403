"""Copies of the project and a plain environment, for whatever builds it away from the checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def copy_project(folder: Path) -> Path:
    """Copy into `folder` what git would hand a newcomer of this project, changes included, and return it."""
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, files):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name)
    return folder


def copy_with_environment(folder: Path) -> Path:
    """Copy the project, with the environment that this script runs in as its own."""
    (copy_project(folder) / ".venv").symlink_to(Path(sys.executable).parents[1])
    return folder


def plain_environment() -> dict[str, str]:
    """Return the environment without what changes a build, the variables of a make around this one included."""
    changing = ("NHS_", "ALLOW_", "DBT_", "MAKE", "MFLAGS", "RAW", "VARS", "TARGET", "FORCE", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(changing)}
