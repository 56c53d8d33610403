"""Write, audit, publish: build the warehouse with dbt, test it, and only then put it where its readers look."""

import argparse
import os
import shutil
import sys
import textwrap
from pathlib import Path
from typing import Any

import duckdb
from building import FailedBuild, UnfinishedBuild
from building.inputs import inputs_of, published_already
from building.publish import PUBLISHED_SCHEMAS, WAREHOUSE_FILE, publish, refuse_sample, rollback
from building.run import LOG, only_build, run_dbt
from building.workbooks import convert_workbooks, raw_folder
from database import headline_answers, open_published
from progress import complain, step


def print_answers(warehouse: Path, record: dict[str, Any]) -> None:
    """Print the headline answers, question by question, and where the files are."""
    with open_published(warehouse / WAREHOUSE_FILE) as connection:
        answers = headline_answers(connection)
    width = min(shutil.get_terminal_size().columns, 110)
    for number, question, headlines in answers:
        heading, indent = (f"{number}. {question}", "   ") if number else (question, "")
        print("\n" + textwrap.fill(heading, width, subsequent_indent=indent, break_on_hyphens=False))
        for headline in headlines:
            print(
                textwrap.fill(
                    headline, width, initial_indent="   - ", subsequent_indent="     ", break_on_hyphens=False
                )
            )
    marts = sum(table.startswith("marts.") for table in record["tables"])
    tests = record["tests"]
    print(
        f"\n{tests['passed']} tests passed, {tests['warned']} warned. Published:\n"
        f"   {warehouse / WAREHOUSE_FILE}   every table of {', '.join(PUBLISHED_SCHEMAS)}; open it with any BI tool\n"
        f"   {warehouse / 'parquet'}{os.sep}   {marts} marts, one Parquet file each\n"
        f"   {warehouse / 'build.json'}   what was built, from what; `make rollback` goes back to the build before\n\n"
        "`make answers` shows this as a page with charts and tables, `make docs` describes every table and column.\n"
    )


def time_of(record: dict[str, Any]) -> str:
    """Return when a build was made, in words."""
    return f"{record['built_at'][:16].replace('T', ' ')} UTC"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "command",
        choices=["build", "publish", "rollback"],
        help="build with dbt and publish; publish the last `dbt build`; publish the build before the published one",
    )
    parser.add_argument("--vars", dest="dbt_vars", help="variables for dbt, as YAML")
    parser.add_argument("--target", type=Path, default=Path("target"), help="the folder dbt builds in")
    parser.add_argument("--warehouse", type=Path, default=Path("warehouse"), help="where to publish")
    parser.add_argument(
        "--engine", default="duckdb", help="a target of profiles.yml to build on; nothing is published from another"
    )
    options = parser.parse_args(arguments)
    try:
        with only_build(options.target) as lock:
            if options.command == "rollback":
                record = rollback(options.warehouse)
                print(f"Published again: the build of {time_of(record)}.")
                return 0
            inputs = None
            if options.command == "build":
                elsewhere = options.engine != "duckdb"
                if not elsewhere:
                    refuse_sample(not any(map(os.environ.get, ("NHS_RAW_DIR", "NHS_AS_OF"))), options.warehouse)
                    inputs = inputs_of(options.dbt_vars)
                    published = published_already(inputs, options.target, options.warehouse)
                    if published and os.environ.get("FORCE") != "1":
                        print(
                            f"Nothing to build: the published build, of {time_of(published)}, is of exactly these raw "
                            "tables, this code and these settings. FORCE=1 builds it again."
                        )
                        return 0
                raw_dir = raw_folder()
                workbooks = (
                    convert_workbooks(raw_dir, Path("seeds/raw"), options.target / "workbooks") if raw_dir else {}
                )
                with step(f"Building and testing the warehouse{f' on {options.engine}' if elsewhere else ''}"):
                    run_dbt(options.target, options.dbt_vars, lock, options.engine, workbooks)
                if elsewhere:
                    return 0
            with step("Publishing it"):
                record = publish(options.target / "build.duckdb", options.target, options.warehouse, inputs)
    except FailedBuild as causes:
        complain(
            f"{causes}\nNothing was published: the build failed, and the steps after it were skipped. "
            f"{options.warehouse} is as it was.\nThe full log is {LOG}."
        )
        return 2
    except (UnfinishedBuild, OSError, duckdb.Error) as problem:
        complain(f"Nothing was published: {problem}\n{options.warehouse} is as it was.")
        return 2
    except KeyboardInterrupt:
        complain(f"Nothing was published: the build was stopped by Ctrl-C. {options.warehouse} is as it was.")
        return 130
    print_answers(options.warehouse, record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
