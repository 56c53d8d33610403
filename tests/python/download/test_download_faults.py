"""What may go wrong on the way: each fault ends with a clear word, exit code 2 and no half file under a final name."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import download
import fetching.client
import fetching.fetch
import fetching.run
import pytest
from conftest import PROJECT
from copies import plain_environment
from fetching.addresses import decoded, origin
from publisher_releases import REGIONAL, WANTED, Command, releases
from publisher_site import BASE, CHALLENGE, PATIENTS, SERIES, Site, Thing, serve, zip_bytes

PAGE = f"{SERIES}/november-2025"
NAME = Path(REGIONAL).name


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    yield from releases(monkeypatch)


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path / "downloads", capsys)


def refused(command: Command, *words: str, arguments: tuple[str, ...] = ()) -> str:
    """Run the command, which must say the words, end with 2 and have no regional file, whole or half."""
    code, said = command(*arguments)
    assert code == 2, said
    for word in words:
        assert word in said
    assert "Traceback" not in said and "\x1b" not in said
    assert NAME not in command.names()
    return said


def test_a_release_that_is_not_complete_yet_is_refused(site: Site, command: Command) -> None:
    site.release(PAGE, {"/files/5F/AA0B21/PCN_GRANULAR.csv": "PCN appointments"})
    refused(command, "the release is not complete yet", "no file of appointments by month and ICB", "RELEASE=2025-10")
    assert not command.names()


def test_a_release_that_is_not_there_names_those_that_are(site: Site, command: Command) -> None:
    refused(command, "no release of May 2024", "2025-11, 2025-10, 2025-09", arguments=("--release", "2024-05"))


@pytest.mark.parametrize("month", ["2025-13", "november-2025", "../2025-10"])
def test_a_month_that_is_none_is_refused(site: Site, command: Command, month: str) -> None:
    refused(command, "expected a month as yyyy-mm", arguments=("--release", month))
    assert not site.asked


def test_a_page_in_another_form_is_refused(site: Site, command: Command) -> None:
    site.page(SERIES, "Appointments", "<p>There is nothing here.</p>")
    refused(command, "links to no release", "with a browser")


def test_where_the_site_forbids_it_says_what_to_do_by_hand(
    site: Site, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NHS_USER_AGENT", "python")
    said = refused(command, "status 403", "with a browser", "choose the newest", "PCN_GRANULAR.csv")
    assert f"Open {site.address}{SERIES}, choose the newest release and download:" in said
    assert len(site.asked) == 1 and "yyyy-mm is the release's month" in said


def test_a_challenge_names_the_page_the_files_and_the_folder(site: Site, command: Command) -> None:
    site.things[SERIES] = Thing(CHALLENGE.encode(), "text/html")
    refused(
        command,
        f"Open {site.address}{SERIES}/october-2025 and download:",
        "Appointments_GP_Regional_CSV_Oct_25.zip",
        f"Open {site.address}{PATIENTS}/october-2025 and download:\n      gp-reg-pat-prac-quin-age.zip",
        f"Put them into {command.folder / '2025-10'}.",
        f"make import PUBLICATION={command.folder / '2025-10'}",
        arguments=("--release", "2025-10"),
    )
    assert len(site.asked) == 1, "it was asked again"


@pytest.mark.parametrize("status", [403, 503])
def test_a_challenge_with_any_status_is_not_tried_again(site: Site, command: Command, status: int) -> None:
    site.things[SERIES].faults = [status]
    site.things[SERIES].headers = {"cf-mitigated": "challenge"}
    refused(command, "lets only a browser through")
    assert len(site.asked) == 1 and not command.waits


def test_a_challenge_in_the_middle_names_what_is_still_missing(site: Site, command: Command) -> None:
    site.things["/files/6B/7C8D9E/Appointments_GP_SDS_Role_CSV_Nov_25.zip"].faults = ["challenge"]
    code, said = command()
    assert code == 2
    by_hand = said.partition("Open")[2]
    assert [name for name in WANTED if name in by_hand] == WANTED[4:]
    assert command.names() == sorted(WANTED[:4])


def test_a_challenge_before_the_patients_leaves_the_rest_fetched(site: Site, command: Command) -> None:
    patients = WANTED[-1]
    site.things[PATIENTS] = Thing(CHALLENGE.encode(), "text/html")
    code, said = command()
    assert code == 2 and f"Open {site.address}{PATIENTS} and download:\n      {patients}" in said
    assert command.names() == sorted(WANTED[:-1])
    (command.november / patients).write_bytes(zip_bytes("a.csv"))
    code, said = command()
    assert code == 0 and "stays as it is" in said


def test_a_page_or_file_that_is_not_there_is_named(site: Site, command: Command) -> None:
    del site.things[REGIONAL]
    refused(command, f"{site.address}{REGIONAL}: there is no such page or file (status 404)")
    assert not command.waits
    del site.things[SERIES]
    refused(command, f"{site.address}{SERIES}: there is no such page or file")


def test_a_server_that_fails_twice_and_then_answers_is_asked_again_after_a_while(site: Site, command: Command) -> None:
    site.things[SERIES].faults = [500, 429]
    site.things[SERIES].headers = {"Retry-After": "5"}
    site.things[REGIONAL].faults = [500, 503]
    code, said = command()
    assert code == 0, said
    assert command.waits == [5.0, 8.0, 2.0, 8.0] and "Trying again in 5 seconds." in said


def test_a_server_that_goes_on_failing_is_left_alone(site: Site, command: Command) -> None:
    site.things[SERIES].faults = [500] * 9
    refused(command, "busy or out of order (status 500)")
    assert len(site.asked) == 4 and command.waits == [2.0, 8.0, 30.0]


def test_a_server_that_asks_for_long_patience_is_left_alone_at_once(site: Site, command: Command) -> None:
    site.things[SERIES].faults = [429]
    site.things[SERIES].headers = {"Retry-After": "3600"}
    refused(command, "wait for 3600 seconds")
    assert len(site.asked) == 1 and not command.waits


def test_no_server_at_all_is_a_clear_word(site: Site, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve() as gone:
        monkeypatch.setenv("NHS_PUBLICATIONS_URL", gone.address + BASE)
    refused(command, "the connection failed")


def test_a_connection_that_breaks_goes_on_where_it_was(site: Site, command: Command) -> None:
    site.things[REGIONAL].faults = ["cut", "cut"]
    code, said = command()
    assert code == 0, said
    content = site.things[REGIONAL].content
    half = len(content) // 2
    ranges = [asked for method, path, asked in site.asked if method == "GET" and path == REGIONAL]
    assert ranges == ["", f"bytes={half}-", f"bytes={half + (len(content) - half) // 2}-"]
    assert (command.november / NAME).read_bytes() == content
    assert command.names() == sorted(WANTED), "a part was left"


def test_after_a_break_the_next_run_goes_on(site: Site, command: Command) -> None:
    site.things[REGIONAL].faults = ["cut", 500, 500, 500]
    refused(command, "status 500", "the next run goes on from there")
    assert command.names() == [f"{NAME}.part"]
    site.asked.clear()
    assert command()[0] == 0
    [first, *_] = [asked for method, path, asked in site.asked if method == "GET" and path == REGIONAL]
    assert first == f"bytes={len(site.things[REGIONAL].content) // 2}-"
    assert (command.november / NAME).read_bytes() == site.things[REGIONAL].content


@pytest.mark.parametrize("version", ["2", None])
def test_a_file_that_grew_after_the_break_is_fetched_anew(site: Site, command: Command, version: str | None) -> None:
    site.things[REGIONAL].faults = ["cut", 500, 500, 500]
    refused(command, "status 500")
    site.file(REGIONAL, zip_bytes("a.csv", 9000), version=version or "1")
    code, said = command()
    assert code == 0, said
    assert (command.november / NAME).read_bytes() == site.things[REGIONAL].content
    assert version or "the file is another one than before" in said


def test_a_part_of_unknown_version_is_fetched_anew(site: Site, command: Command) -> None:
    site.things[REGIONAL].etag = None
    site.things[REGIONAL].faults = ["cut"]
    code, said = command()
    assert code == 0, said
    assert {asked for *_, asked in site.asked} == {""}
    assert (command.november / NAME).read_bytes() == site.things[REGIONAL].content


WRONG = {
    "a page": (b"\n<!DOCTYPE html><html><title>Sorry</title></html>", "a web page came where a file should be"),
    "half a ZIP": (zip_bytes("a.csv")[:-30], "no whole ZIP"),
    "no ZIP": (b"a,b\n1,2\n", "no whole ZIP"),
    "nothing": (b"", "the file is empty"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_zip_is_not_kept(site: Site, command: Command, what: str) -> None:
    content, words = WRONG[what]
    site.file(REGIONAL, content)
    refused(command, words, NAME)
    assert not command.names()


def test_a_whole_file_stays_where_the_new_one_is_none(site: Site, command: Command) -> None:
    command()
    before = (command.november / NAME).read_bytes()
    site.file(REGIONAL, WRONG["a page"][0], version="2")
    code, said = command()
    assert code == 2 and "a web page came" in said
    assert (command.november / NAME).read_bytes() == before and f"{NAME}.part" not in command.names()


@pytest.mark.parametrize("of", [SERIES, PAGE, REGIONAL])
def test_a_redirect_to_another_host_is_refused(site: Site, command: Command, of: str) -> None:
    with serve() as other:
        site.things[of].faults = [f"{other.address}{REGIONAL}"]
        refused(command, other.address, "leads elsewhere")
        assert not other.asked


@pytest.mark.parametrize(
    "to", ["http://127.0.0.1:1@evil.example/", "file:///etc/passwd", "//evil.example/x", "", "\\\\x"]
)
def test_a_redirect_to_what_is_no_address_of_the_site_is_refused(site: Site, command: Command, to: str) -> None:
    site.things[SERIES] = Thing(b"", faults=[302], headers={"Location": to} if to else {})
    refused(command, "leads elsewhere" if to else "answers with status 302")


def test_a_redirect_on_the_same_host_is_followed_and_a_circle_is_not(site: Site, command: Command) -> None:
    site.things[PAGE].faults = [f"{PAGE}/"]
    site.things[f"{PAGE}/"] = site.things[PAGE]
    code, said = command()
    assert code == 0, said
    site.things[SERIES].faults = [SERIES] * 20
    code, said = command()
    assert code == 2 and "without end" in said


HOSTILE = [
    "../../../files/7E/90A1B2/Appointments_GP_Regional_CSV_Nov_25.zip",
    "/files/7E/..%2f..%2fAppointments_GP_Regional_CSV_Nov_25.zip",
    "/files/7E/%2e%2e%2f%2e%2e%2fRegional_CSV_Nov_25.zip",
    "/files/7E/%252e%252e%252fRegional_CSV_Nov_25.zip",
    "/files/7E/..%5c..%5cRegional_CSV_Nov_25.zip",
    "/files/7E/C:Appointments_GP_Regional_CSV_Nov_25.zip",
    "/files/7E/%1b]0;Appointments_GP_Regional_CSV_Nov_25.zip",
    "/files/7E/%00_Regional_CSV_Nov_25.zip",
    "/files/7E/.hidden_Regional_CSV_Nov_25.zip",
]


@pytest.mark.parametrize("link", HOSTILE)
def test_a_link_whose_name_could_lead_out_of_the_folder_is_refused(site: Site, command: Command, link: str) -> None:
    site.release(PAGE, {link: "Regional"})
    refused(command, "could lead out of the folder")
    assert not site.fetched() and not command.names()


@pytest.mark.parametrize("host", ["http://evil.example", "//evil.example", "http://user@127.0.0.1", "ftp://127.0.0.1"])
def test_a_link_to_another_host_is_not_followed(site: Site, command: Command, host: str) -> None:
    site.release(PAGE, {f"{host}{REGIONAL}": "Regional"})
    refused(command, "leads elsewhere")
    assert not site.fetched()


def test_two_files_of_one_name_are_refused_and_one_file_twice_is_not(site: Site, command: Command) -> None:
    site.release(PAGE, {REGIONAL: "Regional", f"{REGIONAL}#top": "Again"})
    assert command()[0] == 0
    site.release(PAGE, {REGIONAL: "Regional", REGIONAL.replace("7E", "8F"): "Regional"})
    code, said = command("--release", "2025-11")
    assert code == 2 and "two different files" in said


def test_a_name_too_long_is_refused(site: Site, command: Command) -> None:
    site.release(PAGE, {f"/files/1/{'x' * 150}_Regional_CSV.zip": "Regional"})
    refused(command, "longer than 150 bytes")


def test_a_server_that_sends_less_of_the_rest_is_asked_for_more(site: Site, command: Command) -> None:
    site.things[REGIONAL].faults = ["cut", "less", "less"]
    code, said = command()
    assert code == 0, said
    assert (command.november / NAME).read_bytes() == site.things[REGIONAL].content


def test_a_file_that_says_it_is_too_large_is_not_fetched_and_one_that_says_nothing_is_cut_off(
    site: Site, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching.fetch, "MAX_FILE_BYTES", 5000)
    site.things[REGIONAL].length = 6000
    refused(command, "the file has 6,000 bytes, and at most 5,000 are fetched")
    assert not command.waits
    site.file(REGIONAL, zip_bytes("a.csv", 8000)).length = -1
    refused(command, "size unknown", "at most 5,000 are fetched")


def test_a_file_or_page_larger_than_any_is_refused(
    site: Site, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching.fetch, "MAX_FILE_BYTES", 1000)
    refused(command, "at most 1,000 are fetched")
    assert not command.names()
    monkeypatch.setattr(fetching.client, "MAX_PAGE_BYTES", 100)
    refused(command, "the page is larger than 100 bytes")


@pytest.mark.parametrize(
    "address", ["digital.nhs.uk/publications", "https://user:word@digital.nhs.uk", "file:///x", "http://["]
)
def test_a_base_address_that_is_none_is_refused(
    site: Site, command: Command, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("NHS_PUBLICATIONS_URL", address)
    refused(command, "NHS_PUBLICATIONS_URL: expected an address")


def test_a_record_that_cannot_be_read_is_written_anew(site: Site, command: Command) -> None:
    command()
    for broken in ("{", "[]", '{"files": [1]}'):
        (command.november / "download.json").write_text(broken, encoding="utf-8")
        site.asked.clear()
        code, said = command()
        assert code == 0 and not site.fetched(), said


def test_a_full_disk_leaves_no_half_file_and_the_next_run_goes_on(site: Site, command: Command) -> None:
    """No file of this process may be larger than 8 kB, as if the disk were full."""
    site.file(REGIONAL, zip_bytes("a.csv", 50_000))
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)); import download; "
    run = subprocess.run(
        [sys.executable, "-c", f"{limit}sys.exit(download.main(['--downloads', {str(command.folder)!r}]))"],
        env=plain_environment()
        | {"PYTHONPATH": str(PROJECT / "scripts"), "PYTHONDONTWRITEBYTECODE": "1"}
        | {"NHS_PUBLICATIONS_URL": site.address + BASE, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2, run.stderr
    assert "cannot be written: File too large. Make room" in run.stderr and "Traceback" not in run.stderr
    assert command.names() == [f"{NAME}.part"]
    code, said = command()
    assert code == 0, said
    assert (command.november / NAME).read_bytes() == site.things[REGIONAL].content


def test_whoever_stops_it_can_go_on(site: Site, command: Command) -> None:
    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    site.things[REGIONAL].faults = ["cut"]
    assert download.main(["--downloads", str(command.folder)], stop) == 130
    assert command.names() == [f"{NAME}.part"]
    assert command()[0] == 0


def test_two_downloads_at_once_are_refused(site: Site, command: Command) -> None:
    with fetching.run.only_download(command.folder):
        refused(command, "another download into")


def test_names_are_decoded_however_often_they_were_encoded() -> None:
    assert decoded("%252e%25252e%2f") == "../"
    assert origin("https://digital.nhs.uk:443/x") == origin("https://digital.nhs.uk/x")
    assert origin("https://digital.nhs.uk\\@evil.example/") is None
