"""Write the docs site: dbt's own static page, with the answers, the charts and an example query put into it.

dbt renders descriptions as Markdown, so what is added is Markdown: headlines and charts of the published warehouse in
the overview, and on a mart's page its chart and the analysis that reads it. The charts are inside the page, as data
URIs. Beside it dbt-colibri writes the page of column lineage. Both open from disk and ask the network for nothing.
"""

import argparse
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import vl_convert
from charts import draw
from charts.house import Picture
from database import Warehouse, headline_answers
from pages import write_page
from progress import complain, step

# An environment of its own, made by the Makefile.
COLIBRI = Path(sys.prefix) / "lineage" / "bin" / "colibri"
COLUMN_LINEAGE = "column_lineage.html"

# dbt's page draws a link to a table like any other word. It keeps 960 pixels for itself and cuts off what a narrower
# window lacks; without its menu it fits a phone.
STYLE = """<style>
a code { color: inherit }
@media (max-width: 960px) { body, .app { min-width: 0 } .app-menu { display: none } }
</style>"""


class NothingToDocument(Exception):
    """There is no build to describe; the message says what to do."""


def as_text(text: str) -> str:
    """Return text for dbt's page, where it is neither Markdown nor HTML: it may hold a cell of a raw table."""
    return re.sub(r"[^A-Za-z0-9 ]", lambda character: f"&#{ord(character[0])};", text)


def as_image(picture: Picture) -> str:
    """Return a picture as a Markdown image that holds its own SVG."""
    svg = vl_convert.vegalite_to_svg(picture.chart.to_dict())
    data = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    return f"![{as_text(picture.alt_text)}](data:image/svg+xml;base64,{data})"


def mart_link(mart: str) -> str:
    return f"[`{mart}`](#!/model/model.nhs_gp_appointments_warehouse.{mart})"


def marts_of(manifest: dict[str, Any], number: int) -> list[str]:
    """Return the marts that answer a question (0: the goal), as its exposure names them."""
    answering = [e for e in manifest["exposures"].values() if e["config"]["meta"].get("question_number") == number]
    return [name.split(".")[-1] for exposure in answering for name in exposure["depends_on"]["nodes"]]


def answers(manifest: dict[str, Any], warehouse: Warehouse, images: dict[str, str]) -> str:
    """Return the questions as Markdown, each with its headline answers, its charts and links to its marts."""
    sections = []
    for number, question, headlines in headline_answers(warehouse.connection):
        marts = marts_of(manifest, number)
        points = "\n".join(f"- {as_text(headline)}" for headline in headlines)
        pictures = "\n\n".join(images[mart] for mart in images if mart in marts)
        links = ", ".join(map(mart_link, marts))
        heading = f"{number}. {question}" if number else f"The goal: {question}"
        sections.append(f"### {heading}\n\n{points}\n\n{pictures}\n\nFigures: {links}")
    return "\n\n".join(sections)


def example_query(manifest: dict[str, Any], mart: dict[str, Any]) -> str:
    """Return the analysis that reads a mart as Markdown, or a plain query where none does."""
    for node in manifest["nodes"].values():
        if node["resource_type"] == "analysis" and mart["unique_id"] in node["depends_on"]["nodes"]:
            sql = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"marts.\1", node["raw_code"])
            break
    else:
        sql = f"from marts.{mart['name']}\nlimit 10"
    return f"### Example\n\n```sql\n{sql.strip()}\n```"


def lineage_link(mart: dict[str, Any]) -> str:
    return f"[Where each column comes from]({COLUMN_LINEAGE}?model={mart['unique_id']}&parents=1)"


