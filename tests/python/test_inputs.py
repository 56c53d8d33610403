"""What makes a build another one, and when one that is published need not be made again."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from building.inputs import inputs_of, published_already
from copies import copy_project


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("inputs") / "project")


@pytest.fixture
def project(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project, to spoil at will, with raw tables in the folder `raw` and a release below `releases`."""
    monkeypatch.chdir(copy)
    for name in ("NHS_RAW_DIR", "NHS_AS_OF", "ALLOW_REJECTED", "NHS_USER_AGENT"):
        monkeypatch.delenv(name, raising=False)
    for folder in ("raw", "releases/2025-10", "releases/old"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "actual_duration.parquet").write_bytes(b"rows")
    (tmp_path / "releases/2025-10/manifest.json").write_bytes(b"{}")
    return copy


def add_to(name: str) -> Callable[[Path, Path], None]:
    """Add a line to a file of the project, or a new file."""

    def add(project: Path, folder: Path) -> None:
        with (project / name).open("a", encoding="utf-8") as file:
            file.write("\n")

    return add


def raw(name: str) -> Callable[[Path, Path], None]:
    """Other content of a file beside the project."""

    def write(_: Path, folder: Path) -> None:
        (folder / name).write_bytes(b"other rows")

    return write


def setting(name: str, value: str) -> Callable[[Path, Path], None]:
    def change(_: Path, folder: Path) -> None:
        os.environ[name] = value

    return change


@pytest.mark.parametrize(
    ("raw_dir", "change", "is_another"),
    [
        ("", add_to("models/core/dim_icb.sql"), True),
        ("", add_to("models/marts/new.sql"), True),
        ("", add_to("macros/engine/releases.sql"), True),
        ("", add_to("seeds/reference/labels.csv"), True),
        ("", add_to("seeds/raw/actual_duration.csv"), True),
        ("", add_to("tests/labels_are_known.sql"), True),
        ("", add_to("scripts/building/publish.py"), True),
        ("", add_to("README.md"), False),
        ("", add_to("tests/python/test_inputs.py"), False),
        ("", setting("ALLOW_REJECTED", "3"), True),
        ("", setting("NHS_RAW_DIR", "raw"), True),
        ("", setting("NHS_USER_AGENT", "someone else"), False),
        ("raw", raw("raw/actual_duration.parquet"), True),
        ("raw", raw("raw/national_categories.csv.gz"), True),
        ("raw", raw("raw/letter.docx"), False),
        ("releases", raw("releases/2025-10/actual_duration.parquet"), True),
        ("releases", raw("releases/2025-10/manifest.json"), True),
        ("releases", raw("releases/old/actual_duration.parquet"), False),
    ],
)
def test_a_build_is_another_when_what_decides_it_changes(
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    raw_dir: str,
    change: Callable[[Path, Path], None],
    is_another: bool,
) -> None:
    if raw_dir:
        monkeypatch.setenv("NHS_RAW_DIR", str(tmp_path / raw_dir))
    for name in ("ALLOW_REJECTED", "NHS_USER_AGENT", "NHS_RAW_DIR"):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # put back afterwards
    before = inputs_of(None)
    assert inputs_of(None) == before
    change(project, tmp_path)
    assert (inputs_of(None) != before) == is_another
    assert inputs_of("{period_from: 2021-07}") != inputs_of(None)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder with a build in `target`, and in `warehouse` what was published from it, of the inputs `these`."""
    for name in ("target", "warehouse/parquet"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "target/build.duckdb").touch()
    (tmp_path / "warehouse/nhs_gp_appointments.duckdb").touch()
    (tmp_path / "warehouse/build.json").write_text(json.dumps({"inputs": "these"}), encoding="utf-8")
    return tmp_path


def built_again(folder: Path) -> None:
    later = (folder / "warehouse/build.json").stat().st_mtime + 1
    os.utime(folder / "target/build.duckdb", (later, later))


@pytest.mark.parametrize(
    ("inputs", "change", "is_there"),
    [
        ("these", lambda _: None, True),
        ("others", lambda _: None, False),
        ("these", built_again, False),
        ("these", lambda folder: (folder / "target/build.duckdb").unlink(), False),
        ("these", lambda folder: (folder / "warehouse/parquet").rmdir(), False),
        ("these", lambda folder: (folder / "warehouse/build.json").unlink(), False),
    ],
    ids=["same", "other inputs", "dbt built since", "target removed", "a part removed", "nothing published"],
)
def test_a_published_build_of_the_same_inputs_is_not_made_again(
    published: Path, inputs: str, change: Callable[[Path], None], is_there: bool
) -> None:
    change(published)
    assert bool(published_already(inputs, published / "target", published / "warehouse")) == is_there
