"""Queries of the published file: each mart whole, the analyses, what dashboards ask."""

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from copies import PROJECT
from database import quote

QUERY_REPEATS = 20

# Milliseconds, by kind of query, query, engine and statistic.
QueryTimes = dict[str, dict[str, dict[str, dict[str, float]]]]


def queries(project: Path) -> dict[str, dict[str, str]]:
    """Return SQL on schema `marts` by kind and name: each mart whole, the analyses, what dashboards ask."""
    dbt = str(Path(sys.executable).with_name("dbt"))
    subprocess.run([dbt, "--quiet", "compile", "--select", "path:analyses"], cwd=project, check=True)
    compiled = project / "target" / "compiled" / "nhs_gp_appointments_warehouse" / "analyses"
    dashboards = (PROJECT / "benchmarks" / "bi_queries.sql").read_text(encoding="utf-8")
    return {
        "a whole mart": {
            file.stem: f"from marts.{file.stem}" for file in sorted((project / "warehouse" / "parquet").iterdir())
        },
        "an analysis": {
            file.stem: re.sub(r'"build"\."marts"\."(\w+)"', r"marts.\1", file.read_text(encoding="utf-8"))
            for file in sorted(compiled.glob("*.sql"))
        },
        "a dashboard's query": dict(re.findall(r"^-- (.+)\n(select[^;]+);$", dashboards, re.MULTILINE)),
    }


def measure_queries(project: Path) -> QueryTimes:
    """Time every query from a new connection, on the published file and on the Parquet files, as milliseconds."""
    warehouse = project / "warehouse"

    def from_file(sql: str) -> None:
        with duckdb.connect(str(warehouse / "nhs_gp_appointments.duckdb"), read_only=True) as connection:
            connection.sql(sql).to_arrow_table()

    def from_parquet(sql: str) -> None:
        def parquet(found: re.Match[str]) -> str:
            return f"read_parquet({quote(warehouse / 'parquet' / f'{found[1]}.parquet')})"

        with duckdb.connect() as connection:
            connection.sql(re.sub(r"marts\.(\w+)", parquet, sql)).to_arrow_table()

    def times(run: Callable[[str], None], sql: str) -> list[float]:
        found = []
        for _ in range(QUERY_REPEATS):
            started = time.perf_counter()
            run(sql)
            found.append(1000 * (time.perf_counter() - started))
        return found

    measured: QueryTimes = {}
    for kind, named in queries(project).items():
        for name, sql in named.items():
            for engine, run in {"duckdb": from_file, "parquet": from_parquet}.items():
                found = times(run, sql)
                measured.setdefault(kind, {}).setdefault(name, {})[engine] = {
                    "median_ms": round(statistics.median(found), 1),
                    "p95_ms": round(statistics.quantiles(found, n=20)[18], 1),
                }
    return measured


def print_queries(measured: QueryTimes) -> None:
    """Print, per kind of query, the median and 95th percentile over the queries' own."""
    print(f"\n{'':<22}{'':>7} {'from DuckDB, ms':>22} {'from Parquet, ms':>22}")
    print(f"{'':<22}{'queries':>7} {'median':>11}{'worst p95':>11} {'median':>11}{'worst p95':>11}")
    for kind, named in measured.items():
        cells = ""
        for engine in ("duckdb", "parquet"):
            median = statistics.median(figures[engine]["median_ms"] for figures in named.values())
            worst = max(figures[engine]["p95_ms"] for figures in named.values())
            cells += f" {median:11.1f}{worst:11.1f}"
        print(f"{kind:<22}{len(named):>7}{cells}")
