"""`make build` as a newcomer runs it: in a clean copy of the checkout, with nothing set up."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from conftest import MARTS, PROJECT, QUESTIONS, fingerprint, make
from copies import copy_project


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git would hand a newcomer of this checkout, in a folder whose name holds a space."""
    return copy_project(tmp_path_factory.mktemp("make") / "a clone")


@pytest.fixture(scope="module")
def first_build(clone: Path) -> subprocess.CompletedProcess[str]:
    return make(clone, "build")


def test_another_python_is_refused_with_a_clear_word(clone: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.1\nexit 1\n')
    old.chmod(0o755)
    run = make(clone, "build", f"PYTHON={old}")
    assert run.returncode == 2
    assert "Python 3.11, 3.12 or 3.13 is needed" in run.stderr
    assert "Python 3.9.1" in run.stderr
    assert not (clone / ".venv").exists()


def test_help_lists_every_target() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = " ".join(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)).split()
    listed = set(re.findall(r"^make (\S+)", make(PROJECT, "help").stdout, re.MULTILINE))
    assert set(targets) - {"java"} == listed  # java is a check of another target


def test_lint_reads_again_what_changed_since_it_passed(tmp_path: Path) -> None:
    """With tools that do nothing in the environment's place, and a sqlfluff that says what it was asked to read."""
    for file in ("Makefile", "pyproject.toml", "dbt_project.yml", "requirements-dev.lock"):
        shutil.copy(PROJECT / file, tmp_path)
    for folder in ("models", "tests", "analyses", "macros"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.sql").touch()
    tools = tmp_path / ".venv" / "bin"
    tools.mkdir(parents=True)
    for tool in ("python", "ruff", "yamllint", "rumdl", "typos", "dbt", "dbt-bouncer", "mypy", "sqlfluff"):
        (tools / tool).write_text("#!/bin/sh\ntrue\n")
        (tools / tool).chmod(0o755)
    (tools.parent / "dev.stamp").touch()
    (tmp_path / "target").mkdir()

    def read_by_sqlfluff(passes: bool) -> list[str]:
        (tools / "sqlfluff").write_text(f'#!/bin/sh\necho "$@"\n{str(passes).lower()}\n')
        run = make(tmp_path, "lint")
        assert (run.returncode == 0) == passes, run.stdout + run.stderr
        return re.findall(r"(?<= )(?:models|tests|analyses)\S*", run.stdout)

    def touch(file: str) -> None:
        time.sleep(0.05)  # a file system's clock ticks in milliseconds
        (tmp_path / file).touch()

    everything = ["models", "tests", "analyses"]
    assert read_by_sqlfluff(passes=False) == everything
    assert read_by_sqlfluff(passes=True) == everything
    assert read_by_sqlfluff(passes=True) == []
    touch("models/two.sql")
    assert read_by_sqlfluff(passes=False) == ["models/two.sql"]
    assert read_by_sqlfluff(passes=True) == ["models/two.sql"]
    for rule in ("macros/one.sql", "pyproject.toml", "requirements-dev.lock"):
        touch(rule)
        assert read_by_sqlfluff(passes=True) == everything, rule
    assert read_by_sqlfluff(passes=True) == []


def test_a_package_that_is_not_the_one_in_the_lock_is_not_installed(tmp_path: Path) -> None:
    shutil.copy(PROJECT / "Makefile", tmp_path)
    lock = "click==8.3.1 --hash=sha256:" + 64 * "0" + "\n"
    (tmp_path / "requirements-build.lock").write_text(lock)
    run = make(tmp_path, "build")
    assert run.returncode == 2
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in run.stderr
    assert not (tmp_path / ".venv" / "build.stamp").exists()


def test_a_fresh_clone_builds_publishes_and_prints_the_answers(
    clone: Path, first_build: subprocess.CompletedProcess[str]
) -> None:
    assert first_build.returncode == 0, first_build.stdout + first_build.stderr
    for question in QUESTIONS:
        assert re.search(rf"\n{question}\. .+\n( .+\n)*?   - Synthetic sample: ", first_build.stdout), question
    assert "Loaded 44,170 rows into raw.actual_duration" in first_build.stdout
    assert "tests passed, 0 warned" in first_build.stdout
    assert re.search(
        r"Building and testing the warehouse\n(.*\n)+   \d+\.\d s\nPublishing it\n   \d+\.\d s\n", first_build.stdout
    )
    assert "\x1b" not in first_build.stdout + first_build.stderr
    for file in ("nhs_gp_appointments.duckdb", "build.json"):
        assert (clone / "warehouse" / file).is_file(), file
    record = json.loads((clone / "warehouse" / "build.json").read_text(encoding="utf-8"))
    assert record["is_synthetic"] is True
    assert record["tests"]["passed"] > 100
    assert sorted(file.name for file in (clone / "warehouse" / "parquet").iterdir()) == [
        f"{mart}.parquet" for mart in MARTS
    ]


def test_a_second_build_does_not_install_again(clone: Path, first_build: subprocess.CompletedProcess[str]) -> None:
    stamp = clone / ".venv" / "build.stamp"
    before = stamp.stat().st_mtime_ns
    run = make(clone, "--dry-run", "build")
    assert run.returncode == 0
    assert "pip" not in run.stdout
    assert stamp.stat().st_mtime_ns == before


def test_a_build_leaves_nothing_that_git_would_take(clone: Path, first_build: subprocess.CompletedProcess[str]) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=clone, check=True)
    left = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "--directory"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    top = {name.strip("/").split("/")[0] for name in left if name}
    assert not top & {".venv", "target", "logs", "warehouse", ".user.yml"}, top


def test_a_wrong_raw_folder_fails_by_name_and_the_old_warehouse_stays(
    clone: Path, first_build: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    for name in ("actual_duration", "appointments_regional"):
        shutil.copy(PROJECT / "seeds" / "raw" / f"{name}.csv", tmp_path)
    text = (tmp_path / "actual_duration.csv").read_text(encoding="utf-8")
    (tmp_path / "actual_duration.csv").write_text(text.replace("appointment_date", "date", 1), encoding="utf-8")
    before = fingerprint(clone / "warehouse")
    run = make(clone, "build", f"RAW={tmp_path}")
    assert run.returncode == 2
    output = run.stdout + run.stderr
    assert f"{tmp_path}/actual_duration.csv: column 'appointment_date' is missing." in output
    assert "NHS_RAW_DIR holds no raw table 'national_categories'" in output
    assert "Nothing was published: the build failed" in output
    assert "Traceback" not in output
    assert fingerprint(clone / "warehouse") == before


def test_a_failed_data_test_withholds_the_build(
    clone: Path, first_build: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    raw_dir = tmp_path / "raw"
    shutil.copytree(PROJECT / "seeds" / "raw", raw_dir)
    with (raw_dir / "actual_duration.csv").open("a", encoding="utf-8") as file:
        file.write("15N,E38000230,NHS Devon ICB - 15N,E54000037,E40000006,06APR2022,1-5 Minutes,1,true\n")
    before = fingerprint(clone / "warehouse")
    run = make(clone, "build", f"RAW={raw_dir}")
    assert run.returncode == 2
    assert "actual_duration has 2 rows for 15N, 2022-04-06, 1-5 minutes. Was it loaded twice?" in run.stderr
    assert fingerprint(clone / "warehouse") == before
