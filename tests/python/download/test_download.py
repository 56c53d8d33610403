"""The download from a served page: which files it finds, where it puts them, and that it fetches nothing twice."""

import ast
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT, make
from fetching.addresses import read_site
from fetching.kinds import PATIENTS as PATIENT_SERIES
from fetching.kinds import read_publications
from publication_files import NEW, csv_of, imported, zip_of
from publication_files import PATIENTS as PATIENTS_LAYOUT
from publication_files import REGIONAL as REGIONAL_LAYOUT
from publisher_releases import NOVEMBER, PATIENT_FILE, REGIONAL, WANTED, Command, releases
from publisher_site import BASE, PATIENTS, SERIES, Site, zip_bytes

DAILY = "/files/21/43F5A6/Appointments_GP_Daily_CSV_Nov_25.zip"
COVERAGE_LAYOUT = f"sub_icb_coverage {NEW}"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    yield from releases(monkeypatch)


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path / "downloads", capsys)


def test_the_newest_release_is_fetched_with_what_the_warehouse_uses_and_no_more(site: Site, command: Command) -> None:
    code, said = command()
    assert code == 0, said
    assert command.names() == sorted(WANTED)
    for path in (REGIONAL, PATIENT_FILE):
        assert (command.november / Path(path).name).read_bytes() == site.things[path].content
    assert site.most_at_once == 1
    # Regional first, as the table of kinds has it; each with its size, before anything is fetched.
    listed = said.partition("Fetching")[0]
    assert [name for name in WANTED if name in listed] == sorted(WANTED, key=listed.index)
    assert f"{len(site.things[REGIONAL].content):,} bytes" in listed
    assert said.endswith(f"Next: make import PUBLICATION={command.november}\n")
    assert [agent for agent in site.agents if "nhs-gp-appointments-warehouse" in agent] == list(site.agents)


def test_the_record_says_what_each_file_is_and_where_it_is_from(site: Site, command: Command) -> None:
    command()
    record = json.loads((command.november / "download.json").read_text(encoding="utf-8"))
    assert record["release"] == "2025-11" and not record["unfinished"]
    assert sorted(record["files"]) == sorted(WANTED)
    said = record["files"]["Appointments_GP_Regional_CSV_Nov_25.zip"]
    content = site.things[REGIONAL].content
    assert said["address"] == site.address + REGIONAL
    assert said["bytes"] == len(content)
    assert said["sha256"] == hashlib.sha256(content).hexdigest()
    assert said["fetched_at"].startswith("20") and said["fetched_at"].endswith("Z")


def test_the_import_takes_the_folder_as_it_is(site: Site, command: Command, tmp_path: Path) -> None:
    """Of the daily files' ZIP it takes the coverage alone, once where the regional ZIP has it too."""
    files = {
        REGIONAL: {"DEVON": csv_of(REGIONAL_LAYOUT), "APPOINTMENTS_GP_COVERAGE": csv_of(COVERAGE_LAYOUT)},
        DAILY: {"MAY_22": b"APPOINTMENT_DATE,APPT_STATUS\n", "APPOINTMENTS_GP_COVERAGE": csv_of(COVERAGE_LAYOUT)},
        PATIENT_FILE: {"gp-reg-pat-prac-quin-age": csv_of(PATIENTS_LAYOUT)},
    }
    site.release(f"{SERIES}/november-2025", {REGIONAL: "Regional", DAILY: "Daily"})
    for path, members in files.items():
        site.things[path].content = zip_of(tmp_path / "served.zip", **members).read_bytes()
    assert command()[0] == 0
    said = imported(tmp_path / "publications", command.november)
    assert all(table in said for table in ("appointments_regional", "sub_icb_coverage", "registered_patients"))
    assert (
        said.partition("Left out:")[2].splitlines()[1].startswith("   Appointments_GP_Daily_CSV_Nov_25.zip:MAY_22.csv:")
    )
    assert "download.json" not in said and "not CSV" not in said


def test_a_second_run_fetches_nothing_and_takes_no_time(site: Site, command: Command) -> None:
    command()
    site.asked.clear()
    begun = time.monotonic()
    code, said = command()
    assert time.monotonic() - begun < 2
    assert code == 0 and not site.fetched()
    assert f"Nothing to fetch: all {len(WANTED)} files in {command.november} are whole and unchanged." in said


