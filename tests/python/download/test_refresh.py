"""From a served page to published answers in one command, and what a second run, a fault and a challenge lead to."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest
import refresh
from conftest import fingerprint, make
from copies import copy_with_environment, plain_environment
from publication_files import NEW, manifest_of, release, zip_of
from publisher_releases import NOVEMBER, REGIONAL, releases
from publisher_site import BASE, PATIENTS, SERIES, Site

DEVON = ("15N", "E38000230", "E54000037")
KENT = ("91Q", "E38000237", "E54000032")
# 371 appointments, 45 of them in October.
CELLS = [
    (*DEVON, "OCT2025", "Attended", 40),
    (*DEVON, "OCT2025", "DNA", 5),
    (*DEVON, "NOV2025", "Attended", 200),
    (*KENT, "NOV2025", "Attended", 120),
    (*KENT, "NOV2025", "DNA", 6),
]
TABLES = {
    "Regional": "appointments_regional",
    "Actual_Duration": "actual_duration",
    "National%20Categories": "national_categories",
    "Daily": "sub_icb_coverage",
}
PATHS = {path.partition("?")[0]: name for path in NOVEMBER for name in TABLES if f"Appointments_GP_{name}_CSV" in path}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_with_environment(tmp_path_factory.mktemp("refresh") / "clone")


def serve_november(site: Site, folder: Path, cells: list[tuple[str, str, str, str, str, int]], *names: str) -> None:
    """Serve the publication of November 2025 that has these cells, or only the files of these names of it."""
    tables = release(folder, NEW, cells)
    for path, name in PATHS.items():
        if not names or name in names:
            table = tables / f"{TABLES[name]}.csv"
            content = zip_of(folder / "served.zip", **{table.stem: table.read_bytes()}).read_bytes()
            site.file(path, content, version=folder.name)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    for site in releases(monkeypatch):
        serve_november(site, tmp_path / "first", CELLS)
        site.release(f"{SERIES}/november-2025", PATHS)
        site.release(f"{PATIENTS}/december-2025", {})
        yield site


def refreshed(clone: Path, site: Site) -> subprocess.CompletedProcess[str]:
    """The script by itself, whose exit codes tell more than those of make."""
    return subprocess.run(
        [sys.executable, "scripts/refresh.py"],
        cwd=clone,
        env=plain_environment() | settings(site),
        capture_output=True,
        text=True,
        check=False,
    )


def settings(site: Site) -> dict[str, str]:
    return {"NHS_PUBLICATIONS_URL": site.address + BASE, "NO_PROXY": "127.0.0.1"}


def test_one_command_goes_from_a_served_page_to_published_answers_and_a_second_does_nothing(
    clone: Path, site: Site, tmp_path: Path
) -> None:
    run = make(clone, "refresh", **settings(site))
    assert run.returncode == 0, run.stdout + run.stderr
    warehouse = clone / "warehouse"
    with duckdb.connect(str(warehouse / "nhs_gp_appointments.duckdb"), read_only=True) as connection:
        found = connection.execute(
            """
            select sum(mart.appointment_count), any_value(profile.releases)
            from marts.mart_demand_by_mode_and_status as mart, quality.quality_raw_profile as profile
            where mart.area_level = 'England' and profile.raw_table = 'appointments_regional'
            """
        ).fetchall()
    assert found == [(371, "2025-10 to 2025-11 from 2025-11")]

    before = fingerprint(warehouse)
    site.asked.clear()
    again = refreshed(clone, site)
    assert again.returncode == 3, again.stdout + again.stderr
    assert "Nothing to build: the published build" in again.stdout
    assert not site.fetched() and fingerprint(warehouse) == before
    # To make, and so to cron, it is no failure that nothing is new.
    assert make(clone, "refresh", **settings(site)).returncode == 0

    # One table has an appointment more, which the others do not know of.
    serve_november(site, tmp_path / "second", [*CELLS[:-1], (*KENT, "NOV2025", "DNA", 7)], "Regional")
    failed = refreshed(clone, site)
    assert failed.returncode == 2, failed.stdout
    assert site.fetched() == [Path(REGIONAL).name]
    assert "categories_vs_all differs in E54000032" in failed.stderr
    assert fingerprint(warehouse) == before


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The folders of raw tables that a build was asked for, in the place of building."""
    folders: list[str | None] = []

    def build(arguments: list[str]) -> int:
        folders.append(os.environ.get("NHS_RAW_DIR"))
        return 0

    monkeypatch.setattr("build.main", build)
    monkeypatch.delenv("NHS_RAW_DIR", raising=False)
    return folders


def run_here(folder: Path) -> int:
    names = ("downloads", "publications", "warehouse")
    return refresh.main([word for name in names for word in (f"--{name}", str(folder / name))], lambda _: None)


def test_what_a_browser_fetched_is_gone_on_with_once(
    site: Site, tmp_path: Path, built: list[str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    site.things[SERIES].faults += ["challenge"] * 9
    assert run_here(tmp_path) == 2 and built == []
    said = capsys.readouterr().err
    assert "Just a moment" not in said and "with a browser" in said and "make refresh" in said

    by_hand = tmp_path / "downloads" / "2025-11"
    by_hand.mkdir(parents=True)
    for path in (path for path, name in PATHS.items() if name != "Regional"):
        (by_hand / unquote(Path(path).name)).write_bytes(site.things[path].content)
    assert run_here(tmp_path) == 2 and built == [], "a release without its regional file is not whole yet"

    (by_hand / Path(REGIONAL).name).write_bytes(site.things[REGIONAL].content)
    run_here(tmp_path)
    assert built == [str(tmp_path / "publications")]
    assert manifest_of(tmp_path / "publications" / "2025-11")["tables"]["appointments_regional"]["appointments"] == 371

    assert run_here(tmp_path) == 2 and len(built) == 1, "it cannot know whether something newer is there"


def test_a_release_that_cannot_be_imported_is_not_built(
    site: Site, tmp_path: Path, built: list[str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    site.file(REGIONAL, zip_of(tmp_path / "x.zip", regional=b"a,b\n1,2\n").read_bytes(), version="other")
    assert run_here(tmp_path) == 2 and built == []
    assert "refresh: " in (said := capsys.readouterr().err) and "Nothing was published." in said


def test_a_release_is_imported_again_when_a_file_of_it_has_changed(
    site: Site, tmp_path: Path, built: list[str | None]
) -> None:
    run_here(tmp_path)
    manifest = tmp_path / "publications" / "2025-11" / "manifest.json"
    first = manifest.stat().st_mtime_ns
    run_here(tmp_path)
    assert manifest.stat().st_mtime_ns == first
    serve_november(site, tmp_path / "second", [*CELLS, (*KENT, "OCT2025", "DNA", 9)])
    run_here(tmp_path)
    assert manifest_of(manifest.parent)["tables"]["appointments_regional"]["appointments"] == 380
    assert len(built) == 3
