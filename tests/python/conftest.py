"""Builds of the warehouse that tests share, each made once, away from the checkout's own target folder."""

import atexit
import csv
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from copies import plain_environment
from database import quote
from dbt_process import DbtProcess, Spark
from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright
from relabel import relabel
from sections import read_sections
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

PROJECT = Path(__file__).resolve().parents[2]
TEST_DATA = Path(os.environ.get("NHS_TEST_DATA", PROJECT.parent / "shared")) / "data"

# As profiles.yml says it.
BUILD_FILE = "{{ flags.PROFILES_DIR or '.' }}/target/build.duckdb"

# Unit tests bring rows of their own: what they find does not depend on the raw tables that are built.
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")

# Nobody reads the log of a test's build, and writing it is a tenth of the build's time.
NO_LOG = {"DBT_LOG_LEVEL_FILE": "none"}


with (PROJECT / "seeds" / "reference" / "questions.csv").open(encoding="utf-8") as questions:
    QUESTIONS_AND_GOAL = {int(row["question_number"]): row["question"] for row in csv.DictReader(questions)}
# The numbers of the questions that the marts answer, without the goal above them, which is 0.
QUESTIONS = [number for number in QUESTIONS_AND_GOAL if number]

# What readers see of each question, by its number.
SECTIONS = read_sections()

# The names of what is written here for readers: marts, and analyses.
MARTS, ANALYSES = (
    sorted(file.stem for file in PROJECT.glob(files)) for files in ("models/marts/**/mart_*.sql", "analyses/*.sql")
)


