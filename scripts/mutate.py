"""Test the tests: change the models' SQL in one place at a time and see whether a test notices.

Works on a built sample. Every change that `sql_mutations` knows is made in each model's compiled SQL; the model's unit
tests, its contract and keys, the tables made from it, their data tests and the oracle of tests/python then have the
word. A change that none of them notices has survived: it wants a test, or an entry with a reason in
scripts/equivalent_mutants.yml. The statistics macros are changed too, each by itself, before the tests of
tests/python/test_statistics_macros.py. What was found is kept in target/mutation, so that a run that was interrupted
goes on where it was, and a later one tries only what it touches.

It asks the tests themselves, so it needs their folder on the path, as `make mutate` gives it: PYTHONPATH=tests/python.
"""

import argparse
import fnmatch
import json
import multiprocessing
import os
import shutil
import sys
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import click
import pandas as pd
import yaml
from conftest import PROJECT, Dbt
from mutation_trials import Laboratory, Mutant, Warehouse, digest, evidence, list_mutants, rendered
from oracle.oracle import compute
from sqlglot import exp

LAYERS = ("staging", "core", "intermediate", "marts", "quality", "statistics")
GOAL = 0.95
EQUIVALENT = PROJECT / "scripts" / "equivalent_mutants.yml"


def equivalents() -> list[dict[str, Any]]:
    """The entries of equivalent_mutants.yml: model, change and reason; cte and kind where they matter."""
    entries: list[dict[str, Any]] = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")) or []
    for entry in entries:
        if not {"model", "change", "reason"} <= set(entry) <= {"model", "cte", "kind", "change", "reason"}:
            raise ValueError(f"{EQUIVALENT}: expected model, change, reason, and cte or kind; found {entry}")
    return entries


def matches(entry: dict[str, Any], mutant: Mutant) -> bool:
    """Whether an entry of equivalent_mutants.yml speaks of a mutant. Fields are patterns with *, one or lists."""
    for field in ("model", "cte", "kind", "change"):
        patterns = entry.get(field, "*")
        patterns = [patterns] if isinstance(patterns, str) else patterns
        value = " ".join(getattr(mutant, field).split())
        # [ is common in SQL, and no pattern of fnmatch here.
        if not any(fnmatch.fnmatchcase(value, " ".join(p.split()).replace("[", "[[]")) for p in patterns):
            return False
    return True


def without_change(warehouse: Warehouse) -> list[Mutant]:
    """For each model the mutant that changes nothing: what kills it would be this script's own fault."""
    return [Mutant("staging", name, "-", "nothing", "", ((name, -1),)) for name in warehouse.models]


@cache
def expected_tables() -> dict[str, pd.DataFrame]:
    """What the oracle expects of the sample, by table."""
    return compute(PROJECT / "seeds" / "raw", PROJECT)


laboratory: Laboratory  # each worker's own


def start(warehouse: Warehouse, expected: dict[str, pd.DataFrame], expressions: dict[str, exp.Expr]) -> None:
    """What each worker does first."""
    global laboratory
    laboratory = Laboratory(warehouse, expected, expressions)


def work(job: tuple[str, Mutant]) -> tuple[str, Mutant, str, str]:
    key, mutant = job
    return key, mutant, *laboratory.try_out(mutant)


def run(
    mutants: list[Mutant], warehouse: Warehouse, expressions: dict[str, exp.Expr], folder: Path, workers: int
) -> dict[Mutant, tuple[str, str]]:
    """Try each mutant that no earlier run has tried; return (status, by what) by mutant."""
    log = folder / "results.jsonl"
    known = {}
    if log.exists():
        for line in log.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            known[record["key"]] = (record["status"], record["by"])
    known_evidence: dict[tuple[str, ...], str] = {}
    results, jobs = {}, []
    for mutant in mutants:
        names = tuple(sorted({name for name, _ in mutant.places}))
        if names not in known_evidence:
            known_evidence[names] = evidence(names, warehouse, expressions)
        key = digest(known_evidence[names], str(mutant.places), mutant.kind, mutant.change)
        if key in known:
            results[mutant] = known[key]
        else:
            jobs.append((key, mutant))
    if not jobs:
        return results
    bar = click.progressbar(length=len(jobs), label="Trying", file=sys.stderr, hidden=not sys.stderr.isatty())
    pool = multiprocessing.get_context("fork").Pool(workers, start, (warehouse, expected_tables(), expressions))
    with pool, bar, log.open("a", encoding="utf-8") as file:
        for done, (key, mutant, status, by) in enumerate(pool.imap_unordered(work, jobs), 1):
            results[mutant] = (status, by)
            file.write(json.dumps({"key": key, "status": status, "by": by, "mutant": str(mutant)}) + "\n")
            file.flush()
            bar.update(1)
            if not sys.stderr.isatty() and done % 100 == 0:
                print(f"{done} of {len(jobs)} tried", flush=True)
    return results


