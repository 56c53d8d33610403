"""Measure the warehouse against what people use today, and as its raw tables grow.

`build` runs everything side by side, in turn, after one turn that is not counted: the whole `make build`, dbt with and
without tests, the floor below them (the same compiled SQL in one DuckDB process), dbt's own seeds and a pandas script;
then queries of the published file. `growth` builds generated tables of 1, 10 and 100 times the size under a memory
limit. Both work in copies of the project below a temporary folder, write what they measured into
benchmarks/results.json, draw it, and say what has changed since the results that were there.
"""

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair as alt
import duckdb
from database import Warehouse, quote
from generate_sample import write_scaled

PROJECT = Path(__file__).resolve().parents[1]
RAW_TABLES = ("actual_duration", "appointments_regional", "national_categories")
QUERY_REPEATS = 20
NHS_BLUE, NHS_GREY = "#005EB8", "#768692"

WHAT = {
    "make build": "`make build`: build, every data test, publish",
    "dbt build": "`dbt build`: models, data tests, unit tests",
    "models": "`dbt run`: the models alone",
    "floor": "the floor: the models' SQL in one DuckDB process, without dbt",
    "dbt parse": "`dbt parse`: dbt's own start",
    "stock seeds": "`dbt seed` with dbt's own loader",
    "pandas": "a pandas script that answers the six questions, untested",
}

# Milliseconds, by kind of query, query, engine and statistic.
QueryTimes = dict[str, dict[str, dict[str, dict[str, float]]]]


