"""The seed benchmark runs to its figures, and says what it lacks."""

import re
import subprocess
import sys

from conftest import PROJECT

SCRIPT = [sys.executable, str(PROJECT / "scripts" / "benchmark_seeds.py")]


def test_both_ways_of_seeding_are_measured_on_the_sample():
    run = subprocess.run(
        [*SCRIPT, str(PROJECT / "seeds" / "raw"), "--runs", "1"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    for word, unit in (("time", "s"), ("memory", "MB")):
        figures = re.search(rf"median {word}: ours ([\d.]+) {unit}, stock ([\d.]+) {unit}, ratio ([\d.]+)", run.stdout)
        ours, stock, ratio = map(float, figures.groups())
        assert ours > 0
        assert abs(ratio - ours / stock) < 0.02


def test_missing_tables_are_named(tmp_path):
    run = subprocess.run([*SCRIPT, str(tmp_path)], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "missing: actual_duration.csv, appointments_regional.csv, national_categories.csv" in run.stderr
