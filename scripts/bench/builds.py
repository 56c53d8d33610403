"""Builds side by side: the warehouse, the floor below it, and what people use today."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
from copies import PROJECT, copy_project, copy_with_environment, plain_environment
from generate_sample import write_scaled
from sample.tables import OPTIONAL_TABLES, RAW_TABLES

WHAT = {
    "make build": "`make build`: build, every data test, publish",
    "dbt build": "`dbt build`: models, data tests, unit tests",
    "models": "`dbt run`: the models alone",
    "floor": "the floor: the models' SQL in one DuckDB process, without dbt",
    "dbt parse": "`dbt parse`: dbt's own start",
    "stock seeds": "`dbt seed` with dbt's own loader",
    "pandas": "a pandas script that answers the six questions, untested",
}


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


def make_stock(folder: Path, raw_dir: Path) -> None:
    """Make `folder` a copy of the project that seeds the way dbt does, the raw tables' columns as text.

    Text there too, as a correct load of codes such as 00L needs.
    """
    copy_project(folder)
    (folder / "macros" / "engine" / "seed.sql").unlink()
    types = []
    for table in (*RAW_TABLES, *OPTIONAL_TABLES):
        seed = folder / "seeds" / "raw" / f"{table}.csv"
        source = raw_dir / seed.name
        if source.is_file():
            shutil.copy(source, seed)
        else:  # Empty in our own builds of this folder too.
            seed.write_text(seed.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
        with seed.open(encoding="utf-8-sig") as file:
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
    plain = plain_environment() | {"FORCE": "1"}
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
