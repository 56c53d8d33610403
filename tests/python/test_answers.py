"""The answers page, as people use it: from disk, in a browser, without a network; with keyboard, phone and printer."""

import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import answers
import duckdb
import pytest
from conftest import PROJECT, QUESTIONS, SECTIONS, Watched, skip_or_fail, watched
from playwright.sync_api import Browser, Page
from test_publish import copy_build, publish

ICB = "E54000037"  # NHS Devon
ICB_KEY = f"ICB {ICB}"
TABLES = {table.name: table for section in SECTIONS.values() for table in section.tables}


def write_page(warehouse: Path) -> subprocess.CompletedProcess[str]:
    script = str(PROJECT / "scripts" / "answers.py")
    return subprocess.run(
        [sys.executable, script, "--warehouse", str(warehouse)], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def warehouse(sample_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, published, with its page."""
    folder = tmp_path_factory.mktemp("answers")
    assert publish(copy_build(sample_warehouse, folder / "build"), folder / "warehouse").returncode == 0
    run = write_page(folder / "warehouse")
    assert run.returncode == 0, run.stderr
    return folder / "warehouse"


@pytest.fixture(scope="module")
def marts(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(warehouse / "nhs_gp_appointments.duckdb"), read_only=True) as connection:
        yield connection


def opened(page: Page, warehouse: Path, area: str = answers.ENGLAND) -> Watched:
    """Open the page, showing an area by its address."""
    seen = watched(page)
    page.goto((warehouse / "answers.html").as_uri() + "#" + quote(area))
    page.wait_for_selector(f"body[data-area='{area}']")
    return seen


@pytest.fixture
def seen(browser: Browser, warehouse: Path) -> Iterator[Watched]:
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    yield opened(page, warehouse)
    page.close()


@pytest.fixture
def page(seen: Watched) -> Page:
    return seen.page


def pick(page: Page, area: str) -> None:
    page.select_option("#area", area)
    page.wait_for_selector(f"body[data-area='{area}']")


def unfold(page: Page) -> None:
    page.eval_on_selector_all("details", "all => all.forEach(details => { details.open = true })")


def shown(page: Page, table: str) -> list[list[str]]:
    """The cells of a table as they are written."""
    cells: list[list[str]] = page.eval_on_selector_all(
        f"#table-{table} tbody tr", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )
    return cells


def percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}".replace("-", "−")


def test_every_question_and_the_goal_has_a_section_of_tables_of_its_own_marts(sample_warehouse: Path) -> None:
    assert set(SECTIONS) == {0, *QUESTIONS}, "each question has a folder below models/marts with a file of its name"
    manifest = json.loads(sample_warehouse.with_name("manifest.json").read_text(encoding="utf-8"))
    for number, section in SECTIONS.items():
        file = f"models/marts/{section.folder}/{section.folder}.yml"
        assert section.tables, f"{file}: name at least one table for the answers page"
        [exposure] = [e for e in manifest["exposures"].values() if e["original_file_path"] == file]
        answering = {name.split(".")[-1] for name in exposure["depends_on"]["nodes"]}
        shown = {table.mart for table in section.tables}
        assert shown <= answering, f"{file}: name {shown - answering} in depends_on of question {number}"
    assert len(TABLES) == sum(len(section.tables) for section in SECTIONS.values()), "names of tables are their own"


def test_the_picker_changes_the_figures_to_what_the_mart_says(page: Page, marts: duckdb.DuckDBPyConnection) -> None:
    england = shown(page, "lead_times")
    pick(page, ICB_KEY)
    expected = [
        [band, f"{attended:,}", f"{dna:,}", percent(rate)]
        for band, attended, dna, rate in marts.execute(
            "select lead_time_band, attended_count, dna_count, dna_rate from marts.mart_attendance_by_lead_time "
            "where area_code = ? and hcp_type = 'All' order by lead_time_band_order",
            [ICB],
        ).fetchall()
    ]
    assert len(expected) > 5
    assert [row[:4] for row in shown(page, "lead_times")] == expected
    assert [row[:4] for row in england] != expected
    [(name, per_day, dna_rate)] = marts.execute(
        "select area_name, appointments_per_working_day, dna_rate from marts.mart_monthly_demand "
        "where area_code = ? order by appointment_month desc limit 1",
        [ICB],
    ).fetchall()
    assert page.inner_text("[data-card=appointments_per_working_day]") == f"{per_day:,.0f}"
    assert page.inner_text("[data-card=dna_rate]") == percent(dna_rate)
    assert set(page.locator(".area-name").all_inner_texts()) == {name}
    assert page.url.endswith("#" + quote(ICB_KEY))


def test_the_picker_redraws_the_charts(page: Page, marts: duckdb.DuckDBPyConnection) -> None:
    def labels() -> set[str]:
        return set(page.locator("#chart-durations svg text").all_text_contents())

    def expected(area: str) -> set[str]:
        rows = marts.execute(
            "select share_of_known from marts.mart_duration_profile where area_code = ? and duration_band <> 'Unknown'",
            [area],
        ).fetchall()
        return {percent(share) for (share,) in rows}

    assert expected("E92000001") <= labels()
    pick(page, ICB_KEY)
    assert expected(ICB) <= labels()
    assert not expected("E92000001") <= labels()
    assert "NHS Devon" in (page.get_attribute("#chart-durations", "aria-label") or "")


def test_a_mark_says_its_figures_under_the_pointer(page: Page, marts: duckdb.DuckDBPyConnection) -> None:
    pick(page, ICB_KEY)
    page.locator("#chart-lead_times svg .mark-rect path").first.hover()
    [(band, rate, missed)] = marts.execute(
        "select lead_time_band, dna_rate, dna_count from marts.mart_attendance_by_lead_time "
        "where area_code = ? and hcp_type = 'All' order by lead_time_band_order limit 1",
        [ICB],
    ).fetchall()
    text = page.inner_text("#vg-tooltip-element.visible")
    for expected in (band, percent(rate), f"{missed:,}"):
        assert expected in text


def test_the_allocation_chart_marks_the_area_that_is_picked(page: Page, marts: duckdb.DuckDBPyConnection) -> None:
    yellow = "#chart-allocation svg path[fill='#FFB81C']"
    assert page.locator(yellow).count() == 0
    pick(page, ICB_KEY)
    assert page.locator(yellow).count() == 1
    [(region, icbs)] = marts.execute(
        "select region_ons_code, count(*) from marts.mart_resource_allocation where area_level = 'ICB' "
        "and rank_below_england_by_need is not null group by region_ons_code order by count(*) desc limit 1"
    ).fetchall()
    pick(page, f"NHS region {region}")
    assert page.locator(yellow).count() == icbs > 1


@pytest.fixture
def devon(browser: Browser, warehouse: Path) -> Iterator[Page]:
    """The page of NHS Devon, with all its tables unfolded; each time anew, because Chromium stops at ten downloads."""
    page = opened(browser.new_page(), warehouse, ICB_KEY).page
    unfold(page)
    yield page
    page.close()


@pytest.mark.parametrize("table", TABLES)
def test_a_download_is_what_the_mart_says(devon: Page, marts: duckdb.DuckDBPyConnection, table: str) -> None:
    with devon.expect_download() as event:
        devon.click(f"[data-download={table}]")
    rows = list(csv.reader(io.StringIO(event.value.path().read_text(encoding="utf-8"), newline="")))
    columns, cells = rows[0], [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    mart, sql = TABLES[table].mart, TABLES[table].sql
    assert event.value.suggested_filename.startswith(mart)
    of_area = f"area_code = '{ICB}'" if "area_code" in columns else "true"
    [(row_count,)] = marts.execute(f"select count(*) from ({sql}) where {of_area}").fetchall()
    assert len(cells) == row_count > 0
    result = marts.execute(f"select * from marts.{mart} where {of_area}")
    names = [column[0] for column in result.description]
    both = [column for column in columns if column in names]
    assert len(both) >= 3

    def same(downloaded: str, value: object) -> bool:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return downloaded != "" and float(downloaded) == value
        return downloaded == ("" if value is None else str(value))

    mart_rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    for cell in cells:
        assert any(all(same(cell[column], row[column]) for column in both) for row in mart_rows), cell


def test_without_javascript_the_tables_of_england_are_there_as_it_writes_them(
    browser: Browser, warehouse: Path, page: Page
) -> None:
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto((warehouse / "answers.html").as_uri())
    for table in TABLES:
        written = [
            [cell.strip() for cell in row.locator("td").all_text_contents()]
            for row in plain.locator(f"#table-{table} tbody tr").all()
        ]
        assert written == shown(page, table), table
    plain.context.close()


def test_the_keyboard_alone_reaches_and_uses_everything(page: Page) -> None:
    describe = "() => document.activeElement.outerHTML.slice(0, 60)"
    page.keyboard.press("Tab")
    assert "skip" in page.evaluate(describe)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.id") == "area"
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.body.dataset.area.startsWith('NHS region')")
    reached = []
    while True:
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement === document.body"):
            break
        if page.evaluate("() => document.activeElement.tagName === 'SUMMARY'"):
            page.keyboard.press("Enter")
        reached.append(page.evaluate("() => document.activeElement.dataset.download || document.activeElement.id"))
        assert len(reached) < 10 * len(TABLES)
    for table in TABLES:
        assert table in reached
        assert f"table-{table}" in reached


def test_axe_finds_no_serious_violation(page: Page, tmp_path: Path) -> None:
    if not shutil.which("npm"):
        skip_or_fail("npm, to install axe-core with, is not here")
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "axe-core@4.14.1"]
    if subprocess.run(install, cwd=tmp_path, capture_output=True, check=False).returncode != 0:
        skip_or_fail("npm cannot install axe-core here")
    unfold(page)
    page.evaluate((tmp_path / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run()")
    assert len(found["passes"]) > 20
    bad = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [node["html"][:200] for node in v["nodes"][:3]]) for v in bad] == []


@pytest.mark.parametrize("width", [390, 1300])
def test_every_chart_is_drawn_within_a_phone_and_a_desktop(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.reload()
    page.wait_for_selector("body[data-area]")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    for name in TABLES:
        box = page.locator(f"#chart-{name} svg").bounding_box()
        assert box and box["height"] > 100 and 250 < box["width"] <= width, name
        marks = [page.locator(f"#chart-{name} svg .mark-{mark} path").count() for mark in ("rect", "line", "symbol")]
        assert sum(marks) >= 1, name


def test_nothing_is_asked_of_the_network_and_nothing_fails(seen: Watched) -> None:
    pick(seen.page, ICB_KEY)
    assert [url for url in seen.requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert seen.errors == []


def test_it_shows_every_headline_caveat_and_where_the_figures_come_from(
    page: Page, marts: duckdb.DuckDBPyConnection, warehouse: Path
) -> None:
    text = page.text_content("body") or ""
    for question, headline in marts.execute("select question, headline from marts.mart_headline_answers").fetchall():
        assert question in text
        assert headline in text
    assert "Lead time includes patients' own choice, so it is not a wait." in text
    assert "than days times bands, so several tie for first place." in text, "a caveat of two lines, to its end"
    assert "Synthetic sample." in text
    record = json.loads((warehouse / "build.json").read_text(encoding="utf-8"))
    assert record["build_id"] in text
    hashes = [file["sha256"] for raw in record["raw_tables"] for file in raw["files"]]
    assert hashes
    assert all(digest in text for digest in hashes)
    assert str(PROJECT) not in (warehouse / "answers.html").read_text(encoding="utf-8")


def test_a_hostile_name_is_text_on_the_page_and_in_the_download(
    browser: Browser, warehouse: Path, tmp_path: Path
) -> None:
    hostile = "=1+1</script><img src=x onerror=\"document.body.dataset.hacked='yes'\">{{ 7 * 7 }}"
    copied = tmp_path / "warehouse"
    copied.mkdir()
    for name in ("nhs_gp_appointments.duckdb", "build.json"):
        shutil.copy(warehouse / name, copied / name)
    with duckdb.connect(str(copied / "nhs_gp_appointments.duckdb")) as connection:
        for table in ("mart_monthly_demand", "mart_demand_by_mode_and_status"):
            connection.execute(f"update marts.{table} set area_name = ? where area_code = ?", [hostile, ICB])
        connection.execute("update marts.mart_resource_allocation set icb_name = ?", [hostile])
        connection.execute("update marts.mart_headline_answers set headline = ?", [hostile])
    assert write_page(copied).returncode == 0
    page, _, errors = opened(browser.new_page(), copied, ICB_KEY)
    page.locator("#chart-allocation svg .mark-rect path").first.hover(position={"x": 3, "y": 3})
    assert "</script><img" in page.inner_text("#vg-tooltip-element.visible")
    assert page.locator("img").count() == 0
    assert page.evaluate("() => document.body.dataset.hacked") is None
    assert page.locator(".area-name").first.inner_text() == hostile
    assert hostile in {row[0] for row in shown(page, "allocation")}
    assert page.locator(".headlines li").first.inner_text() == hostile
    unfold(page)
    with page.expect_download() as event:
        page.click("[data-download=demand]")
    names = {row["area_name"] for row in csv.DictReader(event.value.path().open(encoding="utf-8", newline=""))}
    assert names == {f"'{hostile}"}
    assert errors == []
    page.close()


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path) -> None:
    run = write_page(tmp_path)
    assert run.returncode == 2
    assert "no warehouse is published there. Run `make build`." in run.stderr
    assert "Traceback" not in run.stderr