@pytest.mark.parametrize("what", ["grew", "same size", "damaged here", "removed here"])
def test_what_changed_is_fetched_again_and_nothing_else(site: Site, command: Command, what: str) -> None:
    command()
    here = command.november / Path(REGIONAL).name
    if what == "grew":
        site.file(REGIONAL, zip_bytes("a.csv", 5000), version="2")
    elif what == "same size":
        site.file(REGIONAL, zip_bytes("b.csv"), version="2")
    elif what == "damaged here":
        here.write_bytes(here.read_bytes()[:-1] + b"x")
    else:
        here.unlink()
    site.asked.clear()
    code, said = command()
    assert code == 0, said
    assert site.fetched() == [here.name]
    assert here.read_bytes() == site.things[REGIONAL].content


def test_a_file_that_a_browser_put_there_is_taken_over(site: Site, command: Command) -> None:
    command.november.mkdir(parents=True)
    (command.november / Path(REGIONAL).name).write_bytes(site.things[REGIONAL].content)
    code, said = command()
    assert code == 0, said
    assert Path(REGIONAL).name not in site.fetched() and len(site.fetched()) == len(WANTED) - 1
    assert Path(REGIONAL).name in (command.november / "download.json").read_text(encoding="utf-8")


def test_what_a_browser_put_there_is_fetched_where_it_is_no_zip(site: Site, command: Command) -> None:
    command.november.mkdir(parents=True)
    (command.november / Path(REGIONAL).name).write_bytes(b"x" * len(site.things[REGIONAL].content))
    assert command()[0] == 0
    assert Path(REGIONAL).name in site.fetched()


def test_without_a_version_another_address_or_time_is_another_file(site: Site, command: Command) -> None:
    site.things[REGIONAL].headers = {"Last-Modified": "Thu, 08 Jan 2026 09:30:00 GMT"}
    command()
    site.things[REGIONAL].headers = {"Last-Modified": "Thu, 15 Jan 2026 09:30:00 GMT"}
    site.asked.clear()
    command()
    assert not site.fetched(), "the ETag is the same"
    site.things[REGIONAL].etag = None
    command()
    assert site.fetched() == [Path(REGIONAL).name]
    moved = REGIONAL.replace("7E", "8F")
    site.things[moved] = site.things[REGIONAL]
    site.release(f"{SERIES}/november-2025", {moved: "Regional, corrected"})
    site.asked.clear()
    command()
    assert site.fetched() == [Path(REGIONAL).name]


def test_a_link_of_the_series_to_another_host_is_no_release(site: Site, command: Command) -> None:
    content = site.things[SERIES].content.decode()
    foreign = (
        f'<a href="https://evil.example{SERIES}/december-2025">December</a><a href="{SERIES}/december-2025/x">x</a>'
    )
    site.things[SERIES].content = content.replace("</main>", f"{foreign}</main>").encode()
    assert command("--list")[1].startswith("2025-11 ")


def test_an_older_release_has_its_own_folder_and_says_what_it_lacks(site: Site, command: Command) -> None:
    code, said = command("--release", "2025-10")
    assert code == 0, said
    # October's page of patients lacks the file, and November has no page: the nearest later one is December's.
    assert command.names("2025-10") == ["Appointments_GP_Regional_CSV_Oct_25.zip", "gp-reg-pat-prac-quin-age.zip"]
    assert (
        "The page has no file of durations of appointments, such as Appointments_GP_Actual_Duration_CSV_Oct_25" in said
    )
    assert not command.november.exists()


def test_without_a_page_of_patients_the_rest_is_fetched(site: Site, command: Command) -> None:
    del site.things[PATIENTS]
    code, said = command()
    assert code == 0, said
    assert command.names() == sorted(set(WANTED) - {"gp-reg-pat-prac-quin-age.zip"})
    assert "Patients Registered at a GP Practice has no gp-reg-pat-prac-quin-age.zip" in said


def test_patients_of_an_earlier_month_are_not_taken(site: Site, command: Command) -> None:
    site.series(PATIENTS, "Patients", "october-2025")
    site.release(f"{PATIENTS}/october-2025", {PATIENT_FILE: "Five years of age"})
    code, said = command()
    assert code == 0, said
    assert "no page from November 2025 on has it" in said


def test_a_release_that_is_only_announced_is_passed_over(site: Site, command: Command) -> None:
    site.series(SERIES, "Appointments in General Practice", "november-2025", "december-2025")
    site.release(f"{SERIES}/december-2025", {})
    code, said = command()
    assert code == 0, said
    assert "The page of December 2025 has no files yet." in said and command.names() == sorted(WANTED)


