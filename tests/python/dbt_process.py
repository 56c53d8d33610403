"""dbt for tests, many times in one process: loading it takes two seconds and starting Spark half a minute.

Run as a script, this is that process: for each line on its standard input it runs dbt and answers with the exit code.
"""

import gc
import json
import os
import subprocess
import sys
from importlib import import_module
from itertools import count
from pathlib import Path

# Options of a Java machine that lives for minutes: too short for its second compiler to pay.
SHORT_LIVED_JAVA = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"


class DbtProcess:
    """The process, as the tests see it."""

    def __init__(self, on_spark: bool = False) -> None:
        """Start it. On Spark every run is in the process itself, so that all have one session, else each in a child."""
        options = {"JDK_JAVA_OPTIONS": SHORT_LIVED_JAVA} if on_spark else {}
        self.process = subprocess.Popen(
            [sys.executable, __file__, *(["--on-spark"] if on_spark else [])],
            env=os.environ | options,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, folder: Path, arguments: list[str], environment: dict[str, str], output: Path) -> int:
        """Run dbt in `folder`; what it prints goes into the file `output`. Returns its exit code."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps([str(folder), arguments, environment, str(output)]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the process that runs dbt has ended; the last it said is in {output}"
        return int(answer)

    def close(self) -> None:
        """End the process, and Spark with it."""
        self.process.communicate()


class Spark(DbtProcess):
    """A process with one Spark session, whose tables are below `folder`."""

    def __init__(self, folder: Path, project: Path) -> None:
        super().__init__(on_spark=True)
        self.folder = folder
        self.numbers = count(1)
        # What the profile names by a relative path.
        (folder / "macros").symlink_to(project / "macros")

    def new_schema(self) -> str:
        """A name for a project's schema: all projects have one metastore."""
        return f"project_{next(self.numbers)}"


def run_dbt(folder: str, arguments: list[str], environment: dict[str, str], output: str) -> int:
    """Run dbt in this process and return its exit code."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with Path(output).open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    result = import_module("dbt.cli.main").dbtRunner().invoke(arguments)
    if result.exception:
        print(result.exception)
    sys.stdout.flush()
    return 0 if result.success else 2 if result.exception else 1


def serve(on_spark: bool) -> None:
    """Run dbt as often as it is asked for.

    On DuckDB never in this process: dbt's parser leaves threads behind, and a child of a process that has them would
    wait for them for ever.
    """
    for module in ("dbt.cli.main", "dbt.parser.manifest", "dbt.adapters.spark" if on_spark else "dbt.adapters.duckdb"):
        import_module(module)
    with os.fdopen(os.dup(1), "w") as answers:
        for line in sys.stdin:
            request = json.loads(line)
            if on_spark:
                code = run_dbt(*request)
            elif child := os.fork():
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            else:
                # The child ends soon, and looking for what it no longer needs is a tenth of its time.
                gc.disable()
                sys.exit(run_dbt(*request))
            print(code, file=answers, flush=True)


if __name__ == "__main__":
    serve("--on-spark" in sys.argv)
