"""Builds of generated tables as they grow."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

from copies import copy_with_environment, plain_environment
from generate_sample import write_scaled
from sample.tables import RAW_TABLES

from bench.builds import measure


def measure_growth(scales: list[int], memory_limit: str, folder: Path) -> list[dict[str, Any]]:
    """Generate the tables at each scale and build them under the limit; return one measurement per scale."""
    project = folder / "project"
    copy_with_environment(project)
    measure(["make", "build"], project, plain_environment())  # leaves dbt's parse cache
    measured = []
    for scale in scales:
        raw_dir = folder / "raw"
        started = time.perf_counter()
        rows = sum(row_count for _, row_count, _ in write_scaled(raw_dir, scale, tables=RAW_TABLES).values())
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