def enrich(manifest: dict[str, Any], warehouse: Warehouse) -> None:
    """Put answers into the overview; chart, example and way to the column lineage into each mart's description."""
    images = {mart: as_image(picture) for mart, picture in draw(warehouse).items()}
    overview = manifest["docs"]["doc.nhs_gp_appointments_warehouse.__overview__"]
    questions = f"## Questions\n\n{answers(manifest, warehouse, images)}\n"
    overview["block_contents"] = re.sub(
        r"## Questions\n.*?(?=\n## )", lambda _: questions, overview["block_contents"], flags=re.DOTALL
    )
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] == "marts":
            parts = [
                node["description"].strip(),
                lineage_link(node),
                images.get(node["name"], ""),
                example_query(manifest, node),
            ]
            node["description"] = "\n\n".join(filter(None, parts))
        # A seed's folder on the machine that built it is no reader's business.
        node.pop("root_path", None)
    # What an exposure says of the answers page is not for this one.
    for exposure in manifest["exposures"].values():
        exposure["config"]["meta"] = exposure["meta"] = {}
    # Nor are the rows of unit tests, which the site does not show: invented figures, and places of other times.
    for relatives in (manifest["parent_map"], manifest["child_map"]):
        for unit_test in manifest["unit_tests"]:
            relatives.pop(unit_test, None)
        for node, ids in relatives.items():
            relatives[node] = [id for id in ids if id not in manifest["unit_tests"]]
    manifest["unit_tests"] = {}


def write_column_lineage(target: Path, output: Path) -> None:
    """Write the page of column lineage from dbt's artifacts in `target`. Raises NothingToDocument where it fails."""
    if not COLIBRI.exists():
        raise NothingToDocument(f"{COLIBRI} is missing. Run `make docs`, which installs it.")
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        run = subprocess.run(
            [
                *(str(COLIBRI), "generate", "--disable-telemetry", "--output-dir", folder),
                *("--manifest", str(target / "manifest.json"), "--catalog", str(target / "catalog.json")),
            ],
            env=os.environ | {"DBT_COLIBRI_NO_VERSION_CHECK": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            raise NothingToDocument(f"dbt-colibri could not write the column lineage:\n{run.stdout}{run.stderr}")
        (Path(folder) / "index.html").replace(output)


def write_docs(target: Path, database: Path, output: Path) -> None:
    """Write the pages from dbt's artifacts in `target` and the published file, or raise NothingToDocument."""
    for file in (target / "build.duckdb", database):
        if not file.exists():
            raise NothingToDocument(f"{file} is missing: there is no build to describe. Run `make build`.")
    dbt = str(Path(sys.executable).with_name("dbt"))
    command = [dbt, "--quiet", "docs", "generate", "--static", "--target-path", str(target)]
    if subprocess.run(command, check=False).returncode != 0:
        raise NothingToDocument("dbt could not generate the docs. What failed is named above.")
    plain = (target / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(plain)
    enrich(manifest, Warehouse(database))
    page = (target / "static_index.html").read_text(encoding="utf-8")
    if plain not in page:
        raise NothingToDocument("dbt's static page does not hold the manifest as it is written beside it.")
    # A tag's end in a text would end the script that holds it.
    page = page.replace(plain, json.dumps(manifest).replace("</", "<\\/")).replace("</body>", f"{STYLE}</body>")
    output.parent.mkdir(parents=True, exist_ok=True)
    write_column_lineage(target, output.with_name(COLUMN_LINEAGE))
    write_page(page, output)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--target", type=Path, default=Path("target"), help="the folder dbt built in")
    parser.add_argument("--warehouse", type=Path, default=Path("warehouse"), help="where the build was published")
    options = parser.parse_args(arguments)
    output = options.warehouse / "docs" / "index.html"
    try:
        with step("Writing the docs site, its charts and the column lineage"):
            write_docs(options.target, options.warehouse / "nhs_gp_appointments.duckdb", output)
    except (NothingToDocument, OSError) as problem:
        complain(f"No docs were written: {problem}")
        return 2
    for page in (output, output.with_name(COLUMN_LINEAGE)):
        print(f"{page}   opens from disk, {page.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
