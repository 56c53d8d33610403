"""The benchmark: that it measures what it says, and that what the README quotes is what was measured."""

import json
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import copies
import duckdb
import pytest
from bench import builds, drawings, queries
from conftest import ANALYSES, MARTS, PROJECT
from sample.tables import RAW_TABLES
from test_publish import copy_build, publish

RESULTS = json.loads((PROJECT / "benchmarks" / "results.json").read_text(encoding="utf-8"))


def test_the_floor_makes_the_same_tables_as_dbt(sample_warehouse: Path, tmp_path: Path) -> None:
    target = copy_build(sample_warehouse, tmp_path / "build")
    with duckdb.connect(str(target / "build.duckdb")) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema not in ('raw', 'reference')"
        ).fetchall()
        for schema, table in tables:
            connection.execute(f'drop table {schema}."{table}"')
    builds.run_floor(target)
    with duckdb.connect(str(target / "build.duckdb")) as connection:
        connection.execute(f"attach '{sample_warehouse}' as dbt (read_only)")
        assert len(tables) > 40
        for schema, table in tables:
            name = f'{schema}."{table}"'
            columns = connection.execute(f"select column_name, column_type from (describe {name})").fetchall()
            # Sums of fractions end in other digits when they run in another order.
            exact = ", ".join(column for column, data_type in columns if data_type != "DOUBLE")
            different = connection.execute(
                f"select count(*) from ((select {exact} from {name} except all select {exact} from dbt.{name}) "
                f"union all (select {exact} from dbt.{name} except all select {exact} from {name}))"
            ).fetchone()
            assert different == (0,), name


def test_every_query_is_timed_on_the_published_file_and_on_parquet(
    sample_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies.copy_with_environment(tmp_path / "project")
    build = copy_build(sample_warehouse, tmp_path / "build")
    assert publish(build, tmp_path / "project" / "warehouse").returncode == 0
    monkeypatch.setattr(queries, "QUERY_REPEATS", 2)
    measured = queries.measure_queries(tmp_path / "project")
    assert list(measured) == ["a whole mart", "an analysis", "a dashboard's query"]
    assert sorted(measured["a whole mart"]) == MARTS
    assert sorted(measured["an analysis"]) == ANALYSES
    bi_queries = (PROJECT / "benchmarks" / "bi_queries.sql").read_text(encoding="utf-8")
    assert len(measured["a dashboard's query"]) == bi_queries.count(";") >= 20
    for named in measured.values():
        for name, figures in named.items():
            for engine in ("duckdb", "parquet"):
                assert 0 < figures[engine]["median_ms"] <= figures[engine]["p95_ms"], (name, engine)


def test_stock_seeds_are_loaded_by_dbt_itself(tmp_path: Path) -> None:
    raw_dir = tmp_path / "raw"
    raw_dir.mkdir()
    for table in RAW_TABLES:
        with (PROJECT / "seeds" / "raw" / f"{table}.csv").open(encoding="utf-8") as lines:
            (raw_dir / f"{table}.csv").write_text("".join(islice(lines, 500)), encoding="utf-8")
    builds.make_stock(tmp_path / "stock", raw_dir)
    roles = (tmp_path / "stock" / "seeds" / "raw" / "appointments_by_role.csv").read_text(encoding="utf-8")
    assert roles.count("\n") == 1, "the sample's rows are not among those that are measured"
    dbt = str(Path(sys.executable).with_name("dbt"))
    seconds, peak = builds.measure(
        [dbt, "seed", "--select", "actual_duration"], tmp_path / "stock", copies.plain_environment()
    )
    assert seconds > 0 and peak > 50
    with duckdb.connect(str(tmp_path / "stock" / "target" / "build.duckdb"), read_only=True) as connection:
        columns = dict(connection.execute("select column_name, data_type from duckdb_columns()").fetchall())
    assert "source_file" not in columns, "only this project's own loader writes it"
    assert columns["sub_icb_location_code"] == "VARCHAR"


def test_missing_tables_are_named(tmp_path: Path) -> None:
    command = [sys.executable, str(PROJECT / "scripts" / "benchmark.py"), "build", "--raw", str(tmp_path)]
    run = subprocess.run([*command, "--output", str(tmp_path / "results")], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "expected actual_duration.csv, appointments_regional.csv, national_categories.csv" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(("change", "word"), [(1.0, "+0%"), (0.5, "+100%"), (2.0, "-50%")])
def test_a_slower_build_is_seen_as_a_ratio_to_the_floor(
    capsys: pytest.CaptureFixture[str], change: float, word: str
) -> None:
    figures = {"dbt build": {"median_seconds": 10.0, "median_peak_mb": 500, "times_the_floor": 2.0}}
    builds.print_builds(figures, {"dbt build": {"times_the_floor": 2.0 * change}})
    assert f"{2.0 * change:.2f} ({word})" in capsys.readouterr().out


def test_the_readme_quotes_what_was_measured() -> None:
    """Every row of its two tables, from the results that are committed."""
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    for name, figures in RESULTS["builds"].items():
        assert [
            builds.WHAT[name],
            f"{figures['times_the_floor']:.1f}",
            f"{figures['median_seconds']:.1f}",
            f"{figures['median_peak_mb']:,}",
        ] in rows, name
    for row in RESULTS["growth"]:
        assert [
            f"{row['scale']}",
            f"{row['raw_rows']:,}",
            f"{row['seconds']:,.0f}",
            f"{row['peak_mb']:,}",
            f"{row['published_mb']:,}",
        ] in rows, row["scale"]


def test_the_charts_are_drawn_from_the_results(tmp_path: Path) -> None:
    for draw, name in ((drawings.draw_builds, "builds"), (drawings.draw_growth, "growth")):
        draw(RESULTS, tmp_path / f"{name}.svg")
        drawn = (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        assert re.sub(r"clip\d+|gradient_\d+", "", drawn) == re.sub(
            r"clip\d+|gradient_\d+", "", (PROJECT / "benchmarks" / f"{name}.svg").read_text(encoding="utf-8")
        )
