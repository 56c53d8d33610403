"""The headline answers, sentence by sentence: every figure read again from the marts and said anew in Python."""

import duckdb
import pytest
from conftest import SECTIONS
from oracle.oracle import questions
from oracle.said import Asked


@pytest.fixture(scope="module", params=["sample", "course", "publication"])
def warehouse(request: pytest.FixtureRequest) -> tuple[Asked, str]:
    """A warehouse and the words its sentences begin with."""
    file = request.getfixturevalue(f"{request.param}_warehouse")
    warehouse = Asked(duckdb.connect(str(file), read_only=True))
    return warehouse, "Synthetic sample: " if request.param == "sample" else ""


@pytest.mark.parametrize("question", questions())
def test_every_figure_of_a_headline_is_in_its_mart(warehouse: tuple[Asked, str], question: str) -> None:
    asked, prefix = warehouse
    [number] = [section.question_number for section in SECTIONS.values() if section.folder == question]
    said = asked.rows(
        f"select headline from marts.mart_headline_answers where question_number = {number} order by headline_order"
    )
    assert [headline for (headline,) in said] == [
        prefix + sentence for sentence in questions()[question].sentences(asked)
    ]


def test_a_headline_names_a_mart_that_exists(warehouse: tuple[Asked, str]) -> None:
    asked, _ = warehouse
    named = asked.rows(
        "select distinct evidence_mart from marts.mart_headline_answers where evidence_mart not in "
        "(select table_name from information_schema.tables where table_schema in ('marts', 'quality'))"
    )
    assert named == []
