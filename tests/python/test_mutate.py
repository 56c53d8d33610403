"""Mutation testing, tested: a handful of dangerous changes to the SQL, and what the command makes of them.

The whole of it, some thousand changes, is `make mutate`.
"""

from pathlib import Path

import duckdb
import mutate
import pytest
import sqlglot
from mutation_trials import Laboratory, Mutant, Warehouse, list_mutants, rendered
from sql_mutations import edits, mutated

Trial = tuple[list[Mutant], Laboratory]

# What has gone wrong with these tables before, or is one slip away: model, kind of change, words of it.
DANGEROUS = {
    "distinct_over_the_raw_facts": ("fct_appointments_monthly", "distinct added", "select distinct"),
    "records_for_appointments": ("fct_appointments_monthly", "function swapped", "SUM(appointment_count)"),
    "rejected_rows_counted": ("fct_appointment_durations_daily", "filter dropped", "rejection_reason"),
    "a_band_left_out": ("mart_demand_by_professional", "boundary shifted", "upper_days <= 7"),
    "records_for_appointments_in_a_mart": ("mart_weekday_demand", "function swapped", "SUM(demand.appointment_count)"),
    "numerator_for_denominator": (
        "mart_monthly_demand",
        "numerator and denominator swapped",
        "CAST(demand.dna_count AS DOUBLE)",
    ),
    "an_area_counted_for_another": (
        "mart_demand_by_category",
        "condition dropped",
        "areas.area_code -> demand.area_level",
    ),
    "locations_without_coverage_lost": ("int_areas", "left and inner swapped", "LEFT JOIN area_patients"),
    "a_month_too_many": ("int_latest_year_by_area", "boundary shifted", "latest_month.month_index"),
    "the_two_spaces_of_a_band": ("stg_nhs__actual_duration", "constant changed", "[ \\t\\r\\n"),
}


@pytest.fixture(scope="module")
def trial(sample_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Every mutant, and the laboratory that tries them."""
    expressions = rendered(tmp_path_factory.mktemp("macros"))
    warehouse = Warehouse(sample_warehouse, sample_warehouse.parent)
    laboratory = Laboratory(warehouse, mutate.expected_tables(), expressions)
    return list_mutants(warehouse, expressions), laboratory


@pytest.mark.parametrize("name", DANGEROUS)
def test_a_dangerous_change_is_noticed(trial: Trial, name: str) -> None:
    mutants, laboratory = trial
    model, kind, words = DANGEROUS[name]
    found = [mutant for mutant in mutants if (mutant.model, mutant.kind) == (model, kind) and words in mutant.change]
    assert found, "no mutant is like that any more: name another"
    for mutant in found:
        status, by = laboratory.try_out(mutant)
        assert status == "killed", f"{mutant} survived: {by}"


def test_a_model_that_nobody_has_changed_survives_and_a_trial_leaves_no_trace(trial: Trial) -> None:
    _, laboratory = trial
    for model in ("fct_appointments_monthly", "int_areas", "mart_headline_answers"):
        assert laboratory.try_out(Mutant("core", model, "-", "nothing", "", ((model, -1),)))[0] == "survived"
        assert not laboratory.differs(model)


def test_a_change_that_no_query_can_be_is_told_from_one_that_a_test_notices(trial: Trial) -> None:
    _, laboratory = trial
    tree = sqlglot.parse_one("with final as (select 1 as no_such_column) select * from final", "duckdb")
    trees = laboratory.warehouse.trees
    model = "dim_icb"
    before, trees[model] = trees[model], tree
    try:
        status, by = laboratory.try_out(Mutant("core", model, "-", "nothing", "", ((model, -1),)))
        assert (status, by) == ("killed", "the contract of dim_icb")
        trees[model] = sqlglot.parse_one("select nowhere.x from (select 1 as y) as here", "duckdb")
        assert laboratory.try_out(Mutant("core", model, "-", "nothing", "", ((model, -1),)))[0] == "invalid"
    finally:
        trees[model] = before


def test_each_change_is_made_alone_and_is_a_query_still() -> None:
    query = (
        "select a, sum(case when b < 2 then c else 0 end) / nullif(count(distinct d), 0) as e, "
        "rank() over (partition by a, f order by g desc) as h "
        "from t inner join u on t.a = u.a and t.f = u.f where i is not null and j in ('x', 'y') group by a, f"
    )
    tree = sqlglot.parse_one(query, "duckdb")
    found = list(edits(tree))
    texts = {f"{edit.kind}: {edit.text}" for edit in found}
    for expected in (
        "boundary shifted: b < 2 -> b <= 2",
        "function swapped: SUM(CASE WHEN b < 2 THEN c ELSE 0 END) -> COUNT(CASE WHEN b < 2 THEN c ELSE 0 END)",
        "condition dropped: t.a = u.a AND t.f = u.f -> t.a = u.a",
        "item of a list dropped: j IN ('x', 'y') -> j IN ('y')",
        "group key dropped: group by f -> (nothing)",
        "order turned: g DESC -> g ASC",
    ):
        assert expected in texts
    changed = [mutated(tree, [number]) for number in range(len(found))]
    assert mutated(tree, [-1]) == sqlglot.parse_one(query, "duckdb").sql("duckdb"), "the query itself stays as it was"
    assert len(set(changed)) == len(changed) and mutated(tree, [-1]) not in changed
    with duckdb.connect() as connection:
        for sql in changed:
            assert connection.extract_statements(sql)


def test_every_change_listed_as_equivalent_is_one_that_can_be_made(trial: Trial) -> None:
    """`make mutate` says more: which of them a test notices after all."""
    mutants, _ = trial
    assert [e for e in mutate.equivalents() if not any(mutate.matches(e, mutant) for mutant in mutants)] == []