def test_the_list_shows_the_releases_newest_first_and_fetches_nothing(site: Site, command: Command) -> None:
    code, said = command("--list")
    assert code == 0
    assert [line.split()[0] for line in said.splitlines()] == ["2025-11", "2025-10", "2025-09"]
    assert f"November 2025   {site.address}{SERIES}/november-2025" in said
    assert not command.folder.exists()


def test_make_passes_on_what_it_is_given() -> None:
    run = make(PROJECT, "--dry-run", "download", "RELEASE=2025-10", "LIST=1")
    assert "scripts/download.py --list --release '2025-10'" in run.stdout, run.stderr


def test_a_server_that_answers_no_head_and_has_no_versions_is_served_too(site: Site, command: Command) -> None:
    for path in (REGIONAL, PATIENT_FILE):
        site.things[path].answers_head, site.things[path].etag = False, None
    code, said = command()
    assert code == 0, said
    assert "size unknown" in said and command.names() == sorted(WANTED)


def test_a_file_that_the_page_no_longer_has_is_named(site: Site, command: Command) -> None:
    command()
    renamed = REGIONAL.replace(".zip", "_v2.zip")
    site.release(f"{SERIES}/november-2025", {renamed: "Regional, corrected"})
    site.file(renamed, zip_bytes("c.csv"))
    code, said = command()
    assert code == 0, said
    assert f"{command.november / Path(REGIONAL).name} is from an earlier download" in said


def test_the_user_agent_can_be_set(site: Site, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NHS_USER_AGENT", "Mozilla/5.0 (compatible; analyst@trust.example)")
    command("--list")
    assert site.agents == {"Mozilla/5.0 (compatible; analyst@trust.example)"}


def test_by_itself_it_asks_two_hosts_alone_and_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NHS_PUBLICATIONS_URL", raising=False)
    site = read_site()
    assert site.origins == {("https", "digital.nhs.uk", 443), ("https", "files.digital.nhs.uk", 443)}
    assert site.series(PATIENT_SERIES) == f"https://digital.nhs.uk{BASE}/patients-registered-at-a-gp-practice"


# Names as the publisher has spelled them over the years, and names that are nearly one.
SPELLINGS = {
    "Appointments_GP_Regional_CSV_July_2021.zip": "appointments by month and ICB",
    "Actual_Duration_CSV_Oct_25.zip": "durations of appointments",
    "Appointments_GP_Categories_CSV_2024_South_Oct_25.zip": "national categories",
    "APPOINTMENTS GP DAILY CSV Nov 25.zip": "the coverage of practices, with counts by day",
    "Practice_Level_Crosstab_Nov_25_1.zip": "appointments by practice",
    "PCN_GRANULAR.zip": "appointments in PCNs' own systems",
    "gp-reg-pat-prac-quin-age.zip": "registered patients by age and sex",
    "Appointments_GP_Regional_Summary_Nov_25.xlsx": None,
    "National_Overview.csv": None,
    "gp-reg-pat-prac-quin-age-male.csv": None,
    "Interregional_CSV.zip": None,
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_file_is_known_by_its_name(name: str) -> None:
    kinds = [kind for publication in read_publications().values() for kind in publication.kinds]
    assert [kind.what for kind in kinds if kind.fits(name)] == ([SPELLINGS[name]] if SPELLINGS[name] else [])


def test_each_kind_knows_its_own_example() -> None:
    for publication in read_publications().values():
        for kind in publication.kinds:
            assert kind.fits(kind.name_in("2025-11")), kind.what
    assert len(WANTED) == sum(len(publication.kinds) for publication in read_publications().values())
    assert len(NOVEMBER) == len(WANTED) + 2


def imports_of(file: Path) -> set[str]:
    """The modules that a script imports, by their full names."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def test_nothing_but_the_download_can_reach_the_network() -> None:
    scripts = PROJECT / "scripts"
    asks = {"httpx", "requests", "aiohttp", "urllib3", "urllib.request", "http.client", "socket", "ftplib"}
    own = {"download.py", "fetching/client.py", "fetching/fetch.py"}
    for file in scripts.rglob("*.py"):
        name, imported = str(file.relative_to(scripts)), imports_of(file)
        if name not in own:
            assert not imported & asks, name
        if not name.startswith(("download.py", "refresh.py", "fetching/")):
            assert not any(module.split(".")[0] in ("fetching", "download", "refresh") for module in imported), name
    assert "httpx" in imports_of(scripts / "fetching" / "client.py"), "this test looks for the wrong name"