def summary(results: dict[Mutant, tuple[str, str]], listed: set[Mutant]) -> list[str]:
    """A Markdown table: mutants, killed, equivalent, survived and the score per layer and per model."""
    tally: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for mutant, (status, _) in results.items():
        if status != "invalid":
            outcome = "equivalent" if status == "survived" and mutant in listed else status
            for model in ("", mutant.model):
                tally[mutant.layer, model][outcome] += 1
    lines = [
        "| layer | model | mutants | killed | equivalent | survived | score |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for (layer, model), count in sorted(tally.items(), key=lambda item: (LAYERS.index(item[0][0]), item[0][1])):
        name, mark = (f"`{model}`", "") if model else ("all", "**")
        lines.append(
            f"| {mark}{layer}{mark} | {name} | {count.total()} | {count['killed']} | {count['equivalent']} | "
            f"{count['survived']} | {mark}{score(count):.1%}{mark} |"
        )
    return lines


def score(count: Counter[str]) -> float:
    """Killed, of all that are not equivalent; 1 where there are none."""
    return count["killed"] / (count["killed"] + count["survived"]) if count["killed"] + count["survived"] else 1.0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("models", nargs="*", help="models (patterns with *) to change; default: all, and the macros")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: %(default)s)")
    parser.add_argument(
        "--fresh", action="store_true", help="forget what earlier runs have found: after a change of this script"
    )
    parser.add_argument("--write", type=Path, help="Markdown file for the scores of a whole run")
    options = parser.parse_args(arguments)
    folder = PROJECT / "target" / "mutation"
    if options.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    print("Building the sample", flush=True)
    dbt = Dbt(folder)
    build = dbt("build")
    if build.returncode:
        print(build.stdout, file=sys.stderr)
        return 2
    warehouse = Warehouse(dbt.build_file, dbt.target)
    expressions = rendered(folder / "macros")
    every = list_mutants(warehouse, expressions)
    entries = equivalents()
    chosen = [m for m in every if any(fnmatch.fnmatchcase(m.model, p) for p in options.models or ["*"])]
    print(f"{len(chosen)} mutants of {len({mutant.model for mutant in chosen})} models and macros", flush=True)
    faults = run(without_change(warehouse), warehouse, expressions, folder, options.workers)
    if wrong := [f"{mutant.model}: {by}" for mutant, (status, by) in faults.items() if status != "survived"]:
        print("Nothing was tried: models that nobody has changed fail.\n" + "\n".join(wrong), file=sys.stderr)
        return 2
    results = run(chosen, warehouse, expressions, folder, options.workers)

    listed = {mutant for mutant in every if any(matches(entry, mutant) for entry in entries)}
    for entry in entries:
        met = [mutant for mutant in every if matches(entry, mutant)]
        tried = [results[mutant][0] for mutant in met if mutant in results]
        if not met or (len(tried) == len(met) and "survived" not in tried):
            print(f"equivalent_mutants.yml is stale, nothing that survives is: {entry['model']}: {entry['change']}")
    survivors = [(mutant, by) for mutant, (status, by) in results.items() if status == "survived"]
    survivors = [(mutant, by) for mutant, by in survivors if mutant not in listed]
    for mutant, by in survivors:
        print(f"survived: {mutant}\n    differs: {by}")
    lines = summary(results, listed)
    print("\n".join(lines))
    count = Counter(status for mutant, (status, _) in results.items() if status == "killed" or mutant not in listed)
    print(f"{count['killed']} killed, {len(survivors)} survived, {score(count):.1%}; {count['invalid']} were no SQL")
    if options.write and not options.models:
        options.write.write_text(DOCUMENT.format(table="\n".join(lines)), encoding="utf-8")
    return int(score(count) < GOAL)


DOCUMENT = """# How well the tests test

`make mutate` changes the SQL of the models in one place at a time and counts the changes that a test notices
(CONTRIBUTING.md, Tests). A score is killed / (killed + survived); `equivalent` are changes that no data can tell, each
with its reason in `scripts/equivalent_mutants.yml`. This file is written by the command.

{table}
"""


if __name__ == "__main__":
    sys.exit(main())
