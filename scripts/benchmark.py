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
import sys
import tempfile
from pathlib import Path

import duckdb
from bench.builds import as_csv, compare_builds, print_builds, run_floor
from bench.drawings import draw_builds, draw_growth
from bench.growth import measure_growth
from bench.queries import measure_queries, print_queries
from copies import PROJECT
from database import Warehouse


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
