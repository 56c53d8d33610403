"""Every fault of the matrix, through `make build`: exit code, words, no traceback, nothing published.

The folder of the raw tables has a name that would be SQL or Jinja if it were not taken literally.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PROJECT, fingerprint, make
from fault_matrix import FAULTS, clone_with_sample


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clone_with_sample(tmp_path_factory.mktemp("faults") / "clone")


@pytest.fixture(scope="module")
def build_of(
    clone: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """A function that builds a group of faults, once, and returns how it ended."""
    done: dict[str, subprocess.CompletedProcess[str]] = {}

    def build(group: str) -> subprocess.CompletedProcess[str]:
        if group not in done:
            raw_dir = tmp_path_factory.mktemp(group) / "raw's {{ 1 + 1 }}; --"
            shutil.copytree(PROJECT / "seeds" / "raw", raw_dir, ignore=shutil.ignore_patterns("*.yml"))
            settings: dict[str, str] = {"RAW": str(raw_dir)}
            for fault in FAULTS.values():
                if fault.group == group:
                    settings |= fault.settings
                    if fault.table:
                        fault.change(raw_dir / f"{fault.table}.csv")
            environment: dict[str, str] = {
                name: settings.pop(name)
                for name in ("ALLOW_REJECTED", "NHS_AS_OF", "NHS_MEMORY_LIMIT")
                if name in settings
            }
            # By the environment: a shell and make would want the folder's name quoted.
            environment["NHS_RAW_DIR"] = settings.pop("RAW")
            done[group] = make(clone, "build", *(f"{name}={value}" for name, value in settings.items()), **environment)
        return done[group]

    return build


@pytest.fixture(scope="module")
def before(clone: Path) -> dict[str, str]:
    return fingerprint(clone / "warehouse")


def test_the_documented_faults_are_the_tested_ones() -> None:
    text = (PROJECT / "docs" / "publishing.md").read_text(encoding="utf-8")
    section = text.split("\n## Faults\n")[1].split("\n## ")[0]
    listed = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")][1:]
    assert sorted(listed) == sorted(name.replace("_", " ") for name in FAULTS)


@pytest.fixture(scope="module")
def internal_names(clone: Path) -> re.Pattern[str]:
    """What no user has to read: macros by name, ids of dbt's, files that dbt writes, tracebacks."""
    manifest = json.loads((clone / "target" / "manifest.json").read_text(encoding="utf-8"))
    # A name of one word, such as `ratio`, is a word of English too.
    macros = {macro["name"] for macro in manifest["macros"].values() if "_" in macro["name"]}
    assert {"check_seed_file", "name_offenders"} < macros
    others = ["macro", "called by", "nhs_gp_appointments_warehouse", "target/run", "target/compiled", "Traceback"]
    return re.compile(rf"(?<!\w)({'|'.join([*macros, *others])})(?!\w)")


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_and_nothing_is_published(
    clone: Path,
    before: dict[str, str],
    build_of: Callable[[str], subprocess.CompletedProcess[str]],
    internal_names: re.Pattern[str],
    name: str,
) -> None:
    fault = FAULTS[name]
    run = build_of(fault.group)
    output = run.stdout + run.stderr
    assert run.returncode == 2, output
    for word in fault.words:
        assert word in output, f"{word!r} is not in\n{output}"
    # Make adds a line of its own.
    *report, make_says = run.stderr.splitlines()
    assert make_says.startswith("make: ***"), run.stderr
    assert len(report) <= 15, run.stderr
    assert max(map(len, report)) < 500, run.stderr
    first_lines = [line for line in report if not line.startswith(" ")]
    assert len(set(first_lines)) == len(first_lines), "each cause once"
    assert report[-1] == "The full log is logs/dbt.log."
    assert "Nothing was published: " in report[-2]
    for line in run.stdout.splitlines():
        assert re.match(
            "Building and testing the warehouse$|Loaded |The build reports in geography |Reading .+[.]xlsx$|   .+ s$",
            line,
        ), run.stdout
    assert not (told := internal_names.search(output)), f"{told} is in\n{output}"
    assert fingerprint(clone / "warehouse") == before
