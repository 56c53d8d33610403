"""The site of several releases that tests of the download ask, and the command as a user runs it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import download
import pytest
from publisher_site import BASE, PATIENTS, SERIES, Site, serve, zip_bytes

# Two hexadecimal numbers are in the address of each of the publisher's files, and nothing tells them beforehand.
NOVEMBER = {
    "/files/1A/2B3C4D/NIMS%20Covid%20Vaccine%20counts_Nov_25.csv": "COVID-19 vaccinations",
    "/files/5F/AA0B21/PCN_GRANULAR.csv": "PCN appointments",
    "/files/0C/11D2E3/Practice_Level_Crosstab_Nov_25.zip": "Practice level",
    "/files/7E/90A1B2/Appointments_GP_Regional_CSV_Nov_25.zip": "Regional &amp; ICB",
    "/files/21/43F5A6/Appointments_GP_Daily_CSV_Nov_25.zip?type=csv&amp;v=2": "Daily",
    "/files/33/B7C8D9/Appointments_GP_National%20Categories_CSV_Nov_25.zip": "Categories",
    "/files/9D/E0F1A2/Appointments_GP_Actual_Duration_CSV_Nov_25.zip": "Durations",
    "/files/44/55AA66/National_Overview.csv": "National overview",
    "/files/6B/7C8D9E/Appointments_GP_SDS_Role_CSV_Nov_25.zip": "Roles",
    "/files/AA/BBCCDD/GP_APPT_Publication_November_2025.xlsx": "Summary of regional appointments",
}
WANTED = [
    "Appointments_GP_Regional_CSV_Nov_25.zip",
    "Appointments_GP_Actual_Duration_CSV_Nov_25.zip",
    "Appointments_GP_National Categories_CSV_Nov_25.zip",
    "Appointments_GP_Daily_CSV_Nov_25.zip",
    "Appointments_GP_SDS_Role_CSV_Nov_25.zip",
    "Practice_Level_Crosstab_Nov_25.zip",
    "PCN_GRANULAR.csv",
    "gp-reg-pat-prac-quin-age.zip",
]
REGIONAL = "/files/7E/90A1B2/Appointments_GP_Regional_CSV_Nov_25.zip"
PATIENT_FILE = "/files/0E/59E17A/gp-reg-pat-prac-quin-age.zip"


def releases(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site with the releases of three months, of which November 2025 is the newest and whole."""
    with serve() as site:
        monkeypatch.setenv("NHS_PUBLICATIONS_URL", site.address + BASE)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("NHS_USER_AGENT", raising=False)
        months = ("october-2025", "november-2025", "september-2025")
        site.series(SERIES, "Appointments in General Practice", *months)
        site.series(PATIENTS, "Patients Registered at a GP Practice", "october-2025", "january-2026", "december-2025")
        site.release(f"{SERIES}/november-2025", NOVEMBER)
        october = {"/files/10/ABCDEF/Appointments_GP_Regional_CSV_Oct_25.zip": "Regional"}
        site.release(f"{SERIES}/october-2025", october)
        site.release(f"{PATIENTS}/december-2025", {PATIENT_FILE: "Five years of age"})
        site.release(f"{PATIENTS}/october-2025", {"/files/0F/1/gp-reg-pat-prac-all.zip": "All ages"})
        for path in [*NOVEMBER, *october, PATIENT_FILE]:
            bare = path.partition("?")[0]
            is_zip = bare.endswith(".zip")
            site.file(
                bare, zip_bytes("a.csv") if is_zip else b"a,b\n1,2\n", "application/zip" if is_zip else "text/csv"
            )
        yield site


@dataclass
class Command:
    """The command: each call runs it in a folder, noting its pauses, and returns its exit code and what was said."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    waits: list[float] = field(default_factory=list)

    def __call__(self, *arguments: str) -> tuple[int, str]:
        code = download.main(["--downloads", str(self.folder), *arguments], self.waits.append)
        said = self.capture.readouterr()
        return code, said.out + said.err

    @property
    def november(self) -> Path:
        return self.folder / "2025-11"

    def names(self, release: str = "2025-11") -> list[str]:
        """The names of all files in a release's folder but the record."""
        return sorted(file.name for file in (self.folder / release).glob("*") if file.name != "download.json")
