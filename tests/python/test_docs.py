"""The docs site, as a reader opens it: from disk, in a browser, without a network."""

import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import charts
import docs_site
import duckdb
import pytest
from conftest import BUILD_FILE, MARTS, PROJECT, QUESTIONS, Watched, watched
from copies import plain_environment
from playwright.sync_api import Browser, Page
from relabel import ended_places
from test_publish import copy_build, publish

# The marts that are drawn: each module of scripts/charts names one.
CHARTED = sorted(question.MART for question in charts.questions())
MART_IDS = [f"model.nhs_gp_appointments_warehouse.{mart}" for mart in MARTS]


def write_docs(folder: Path) -> subprocess.CompletedProcess[str]:
    script = str(PROJECT / "scripts" / "docs_site.py")
    environment = plain_environment() | {"DBT_PROFILES_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, script, "--target", str(folder / "build"), "--warehouse", str(folder / "warehouse")],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(sample_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, published and documented."""
    folder = tmp_path_factory.mktemp("docs")
    assert publish(copy_build(sample_warehouse, folder / "build"), folder / "warehouse").returncode == 0
    profiles = (PROJECT / "profiles.yml").read_text(encoding="utf-8")
    (folder / "profiles.yml").write_text(
        profiles.replace(BUILD_FILE, str(folder / "build" / "build.duckdb")), encoding="utf-8"
    )
    run = write_docs(folder)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.fixture(scope="module")
def manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "build" / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def test_every_model_and_every_column_says_what_it_is(manifest: dict[str, Any]) -> None:
    assert [m["name"] for m in models(manifest) if not m["description"].startswith("One row per ")] == []
    columns = [(m["name"], c) for m in models(manifest) for c in m["columns"].values()]
    assert [(model, column["name"]) for model, column in columns if not column["description"]] == []


def test_no_icb_that_ended_is_named_on_any_page(folder: Path) -> None:
    """The sample is of today. The rows of unit tests, which are of all times, are no reader's business."""
    ended = ended_places()
    pages = {file.name: file.read_text(encoding="utf-8") for file in (folder / "warehouse" / "docs").glob("*.html")}
    assert set(pages) == {"index.html", "column_lineage.html"}
    assert {name: found[0] for name, page in pages.items() if (found := ended.search(page))} == {}


def test_every_model_has_an_owner_and_what_is_published_is_public(manifest: dict[str, Any]) -> None:
    owners = {group["name"]: group["owner"]["name"] for group in manifest["groups"].values()}
    assert [m["name"] for m in models(manifest) if not owners.get(m["group"])] == []
    for model in models(manifest):
        is_published = model["schema"] in ("core", "marts", "quality")
        assert model["access"] == ("public" if is_published else "protected"), model["name"]


@pytest.fixture(scope="module")
def seen(browser: Browser, folder: Path) -> Iterator[Watched]:
    """The docs site in Chromium."""
    seen = watched(browser.new_page(viewport={"width": 1300, "height": 900}))
    seen.page.goto((folder / "warehouse" / "docs" / "index.html").as_uri())
    seen.page.wait_for_selector("text=NHS GP appointments warehouse")
    yield seen
    seen.page.close()


@pytest.fixture(scope="module")
def page(seen: Watched) -> Page:
    return seen.page


def visible_images(page: Page) -> list[str]:
    """The alternative texts of the images that are drawn, with a size of their own."""
    texts: list[str] = page.eval_on_selector_all(
        "img", "images => images.filter(i => i.naturalWidth > 100 && i.clientHeight > 50).map(i => i.alt)"
    )
    return texts


def open_model(page: Page, name: str) -> None:
    page.goto(urljoin(page.url, f"index.html#!/model/model.nhs_gp_appointments_warehouse.{name}"))
    page.reload()
    page.wait_for_selector(f"h1:visible:has-text('{name}')")
    page.wait_for_function("[...document.images].every(image => image.complete)")


def test_the_overview_shows_every_answer_and_every_chart(page: Page, folder: Path) -> None:
    with duckdb.connect(str(folder / "warehouse" / "nhs_gp_appointments.duckdb"), read_only=True) as connection:
        headlines = connection.execute(
            "select question_number, question, headline from marts.mart_headline_answers"
        ).fetchall()
    text = re.sub(r"\s+", " ", page.inner_text("body"))
    assert {number for number, _, _ in headlines} == {0, *QUESTIONS}
    for _, question, headline in headlines:
        assert question in text
        assert headline in text
    assert len(visible_images(page)) == len(CHARTED)
    assert all(visible_images(page)), "every chart has an alternative text"
    assert page.locator("a[href='column_lineage.html']:visible").count() == 1


@pytest.mark.parametrize("mart", CHARTED)
def test_a_mart_shows_its_chart_and_an_example(page: Page, mart: str) -> None:
    open_model(page, mart)
    assert len(visible_images(page)) == 1
    assert f"from marts.{mart}" in page.inner_text("body")


def test_the_search_finds_a_mart(page: Page) -> None:
    open_model(page, "dim_month")
    assert "mart_weekday_demand" not in page.inner_text("body"), "its folder is closed"
    page.fill("input[placeholder*=Search]", "weekday")
    page.wait_for_selector("h1:visible:has-text('search results')")
    assert "mart_weekday_demand" in page.inner_text("body")


def test_the_lineage_opens(page: Page) -> None:
    open_model(page, "mart_top_locations")
    page.click("[title='View Lineage Graph']")
    page.wait_for_selector("canvas:visible")


def test_a_mart_leads_to_where_each_of_its_columns_comes_from(page: Page) -> None:
    open_model(page, "mart_attendance_by_lead_time")
    page.click("a:visible:has-text('Where each column comes from')")
    page.click(".react-flow__node[data-id$=mart_attendance_by_lead_time] >> text='dna_rate'")
    page.wait_for_timeout(1000)  # the nodes move to their places, and a click meanwhile is lost
    page.locator(".react-flow__node[data-id$=int_appointments_by_area] button").first.click()
    edge = "[data-id*='int_appointments_by_area-appointment_status-'][data-id$='mart_attendance_by_lead_time-dna_rate']"
    page.wait_for_selector(f".react-flow__edge{edge}", state="attached")


def test_a_narrow_window_cuts_nothing_off(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_model(page, "mart_top_locations")
    box = page.locator(".app-content").bounding_box()
    assert box and box["width"] == 390
    page.set_viewport_size({"width": 1300, "height": 900})


def test_nothing_is_asked_of_the_network_and_nothing_fails(seen: Watched) -> None:
    """Last, so that what the tests before it opened counts too."""
    assert [url for url in seen.requests if not url.startswith(("file:", "data:", "blob:"))] == []
    # dbt's page names its icons by templates, which the browser tries to open before they are filled in.
    own = ("unique security origins", "ERR_FILE_NOT_FOUND")
    assert [error for error in seen.errors if not any(words in error for words in own)] == []


def test_the_pages_do_not_say_where_they_were_made(folder: Path) -> None:
    docs = folder / "warehouse" / "docs"
    lineage = (docs / "column_lineage.html").read_text(encoding="utf-8")
    data = base64.b64decode(re.findall(r'atob\("([^"]+)"', lineage)[0]).decode("utf-8")
    assert "mart_top_locations" in data
    for text in (lineage, data, (docs / "index.html").read_text(encoding="utf-8")):
        assert str(PROJECT) not in text


def test_a_hostile_name_is_text_in_the_answers_and_in_what_the_search_finds(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    hostile = "<img src=x onerror=\"document.body.dataset.hacked='yes'\">[a](javascript:alert(1)) **b** `c`"
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    database = tmp_path / "warehouse" / "nhs_gp_appointments.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("update marts.mart_top_locations set sub_icb_location_name = ?", [hostile])
        [(count,)] = connection.execute("update marts.mart_headline_answers set headline = ?", [hostile]).fetchall()
    run = write_docs(tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    page = browser.new_page()
    page.goto((tmp_path / "warehouse" / "docs" / "index.html").as_uri())
    page.wait_for_selector("text=NHS GP appointments warehouse")
    assert page.inner_text("body").count(hostile) == count, "the headlines"
    assert any(hostile in text for text in visible_images(page)), "the chart of locations"
    page.fill("input[placeholder*=Search]", "onerror")
    page.wait_for_selector("h1:visible:has-text('search results')")
    assert "mart_top_locations" in page.inner_text("body")
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("() => document.body.dataset.hacked") is None
    page.close()


def test_every_mart_has_an_example_query_that_runs(folder: Path, manifest: dict[str, Any]) -> None:
    with duckdb.connect(str(folder / "warehouse" / "nhs_gp_appointments.duckdb"), read_only=True) as connection:
        for mart in MART_IDS:
            sql = docs_site.example_query(manifest, manifest["nodes"][mart]).split("```")[1].removeprefix("sql\n")
            assert connection.execute(sql).fetchall(), mart


def test_without_a_build_it_says_what_to_do(tmp_path: Path) -> None:
    run = write_docs(tmp_path)
    assert run.returncode == 2
    assert "there is no build to describe. Run `make build`." in run.stderr
    assert "Traceback" not in run.stderr
