"""What every mart and every question must have, asked of each that there is; a failure says what to add where."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ANALYSES, MARTS, PROJECT, QUESTIONS_AND_GOAL, SECTIONS
from oracle.oracle import MART_KEYS, questions

PREFIX = "nhs_gp_appointments_warehouse"
# Sentences put together from other marts: they belong to no question alone.
UNION = "mart_headline_answers"
ANSWERING = sorted(set(MARTS) - {UNION})


@pytest.fixture(scope="module")
def manifest(sample_warehouse: Path) -> dict[str, Any]:
    """What dbt knows of the project."""
    manifest: dict[str, Any] = json.loads(sample_warehouse.with_name("manifest.json").read_text(encoding="utf-8"))
    return manifest


def model(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    node: dict[str, Any] = manifest["nodes"][f"model.{PREFIX}.{name}"]
    return node


def exposure_of(manifest: dict[str, Any], folder: str) -> dict[str, Any]:
    """The exposure in a folder's own file."""
    file = f"models/marts/{folder}/{folder}.yml"
    found = [e for e in manifest["exposures"].values() if e["original_file_path"] == file]
    assert len(found) == 1, f"{file}: add the question's exposure, like that of models/marts/time/time.yml"
    exposure: dict[str, Any] = found[0]
    return exposure


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_says_how_to_read_it_and_what_to_keep_in_mind(manifest: dict[str, Any], mart: str) -> None:
    node = model(manifest, mart)
    for words in ("\n**How to read it.** ", "\n**Caveats**\n\n- "):
        assert words in node["description"], f"{node['patch_path']}: add {words.strip()!r} to the description"


@pytest.mark.parametrize("mart", ANSWERING)
def test_a_mart_lies_in_the_folder_of_a_question_whose_exposure_names_it(manifest: dict[str, Any], mart: str) -> None:
    node = model(manifest, mart)
    folder = Path(node["original_file_path"]).parent.name
    assert folder != "marts", f"{node['original_file_path']}: move it into the folder of its question"
    exposure = exposure_of(manifest, folder)
    assert node["unique_id"] in exposure["depends_on"]["nodes"], (
        f"{exposure['original_file_path']}: add ref('{mart}') to depends_on"
    )


@pytest.mark.parametrize("mart", ANSWERING)
def test_a_mart_of_appointments_is_asked_to_hold_every_one_of_them(manifest: dict[str, Any], mart: str) -> None:
    node = model(manifest, mart)
    asked = [
        test
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test"
        and test.get("attached_node") == node["unique_id"]
        and test["test_metadata"]["name"] == "holds_every_appointment"
    ]
    if "appointment_count" in node["columns"]:
        assert asked, f"{node['patch_path']}: add the data test holds_every_appointment"


@pytest.mark.parametrize("mart", ANSWERING)
def test_a_mart_has_a_key_in_its_yml_by_which_the_oracle_compares_it(mart: str) -> None:
    assert MART_KEYS.get(mart), f"{mart}.yml: add the constraint primary_key"


@pytest.mark.parametrize("folder", questions())
def test_the_sentences_of_a_question_are_among_the_headline_answers(manifest: dict[str, Any], folder: str) -> None:
    sentences = f"model.{PREFIX}.headlines_{folder}"
    assert sentences in manifest["nodes"], f"add models/marts/{folder}/headlines_{folder}.sql and its .yml"
    assert sentences in model(manifest, "headlines")["depends_on"]["nodes"], (
        f"models/marts/headlines.sql: add '{folder}' to the folders"
    )


def test_sentences_are_published_in_one_mart_alone(manifest: dict[str, Any]) -> None:
    headlines = [n for n in manifest["nodes"].values() if n["name"].startswith("headlines")]
    assert len(headlines) == len(SECTIONS) + 1
    assert {(node["schema"], node["access"]) for node in headlines} == {("headlines", "protected")}


@pytest.mark.parametrize("number", QUESTIONS_AND_GOAL)
def test_a_question_has_a_folder_an_analysis_a_saved_query_and_a_row_in_the_readme(
    manifest: dict[str, Any], number: int
) -> None:
    assert number in SECTIONS, f"question {number} of questions.csv has no folder below models/marts"
    folder = SECTIONS[number].folder
    name = exposure_of(manifest, folder)["name"]
    begin = f"question_{number}_" if number else "goal_"
    assert name.startswith(begin), f"models/marts/{folder}/{folder}.yml: begin the exposure's name with {begin}"
    assert name in ANALYSES, f"add analyses/{name}.sql, which answers the question from the marts"
    if number:
        saved = [query["name"] for query in manifest["saved_queries"].values()]
        assert f"question_{number}" in saved, f"models/marts/{folder}/{folder}.yml: add saved query question_{number}"
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    question = QUESTIONS_AND_GOAL[number]
    assert f" {question} |" in readme, f"README.md, What it answers: add a row for question {number}"
