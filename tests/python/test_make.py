"""`make build` as a newcomer runs it: in a clean copy of the checkout, with nothing set up."""

import json
import re
import shutil
import subprocess
import sys
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


# Stubs of Pythons: the probe runs in this Python, which claims to be another; what makes .venv writes its name there.
OLD, FITS, NEW = "3.9.1", "3.12.4", "3.14.0"
SHIM = "echo 'pyenv: command not found in this version' >&2; exit 127"
NO_VENV = "no venv"
UV = '[ "$1" = --version ] || { mkdir -p .venv/bin && echo "$0 $*" > .venv/bin/python; }'
UV_OFFLINE = '[ "$1" = --version ] || { echo "error: no network" >&2; exit 1; }'


def stub(kind: str) -> str:
    """A command for a PATH: a Python of a version, or one without venv, or the lines of another command."""
    if kind not in (OLD, FITS, NEW, NO_VENV):
        return f"#!/bin/sh\n{kind}\n"
    claims = "import sys; sys.version_info = " + str(tuple(map(int, (FITS if kind == NO_VENV else kind).split("."))))
    if kind == NO_VENV:
        claims += "; sys.modules['ensurepip'] = None"
    return (
        f'#!/bin/sh\nif [ "$1" = -c ]; then exec \'{sys.executable}\' -c "{claims}\n$2"; fi\n'
        'mkdir -p .venv/bin && echo "$0 $*" > .venv/bin/python\n'
    )


@pytest.mark.parametrize(
    ("path", "python", "taken", "words"),
    [
        ({"python3": NEW, "python3.12": FITS, "python3.11": FITS}, "", "python3.12 -m venv .venv", ""),
        ({"python3.13": FITS, "python3.12": FITS}, "", "python3.13 -m venv .venv", ""),
        ({"python3.13": SHIM, "python3.11": FITS}, "", "python3.11 -m venv .venv", ""),
        ({"python3.12": NO_VENV, "python3": FITS, "uv": UV}, "", "python3 -m venv .venv", ""),
        ({"python3": NEW, "uv": UV}, "", "uv venv --quiet --seed --python 3.13 .venv", ""),
        ({"python3": NEW, "uv": UV_OFFLINE}, "", "", "uv could not bring Python 3.13"),
        ({"python3": NEW}, "", "", "python3 is Python 3.14.0."),
        ({"python3": NO_VENV}, "", "", "python3 is Python 3.12.4 without venv (on Debian: apt-get install"),
        ({"uv": SHIM}, "", "", "python3 is not there."),
        (
            {"python3.9": OLD, "python3.12": FITS},
            "python3.9",
            "",
            "python3.9 is Python 3.9.1. Name another with PYTHON=",
        ),
        ({"python3.10": SHIM, "uv": UV}, "python3.10", "", "python3.10 is no Python that runs."),
        ({"mine": FITS, "python3.13": FITS}, "mine", "mine -m venv .venv", ""),
    ],
)
def test_make_finds_a_python_that_dbt_runs_on_or_says_what_to_install(
    tmp_path: Path, path: dict[str, str], python: str, taken: str, words: str
) -> None:
    folder, tools = tmp_path / "a clone", tmp_path / "bin"
    (folder / "scripts").mkdir(parents=True)
    tools.mkdir()
    shutil.copy(PROJECT / "Makefile", folder)
    shutil.copy(PROJECT / "scripts" / "make_venv.sh", folder / "scripts")
    for tool in ("sh", "make", "cat", "mkdir", "find"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    for name, kind in path.items():
        (tools / name).write_text(stub(kind), encoding="utf-8")
        (tools / name).chmod(0o755)
    run = make(folder, ".venv/bin/python", *([f"PYTHON={python}"] if python else []), PATH=str(tools))
    if taken:
        assert run.returncode == 0, run.stderr
        assert (folder / ".venv" / "bin" / "python").read_text(encoding="utf-8").endswith(f"/{taken}\n")
        return
    assert run.returncode == 2
    assert words in run.stderr, run.stderr
    assert not (folder / ".venv").exists()
    if not python and "uv could" not in words:
        for system in (
            "Debian, Ubuntu: sudo apt-get install python3.",
            "macOS with Homebrew: brew",
            "any system with uv",
        ):
            assert f"\n    {system}" in run.stderr


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

    everything = ["analyses", "models", "tests"]
    assert read_by_sqlfluff(passes=False) == everything
    assert read_by_sqlfluff(passes=True) == everything
    assert read_by_sqlfluff(passes=True) == []
    touch("models/two.sql")
    assert read_by_sqlfluff(passes=False) == ["analyses", "models/two.sql"]
    assert read_by_sqlfluff(passes=True) == ["analyses", "models/two.sql"]
    for rule in ("macros/one.sql", "pyproject.toml", "requirements-dev.lock"):
        touch(rule)
        assert read_by_sqlfluff(passes=True) == everything, rule
    assert read_by_sqlfluff(passes=True) == []


def test_a_package_that_is_not_the_one_in_the_lock_is_not_installed(tmp_path: Path) -> None:
    shutil.copy(PROJECT / "Makefile", tmp_path)
    (tmp_path / "scripts").mkdir()
    shutil.copy(PROJECT / "scripts" / "make_venv.sh", tmp_path / "scripts")
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


def test_a_second_build_of_the_same_does_nothing(clone: Path, first_build: subprocess.CompletedProcess[str]) -> None:
    before = fingerprint(clone / "warehouse")
    run = make(clone, "build")
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("Nothing to build: the published build, of 20") and len(run.stdout.splitlines()) == 1
    assert fingerprint(clone / "warehouse") == before


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