# Files that take minutes begin first, so that no process is left alone with one at the end.
LONGEST = [
    "test_faults.py",
    "test_spark.py",
    "test_geography.py",
    "test_raw_tables.py",
    "test_seed_materialization.py",
    "test_publish.py",
    "test_spark_cells.py",
    "test_interrupted.py",
    "test_make.py",
    "test_elsewhere.py",
    "test_docs.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, each in its own order."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


class FilesAndSpark(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """Each file's tests in one process, and all that need a Spark session, which takes long to start, in one too."""

    def _split_scope(self, nodeid: str) -> str:
        on_spark = nodeid.endswith("[spark]") or "/test_spark_cells.py::" in nodeid
        return "spark" if on_spark else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FilesAndSpark:
    return FilesAndSpark(config, log)


def skip_or_fail(reason: str) -> None:
    """Skip the test, or fail it where REQUIRE_ALL=1 says that nothing may be missing."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"REQUIRE_ALL=1, but {reason}")
    pytest.skip(reason)


def require_java() -> None:
    """Skip the test (or fail it, see skip_or_fail) where Spark could not start for want of Java."""
    if make(PROJECT, "java").returncode != 0:
        skip_or_fail("Java 17 or later, which Spark needs, is not here")


def fingerprint(folder: Path) -> dict[str, str]:
    """The content of every file below `folder`, as hashes by name, and where every link leads."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make in `folder` with no trace of this environment's own settings; `environment` adds to it."""
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=plain_environment() | NO_LOG | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def spark_table(folder: Path, schema: str, name: str, target_schema: str = "nhs_gp_appointments") -> str:
    """A from-clause item, in DuckDB's SQL, with a table that Spark wrote below `folder`; '' is the target's schema."""
    database = "_".join(filter(None, (target_schema, schema)))
    return f"read_parquet({quote(folder / 'warehouse' / f'{database}.db' / name / '*.parquet')})"


@cache
def dbt_process() -> DbtProcess:
    """The process in whose children this one's builds on DuckDB run; it ends with this one."""
    process = DbtProcess()
    atexit.register(process.close)
    return process


class Dbt:
    """dbt on this project (or another), building into a folder of its own."""

    def __init__(self, folder: Path, project: Path = PROJECT) -> None:
        self.folder = self.runs_in = folder
        self.project = project
        self.is_parsed = project == PROJECT
        self.profiles = Path()
        self.target = folder / "target"
        self.build_file = self.target / "build.duckdb"
        self.target.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / "profiles.yml", folder)

    def process(self) -> DbtProcess:
        return dbt_process()

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run dbt with `arguments`; `environment` adds to a clean one. Output is text, both streams as one."""
        command = [
            *("--no-use-colors", *arguments),
            *("--project-dir", str(self.project), "--profiles-dir", str(self.profiles)),
            *("--target-path", str(self.target), "--log-path", str(self.folder / "logs")),
            *(("--partial-parse-file-path", str(parsed_project())) if self.is_parsed else ()),
        ]
        clean = plain_environment() | NO_LOG
        output = self.folder / "output.txt"
        code = self.process().run(self.runs_in, command, clean | environment, output)
        return subprocess.CompletedProcess(command, code, output.read_text(encoding="utf-8", errors="replace"))


@cache
def parsed_project() -> Path:
    """What dbt has parsed of the project, for every folder that tests build in; dbt looks at what has changed since.

    It holds for runs that name the profile's folder as the one they run in: the path of the database is part of it.
    """
    folder = PROJECT / "target" / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "parse.lock"):
        dbt = Dbt(folder)
        dbt.is_parsed = False
        run = dbt("parse")
        assert run.returncode == 0, run.stdout
    return folder / "target" / "partial_parse.msgpack"


class DbtOnSpark(Dbt):
    """dbt on a project, in the Spark session that tests share and in schemas of its own."""

    def __init__(self, spark: Spark, folder: Path, project: Path = PROJECT) -> None:
        super().__init__(folder, project)
        self.spark = spark
        self.runs_in = spark.folder
        self.is_parsed = False
        self.profiles = folder
        self.schema = spark.new_schema()
        profiles = (PROJECT / "profiles.yml").read_text(encoding="utf-8")
        profiles = profiles.replace("  target: duckdb\n", "  target: spark\n")
        profiles = profiles.replace("schema: nhs_gp_appointments\n", f"schema: {self.schema}\n")
        (folder / "profiles.yml").write_text(profiles, encoding="utf-8")

    def process(self) -> DbtProcess:
        return self.spark

    def spark_table(self, schema: str, name: str) -> str:
        """A from-clause item, in DuckDB's SQL, with a table of this project; '' is the target's schema."""
        return spark_table(self.spark.folder / "target" / "spark", schema, name, self.schema)


def built(folder: Path, raw_dir: Path | None = None, geography: str | None = None) -> None:
    """Build the whole warehouse in `folder`: of the sample with its unit tests, or of the raw tables in `raw_dir`."""
    given = {"NHS_RAW_DIR": str(raw_dir)} if raw_dir else {}
    named = ("--vars", f"{{geography: {geography}}}") if geography else ()
    run = Dbt(folder)("build", *(NO_UNIT_TESTS if raw_dir else ()), *named, **given)
    assert run.returncode == 0, run.stdout


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """A function that returns the folder of this name, filled once, by whichever test process asks for it first.

    Tests run in several processes, each with session fixtures of its own; this is what they share, to read.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent

    def folder_of(name: str, fill: Callable[[Path], object]) -> Path:
        folder, filled = shared / name, shared / f"{name}.filled"
        with FileLock(f"{folder}.lock"):
            if not filled.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                filled.touch()
        return folder

    return folder_of


def build_once(once: Once, name: str, raw_dir: Path | None = None, geography: str | None = None) -> Path:
    """The database of a build that tests share by this name."""
    return once(name, lambda folder: built(folder, raw_dir, geography)) / "target" / "build.duckdb"


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    """A Spark session, for the projects of all tests in this process that ask for one."""
    require_java()
    spark = Spark(tmp_path_factory.mktemp("spark"), PROJECT)
    yield spark
    spark.close()


@pytest.fixture(scope="session")
def sample_warehouse(once: Once) -> Path:
    """The embedded sample, built."""
    return build_once(once, "sample")


@pytest.fixture(scope="session")
def course_raw_dir() -> Path:
    """The real tables of mid-2022, in the course layout; not in the project, so not everywhere."""
    folder = TEST_DATA / "course_2022"
    if not folder.is_dir():
        skip_or_fail(f"the real tables are not in {folder} (NHS_TEST_DATA names another place)")
    return folder


@pytest.fixture(scope="session")
def publication_files() -> Path:
    """The files of the real publication of October 2025; not in the project, so not everywhere."""
    folder = TEST_DATA / "publication_2025_10"
    if not folder.is_dir():
        skip_or_fail(f"the publication of October 2025 is not in {folder} (NHS_TEST_DATA names another place)")
    return folder


def import_publication(folders: list[Path], publications: Path, *arguments: str) -> str:
    """Import all files of the folders; return what was printed."""
    script = str(PROJECT / "scripts" / "import_publication.py")
    command = [sys.executable, script, *map(str, folders), "--publications", str(publications), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


# What goes with the publication of October 2025: the rest of its page, and the publications of patients and workforce.
WITH_THE_PUBLICATION = ("publication_2025_10_more", "patients_2025_11", "pcn_workforce_2025_11")


@pytest.fixture(scope="session")
def publication_raw_dir(once: Once, publication_files: Path) -> Path:
    """The real publication of October 2025 and all that goes with it, imported; what was said is in said.txt beside."""
    folders = [publication_files, *(TEST_DATA / name for name in WITH_THE_PUBLICATION)]
    for folder in folders:
        if not folder.is_dir():
            skip_or_fail(f"what goes with the publication of October 2025 is not in {folder}")

    def fill(folder: Path) -> None:
        (folder / "said.txt").write_text(import_publication(folders, folder), encoding="utf-8")

    return once("publications", fill) / "2025-10"


@pytest.fixture(scope="session")
def relabelled_raw_dir(once: Once, publication_files: Path) -> Path:
    """The publication of October 2025 as April 2026 would have published it, imported."""

    def fill(folder: Path) -> None:
        relabel(publication_files, folder / "files")
        import_publication([folder / "files"], folder, "--release", "2026-04")

    return once("relabelled_publications", fill) / "2026-04"


@pytest.fixture(scope="session")
def publication_warehouse(once: Once, publication_raw_dir: Path) -> Path:
    """The real publication of October 2025, built."""
    return build_once(once, "publication", publication_raw_dir)


@pytest.fixture(scope="session")
def relabelled_warehouse(once: Once, relabelled_raw_dir: Path) -> Path:
    """The publication of October 2025 as April 2026 would have published it, built."""
    return build_once(once, "relabelled", relabelled_raw_dir)


@pytest.fixture(scope="session")
def publication_of_today_warehouse(once: Once, publication_raw_dir: Path) -> Path:
    """The publication of October 2025, built on the ICBs of April 2026."""
    return build_once(once, "publication_of_today", publication_raw_dir, "2026-04")


@pytest.fixture(scope="session")
def course_of_today_warehouse(once: Once, course_raw_dir: Path) -> Path:
    """The tables of mid-2022, built on the ICBs of April 2026."""
    return build_once(once, "course_of_today", course_raw_dir, "2026-04")


@pytest.fixture(scope="session")
def course_warehouse(once: Once, course_raw_dir: Path) -> Path:
    """The real tables of mid-2022, built."""
    return build_once(once, "course", course_raw_dir)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, as the system has it."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        skip_or_fail("Chromium, to open pages in, is not here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched(NamedTuple):
    """A page, all that it asks for and all that it complains of."""

    page: Page
    requests: list[str]
    errors: list[str]


def watched(page: Page) -> Watched:
    """The page and what it asks for and complains of, from now on."""
    seen = Watched(page, [], [])
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda message: seen.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    return seen