def measure(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Run a command in `folder`; return its wall time in seconds and the peak memory of its largest process in MB.

    Raises RuntimeError with what it printed where it fails.
    """
    log = folder / "output.txt"
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise RuntimeError(f"{' '.join(command)} failed:\n{log.read_text(encoding='utf-8')}")
    return seconds, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


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


def make_stock(folder: Path, raw_dir: Path) -> None:
    """Make `folder` a copy of the project that seeds the way dbt does, the raw tables' columns as text.

    Text there too, as a correct load of codes such as 00L needs.
    """
    copy_project(folder)
    (folder / "macros" / "engine" / "seed.sql").unlink()
    types = []
    for table in RAW_TABLES:
        shutil.copy(raw_dir / f"{table}.csv", folder / "seeds" / "raw" / f"{table}.csv")
        with (raw_dir / f"{table}.csv").open(encoding="utf-8-sig") as file:
            columns = ", ".join(f"{column}: varchar" for column in file.readline().strip().split(","))
        types.append(f"      {table}: {{+column_types: {{{columns}}}}}\n")
    project = folder / "dbt_project.yml"
    text = project.read_text(encoding="utf-8")
    raw = "      +schema: raw\n"
    project.write_text(text.replace(raw, raw + "".join(types)), encoding="utf-8")


def as_csv(raw_dir: Path | None, folder: Path) -> Path:
    """Return a folder with the three raw tables as CSV: `raw_dir`, or generated ones of the real tables' size."""
    if raw_dir and all((raw_dir / f"{table}.csv").is_file() for table in RAW_TABLES):
        return raw_dir.resolve()
    if raw_dir:
        raise FileNotFoundError(f"{raw_dir}: expected {', '.join(f'{table}.csv' for table in RAW_TABLES)}")
    folder.mkdir()
    for table, (parts, _, _) in write_scaled(folder, 1).items():
        duckdb.read_parquet(str(parts / "*.parquet")).write_csv(str(folder / f"{table}.csv"))
        shutil.rmtree(parts)
    return folder


def models_in_order(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the manifest's models in the order of the lineage: each after all that it reads."""
    models = {name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    done: dict[str, dict[str, Any]] = {}

    def visit(name: str) -> None:
        if name in models and name not in done:
            for parent in models[name]["depends_on"]["nodes"]:
                visit(parent)
            done[name] = models[name]

    for name in models:
        visit(name)
    return list(done.values())


def run_floor(target: Path) -> None:
    """Run the compiled SQL of every model, in the order of the lineage, in the database that dbt has built."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(target / "build.duckdb")) as connection:
        for model in models_in_order(manifest):
            connection.execute(f"create or replace table {model['relation_name']} as {model['compiled_code']}")


def compare_builds(raw_dir: Path, folder: Path, runs: int) -> dict[str, dict[str, Any]]:
    """Run each of WHAT in turn, `runs` times; return seconds and MB (lists and medians) by name."""
    ours, stock = folder / "ours", folder / "stock"
    copy_with_environment(ours)
    make_stock(stock, raw_dir)
    dbt = str(Path(sys.executable).with_name("dbt"))
    plain = plain_environment()
    raw = plain | {"NHS_RAW_DIR": str(raw_dir)}
    scripts = PROJECT / "scripts"
    commands: dict[str, tuple[list[str], Path, dict[str, str]]] = {
        "make build": (["make", "build"], ours, raw),
        "dbt build": ([dbt, "--quiet", "build"], ours, raw),
        "models": ([dbt, "--quiet", "run"], ours, raw),
        "floor": ([sys.executable, str(scripts / "benchmark.py"), "floor", str(ours / "target")], ours, raw),
        "dbt parse": ([dbt, "--quiet", "parse"], ours, raw),
        "stock seeds": ([dbt, "--quiet", "seed"], stock, plain),
        "pandas": ([sys.executable, str(scripts / "benchmark_pandas.py"), str(raw_dir)], ours, plain),
    }
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, (command, where, environment) in commands.items():
            if name in ("dbt build", "stock seeds"):
                (where / "target" / "build.duckdb").unlink(missing_ok=True)
            figures = measure(command, where, environment)
            print(
                f"{'not counted' if run == 0 else f'run {run}':<12} {name:<12} {figures[0]:6.1f} s {figures[1]:6.0f} MB"
            )
            if run:
                measured[name].append(figures)
    floor = [seconds for seconds, _ in measured["floor"]]
    return {
        name: {
            "seconds": [round(seconds, 2) for seconds, _ in figures],
            "median_seconds": round(statistics.median(seconds for seconds, _ in figures), 2),
            "median_peak_mb": round(statistics.median(peak for _, peak in figures)),
            "times_the_floor": round(
                statistics.median(seconds / low for (seconds, _), low in zip(figures, floor, strict=True)), 2
            ),
        }
        for name, figures in measured.items()
    }


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


def measure_growth(scales: list[int], memory_limit: str, folder: Path) -> list[dict[str, Any]]:
    """Generate the tables at each scale and build them under the limit; return one measurement per scale."""
    project = folder / "project"
    copy_with_environment(project)
    measure(["make", "build"], project, plain_environment())  # leaves dbt's parse cache
    measured = []
    for scale in scales:
        raw_dir = folder / "raw"
        started = time.perf_counter()
        rows = sum(row_count for _, row_count, _ in write_scaled(raw_dir, scale).values())
        generated = time.perf_counter() - started
        print(f"scale {scale}: {rows:,} raw rows, generated in {generated:.0f} s; building", flush=True)
        limited = {"NHS_RAW_DIR": str(raw_dir), "NHS_MEMORY_LIMIT": memory_limit}
        seconds, peak = measure(["make", "build"], project, plain_environment() | limited)
        record = json.loads((project / "warehouse" / "build.json").read_text(encoding="utf-8"))
        measured.append(
            {
                "scale": scale,
                "raw_rows": rows,
                "memory_limit": memory_limit,
                "seconds": round(seconds, 1),
                "peak_mb": round(peak),
                "tests": record["tests"],
                "published_mb": round((project / "warehouse" / "nhs_gp_appointments.duckdb").stat().st_size / 1e6),
            }
        )
        print(f"scale {scale}: {seconds:.0f} s, {peak:.0f} MB, {record['tests']}", flush=True)
        shutil.rmtree(raw_dir)
    return measured


def name_data(published: Path) -> str:
    """Return in words what a published file was built from: real or generated tables, and their months."""
    warehouse = Warehouse(published)
    with warehouse.connection:
        kind = "generated" if warehouse.is_synthetic else "real"
        return f"{kind} tables, {warehouse.period('appointments_regional')}"


def machine() -> dict[str, str | int]:
    """Return what it was measured on."""
    about = Path("/proc/cpuinfo")  # Linux's; macOS says by itself what it is
    cpu = (
        re.search(r"^model name\s*: (.+)$", about.read_text(encoding="utf-8"), re.MULTILINE) if about.exists() else None
    )
    return {
        "processor": cpu[1] if cpu else platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "measured_on": datetime.date.today().isoformat(),
    }


def print_builds(builds: dict[str, dict[str, Any]], before: dict[str, dict[str, Any]]) -> None:
    """Print the comparison as a table, and each ratio to the floor beside the one of the results before."""
    print(f"\n{'':<12} {'median s':>9} {'peak MB':>8} {'x floor':>8}   before")
    for name, figures in sorted(builds.items(), key=lambda item: item[1]["median_seconds"]):
        old = before.get(name, {}).get("times_the_floor")
        change = f"{old:.2f} ({figures['times_the_floor'] / old - 1:+.0%})" if old else "-"
        print(
            f"{name:<12} {figures['median_seconds']:9.1f} {figures['median_peak_mb']:8} "
            f"{figures['times_the_floor']:8.2f}   {change}"
        )


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


def draw_builds(results: dict[str, Any], file: Path) -> None:
    """Draw the builds' wall times as bars, shortest first."""
    rows = [
        {
            "what": WHAT[name].replace("`", ""),
            "seconds": figures["median_seconds"],
            "label": f"{figures['median_seconds']:.1f} s",
        }
        for name, figures in results["builds"].items()
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("what:N", sort=alt.EncodingSortField("seconds"), title=None, axis=alt.Axis(labelLimit=420, ticks=False))
    )
    bars = base.mark_bar(color=NHS_BLUE).encode(
        x=alt.X("seconds:Q", title="seconds, median", axis=alt.Axis(grid=False))
    )
    labels = base.mark_text(align="left", dx=4).encode(x="seconds:Q", text="label:N")
    measured_on = results["machines"]["build"]
    subtitle = f"{measured_on['cores']} cores, {measured_on['processor']}, {results['data']}"
    share = results["builds"]["make build"]["median_seconds"] / results["builds"]["stock seeds"]["median_seconds"]
    title = f"Build, test and publish: {share:.0%} of the time that dbt's own seeds take"
    finish(bars + labels, title, subtitle, 220, file)


def draw_growth(results: dict[str, Any], file: Path) -> None:
    """Draw wall time and peak memory against raw rows, both axes logarithmic, with proportional growth as a line."""
    growth = results["growth"]
    first = growth[0]
    panels = []
    for field, title in (("seconds", "seconds, whole make build"), ("peak_mb", "peak memory, MB")):
        values = [{**row, "linear": first[field] * row["raw_rows"] / first["raw_rows"]} for row in growth]
        log = alt.Scale(type="log", nice=False, padding=30)
        base = alt.Chart(alt.InlineData(values=values), width=300, height=260).encode(
            x=alt.X("raw_rows:Q", scale=log, title="raw rows", axis=alt.Axis(format="~s", tickCount=4, grid=False))
        )
        line = base.mark_line(point=True, color=NHS_BLUE).encode(
            y=alt.Y(f"{field}:Q", scale=log, title=title, axis=alt.Axis(format=",", tickCount=4))
        )
        linear = base.mark_line(strokeDash=[4, 4], color=NHS_GREY).encode(y=alt.Y("linear:Q", scale=log))
        labels = base.mark_text(dy=-12, color=NHS_BLUE).encode(
            y=f"{field}:Q", text=alt.Text(f"{field}:Q", format=",.0f")
        )
        panels.append(linear + line + labels)
    subtitle = (
        f"Generated tables, DuckDB's memory_limit {first['memory_limit']}, "
        f"{results['machines']['growth']['cores']} cores. Dashed: in proportion to the rows."
    )
    rows, seconds = (growth[-1][field] / first[field] for field in ("raw_rows", "seconds"))
    title = f"{rows:.0f} times the rows in {seconds:.0f} times the time and {growth[-1]['peak_mb'] / 1000:.1f} GB"
    finish(alt.hconcat(*panels), title, subtitle, None, file)


def finish(chart: alt.LayerChart | alt.HConcatChart, title: str, subtitle: str, height: int | None, file: Path) -> None:
    """Give a chart its title and write it as an SVG."""
    if height:
        chart = chart.properties(width=420, height=height)
    heading = alt.TitleParams(title, subtitle=subtitle, anchor="start", fontSize=16, subtitleColor=NHS_GREY, offset=16)
    chart.properties(title=heading).configure(font="Arial, sans-serif").configure_view(stroke=None).save(file)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="compare builds side by side, then time queries")
    build.add_argument("--raw", type=Path, help="folder with the three raw tables as .csv (default: generated ones)")
    build.add_argument("--runs", type=int, default=3, help="runs of each (default: %(default)s)")
    growth = commands.add_parser("growth", help="build generated tables of growing size")
    growth.add_argument("--scales", type=int, nargs="+", default=[1, 10, 100], help="(default: 1 10 100)")
    growth.add_argument("--memory-limit", default="4GB", help="DuckDB's memory limit (default: %(default)s)")
    for command in (build, growth):
        command.add_argument("--output", type=Path, default=PROJECT / "benchmarks", help="where results are kept")
    floor = commands.add_parser("floor", help="what `build` runs as the floor, by itself")
    floor.add_argument("target", type=Path, help="dbt's target folder, after a build")
    options = parser.parse_args(arguments)
    if options.command == "floor":
        run_floor(options.target)
        return 0
    options.output.mkdir(parents=True, exist_ok=True)
    file = options.output / "results.json"
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    before = results.get("builds", {})
    with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary:
        folder = Path(temporary)
        try:
            if options.command == "build":
                raw_dir = as_csv(options.raw, folder / "raw")
                results["builds"] = compare_builds(raw_dir, folder, options.runs)
                results["queries"] = measure_queries(folder / "ours")
                results["data"] = name_data(folder / "ours" / "warehouse" / "nhs_gp_appointments.duckdb")
            else:
                results["growth"] = measure_growth(options.scales, options.memory_limit, folder)
        except (FileNotFoundError, RuntimeError) as problem:
            print(f"Nothing was recorded: {problem}", file=sys.stderr)
            return 2
    results.setdefault("machines", {})[options.command] = machine()
    if options.command == "build":
        print_builds(results["builds"], before)
        print_queries(results["queries"])
        draw_builds(results, options.output / "builds.svg")
    else:
        draw_growth(results, options.output / "growth.svg")
    file.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(f"\nWritten: {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
