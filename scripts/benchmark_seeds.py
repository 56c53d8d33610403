"""Measure `dbt seed` with this project's seed materialization against dbt's own, side by side.

Both load the same three raw tables and the reference seeds into a new DuckDB file, in turn: ours,
stock, ours, stock, ... after one run each that is not counted and leaves dbt's parse cache. Prints
wall time (seconds) and peak memory (MB) of the whole dbt process, their medians and ratios. Give it
a folder with the raw tables as .csv: dbt's own materialization reads nothing else.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
RAW_TABLES = ("actual_duration", "appointments_regional", "national_categories")


def copy_project(folder: Path) -> None:
    """Copy what `dbt seed` needs of this project into `folder`."""
    folder.mkdir()
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, folder)
    for name in ("seeds", "macros"):
        shutil.copytree(PROJECT / name, folder / name)


def make_stock(folder: Path, raw_dir: Path) -> None:
    """Make `folder` a copy of the project that seeds the way dbt does without the override.

    Raw columns stay text there too, as a correct load of codes such as 00L needs.
    """
    copy_project(folder)
    (folder / "macros" / "engine" / "seed.sql").unlink()
    project = (folder / "dbt_project.yml").read_text(encoding="utf-8")
    types = []
    for table in RAW_TABLES:
        shutil.copy(raw_dir / f"{table}.csv", folder / "seeds" / "raw" / f"{table}.csv")
        with (raw_dir / f"{table}.csv").open(encoding="utf-8-sig") as file:
            header = file.readline().strip().split(",")
        columns = ", ".join(f"{column}: varchar" for column in header)
        types.append(f"      {table}: {{+column_types: {{{columns}}}}}\n")
    (folder / "dbt_project.yml").write_text(
        project.replace("      +schema: raw\n", "      +schema: raw\n" + "".join(types)),
        encoding="utf-8",
    )


def measure(folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Run `dbt seed` in `folder`; return its wall time in seconds and its peak memory in MB.

    Raises RuntimeError with dbt's output where the run fails.
    """
    (folder / "target" / "build.duckdb").unlink(missing_ok=True)
    log = folder / "output.txt"
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("dbt")), "seed"],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise RuntimeError(log.read_text(encoding="utf-8"))
    return seconds, usage.ru_maxrss / 1024


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("raw_dir", type=Path, help="folder with the three raw tables as .csv")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default: 3)")
    options = parser.parse_args(arguments)
    missing = [t for t in RAW_TABLES if not (options.raw_dir / f"{t}.csv").is_file()]
    if missing:
        print(
            f"{options.raw_dir}: expected {', '.join(f'{t}.csv' for t in RAW_TABLES)}; "
            f"missing: {', '.join(f'{t}.csv' for t in missing)}.",
            file=sys.stderr,
        )
        return 2
    figures: dict[str, list[tuple[float, float]]] = {"ours": [], "stock": []}
    environment = {k: v for k, v in os.environ.items() if k != "NHS_RAW_DIR"}
    with tempfile.TemporaryDirectory() as temporary:
        ours, stock = Path(temporary) / "ours", Path(temporary) / "stock"
        copy_project(ours)
        make_stock(stock, options.raw_dir)
        for run in range(options.runs + 1):
            raw_dir = {"NHS_RAW_DIR": str(options.raw_dir.resolve())}
            for name, folder, extra in (("ours", ours, raw_dir), ("stock", stock, {})):
                figure = measure(folder, environment | extra)
                if run == 0:
                    continue
                figures[name].append(figure)
                print(f"{name:<6} {figure[0]:6.1f} s {figure[1]:7.0f} MB")
    for index, (word, unit) in enumerate((("time", "s"), ("memory", "MB"))):
        median = {name: statistics.median(f[index] for f in runs) for name, runs in figures.items()}
        ratios = [o[index] / s[index] for o, s in zip(figures["ours"], figures["stock"], strict=True)]
        print(
            f"median {word}: ours {median['ours']:.1f} {unit}, stock {median['stock']:.1f} {unit}, "
            f"ratio {statistics.median(ratios):.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
