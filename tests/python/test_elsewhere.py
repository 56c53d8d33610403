"""dbt on this project where others run it: from another folder, as schedulers do, and as another project's package."""

import subprocess
import sys
from pathlib import Path

import duckdb
from conftest import NO_UNIT_TESTS, PROJECT
from copies import copy_project, plain_environment
from test_raw_tables import category, duration, regional, rows_of, write_raw

PACKAGE = "nhs_gp_appointments_warehouse"


def dbt(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run dbt in `folder`, with nothing but what a user of it would write."""
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", *arguments]
    return subprocess.run(
        command, cwd=folder, env=plain_environment() | environment, capture_output=True, text=True, check=False
    )


def test_from_another_folder_and_without_rows_everything_passes(tmp_path: Path) -> None:
    """`dbt build --empty`, unit tests of some models included; the raw tables are of a folder named from elsewhere."""
    project, elsewhere = copy_project(tmp_path / "project"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    write_raw(elsewhere / "raw", [regional()], [duration()], [category()])
    before = sorted(elsewhere.rglob("*"))
    run = dbt(
        elsewhere,
        *("build", "--empty", "--exclude", "test_type:unit,models/marts"),
        *("--project-dir", "../project", "--profiles-dir", "../project"),
        NHS_RAW_DIR="raw",
    )
    assert run.returncode == 0, run.stdout
    assert "Loaded 1 rows into raw.actual_duration from raw/actual_duration.csv" in run.stdout
    assert sorted(elsewhere.rglob("*")) == before, "what dbt writes lies in the project"
    build_file = project / "target" / "build.duckdb"
    assert rows_of(build_file, "select count(*) from raw.actual_duration") == [(1,)]
    assert rows_of(build_file, "select count(*) from core.dim_icb") == [(0,)]
    publish = subprocess.run(
        [sys.executable, "scripts/build.py", "publish"], cwd=project, capture_output=True, text=True, check=False
    )
    assert publish.returncode == 2
    assert "expected the results of a whole `dbt build`" in publish.stderr


def test_another_project_builds_on_this_one_as_a_package(tmp_path: Path) -> None:
    """Seeds, models and data tests build into the other project's file; a variable of its own reaches the package."""
    for name in ("models", "macros", "seeds"):
        (tmp_path / name).mkdir()
    for name, text in {
        "dbt_project.yml": "{name: parent, version: '1.0', profile: parent, "
        f"flags: {{send_anonymous_usage_stats: false}}, vars: {{{PACKAGE}: {{period_from: 2022-05}}}}}}",
        "profiles.yml": "parent: {target: dev, outputs: {dev: {type: duckdb, path: parent.duckdb, threads: 2}}}",
        "packages.yml": f"packages: [{{local: '{PROJECT}'}}]",
        "models/busiest.sql": "select max(appointment_count) as appointments from {{ ref('mart_monthly_demand') }}",
        "models/read_elsewhere.sql": f"select * from read_csv('{tmp_path}/other files/one.csv')",
        "seeds/its_own.csv": "a,b\n1,x\n",
        "macros/seed.sql": lines_of_the_docs("materialization seed, adapter='duckdb'"),
    }.items():
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    (tmp_path / "other files").mkdir()
    (tmp_path / "other files" / "one.csv").write_text("a\n1\n", encoding="utf-8")
    raw_dir = write_raw(
        tmp_path / "raw",
        [regional(month="2022-04"), regional(count="20")],
        [duration(date="2022-04-05"), duration(count="20")],
        [category(date="2022-04-05"), category(count="20")],
    )
    for arguments in (
        ["deps"],
        [
            *("build", *NO_UNIT_TESTS, "--indirect-selection", "cautious", "--select"),
            *("+busiest", "read_elsewhere", "its_own", "+quality_raw_profile"),
        ],
    ):
        run = dbt(tmp_path, *arguments, NHS_RAW_DIR=str(raw_dir))
        assert run.returncode == 0, run.stdout
    assert "raw_tables_hold_appointments" in run.stdout, "data tests of the package run too"
    build_file = tmp_path / "parent.duckdb"
    assert rows_of(build_file, "select appointments from main.busiest") == [(20,)], "from May on"
    assert rows_of(build_file, "select * from main.its_own") == [(1, "x")], "loaded by dbt: its type was guessed"
    with duckdb.connect(str(build_file), read_only=True) as connection:
        schemas = {
            schema for (schema,) in connection.execute("select distinct schema_name from duckdb_tables()").fetchall()
        }
    assert schemas == {"main", "raw", "reference", "staging", "intermediate", "core", "marts", "quality"}


def lines_of_the_docs(phrase: str) -> str:
    """The code block of docs/architecture.md that holds `phrase`."""
    blocks = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8").split("```")[1::2]
    [block] = [block for block in blocks if phrase in block]
    return block.split("\n", 1)[1]
