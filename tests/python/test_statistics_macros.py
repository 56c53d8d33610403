"""Each macro of macros/statistics/ by itself, against statsmodels and scipy, and at the edges of its domain."""

import math
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pytest
from conftest import Dbt
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable, Table, Table2x2
from statsmodels.stats.proportion import proportion_confint

# What each column of the answer is, in the project's own macros.
CALLS = {
    "wilson_lower": ("counts", "wilson_bound('a', '(a + b)', 'lower')"),
    "wilson_upper": ("counts", "wilson_bound('a', '(a + b)', 'upper')"),
    "odds_ratio": ("counts", "odds_ratio('a', 'b', 'c', 'd')"),
    "woolf_lower": ("counts", "woolf_bound('a', 'b', 'c', 'd', 'lower')"),
    "woolf_upper": ("counts", "woolf_bound('a', 'b', 'c', 'd', 'upper')"),
    "expected": ("counts", "expected_count('(a + b)', '(a + c)', '(a + b + c + d)')"),
    "residual": ("counts", "adjusted_residual('a', '(a + b)', '(a + c)', '(a + b + c + d)')"),
    "mantel_haenszel": ("strata", "mantel_haenszel_odds_ratio('a', 'b', 'c', 'd')"),
    "bergsma": ("tables", "bergsma_cramers_v('chi_squared', 'n', 'r', 'c')"),
    "strength": ("effects", "strength('effect')"),
    "fisher_lower": ("correlations", "fisher_z_bound('r', 'n', 'lower')"),
    "fisher_upper": ("correlations", "fisher_z_bound('r', 'n', 'upper')"),
    "spearman_lower": ("correlations", "spearman_bound('r', 'n', 'lower')"),
    "spearman_upper": ("correlations", "spearman_bound('r', 'n', 'upper')"),
    "average_rank": ("ranks", "average_rank('value', 'part, measure, other_measure')"),
    "deviation": ("ranks", "deviation_from_mean('value', 'part, measure, other_measure')"),
    "pearson": ("pairs", "pearson_r('x', 'y', 'x_deviation', 'y_deviation')"),
    "share_error": ("targets", "share_standard_error('target', 'n')"),
    "log_ratio": ("expectations", "log_ratio('observed', 'expected')"),
    "log_ratio_error": ("expectations", "log_ratio_standard_error('expected')"),
    "phi": ("scores", "winsorised_phi('z', 'lower_z', 'upper_z')"),
    "tau_squared": ("units", "tau_squared('max(phi)', 'error')"),
    "random_effects_z": ("differences", "random_effects_z('difference', 'error', 'tau_squared')"),
    "funnel": ("effects", "funnel_position('effect')"),
    "percentile": ("ranks", "percentile_rank('value', 'part, measure, other_measure')"),
}


def render(dbt: Dbt, calls: dict[str, str]) -> dict[str, str]:
    """The SQL that each call of a macro renders to, by the same names."""
    template = "\n".join(f"<{name}>{{{{ {call} }}}}</{name}>" for name, call in calls.items())
    run = dbt("--quiet", "compile", "--inline", template)
    assert run.returncode == 0, run.stdout
    return {name: run.stdout.split(f"<{name}>")[1].split(f"</{name}>")[0] for name in calls}


@pytest.fixture(scope="module")
def expressions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of each call of CALLS, by its name."""
    dbt = Dbt(tmp_path_factory.mktemp("statistics"))
    return render(dbt, {name: call for name, (_, call) in CALLS.items()})


def ask(expressions: dict[str, str], name: str, rows: Sequence[tuple[object, ...]]) -> list[Any]:
    """The values of a call over rows of its table; one value for an aggregate or per row."""
    columns = {
        "counts": "a bigint, b bigint, c bigint, d bigint",
        "strata": "a bigint, b bigint, c bigint, d bigint",
        "tables": "chi_squared double, n bigint, r double, c double",
        "effects": "effect double",
        "correlations": "r double, n bigint",
        "ranks": "part varchar, measure varchar, other_measure varchar, value double",
        "pairs": "x double, y double, x_deviation double, y_deviation double",
        "targets": "target double, n bigint",
        "expectations": "observed bigint, expected double",
        "scores": "z double, lower_z double, upper_z double",
        "units": "phi double, error double",
        "differences": "difference double, error double, tau_squared double",
    }[CALLS[name][0]]
    with duckdb.connect() as connection:
        connection.execute(f"create table cases ({columns})")
        connection.executemany(f"insert into cases values ({', '.join('?' * len(rows[0]))})", rows)
        return [value for (value,) in connection.execute(f"select {expressions[name]} from cases").fetchall()]


Z = stats.norm.ppf(0.975)

COUNTS = [
    (3, 7, 5, 5),
    (1, 999, 20, 980),
    (5, 1, 1, 1),
    (10_378_119, 98_273_004, 6_204_000, 336_600_000),
    (677_755_876, 30_911_233, 379_650_140, 339_650_535),
]


@pytest.mark.parametrize("row", COUNTS, ids=str)
def test_two_by_two_tables_agree_with_statsmodels(expressions: dict[str, str], row: tuple[int, int, int, int]) -> None:
    a, b, c, d = row
    wilson = proportion_confint(a, a + b, method="wilson")
    woolf = Table2x2(np.array([[a, b], [c, d]], dtype=float), shift_zeros=False)
    table = Table(np.array([[a, b], [c, d]], dtype=float), shift_zeros=False)
    for name, expected in {
        "wilson_lower": wilson[0],
        "wilson_upper": wilson[1],
        "odds_ratio": woolf.oddsratio,
        "woolf_lower": woolf.oddsratio_confint()[0],
        "woolf_upper": woolf.oddsratio_confint()[1],
        "expected": table.fittedvalues[0, 0],
        "residual": table.standardized_resids[0, 0],
    }.items():
        assert ask(expressions, name, [row]) == [pytest.approx(expected, rel=1e-9)], name


@pytest.mark.parametrize(
    ("row", "wilson", "odds_ratio"),
    [
        # No event: the interval begins at 0, the ratio is 0.
        ((0, 10, 5, 5), (0.0, proportion_confint(0, 10, method="wilson")[1]), 0.0),
        # Nothing but events: the interval ends at 1, the odds have no denominator.
        ((10, 0, 5, 5), (proportion_confint(10, 10, method="wilson")[0], 1.0), None),
        # No event in the reference group: nothing to compare with.
        ((5, 5, 0, 10), proportion_confint(5, 10, method="wilson"), None),
        # Nothing but events in the reference group: an odds ratio of 0, whose logarithm has no interval.
        ((5, 5, 10, 0), proportion_confint(5, 10, method="wilson"), 0.0),
        # Nothing at all.
        ((0, 0, 5, 5), (None, None), None),
    ],
    ids=["no_event", "only_events", "no_reference_event", "only_reference_events", "empty"],
)
def test_empty_cells_give_0_or_null_as_the_docstrings_say(
    expressions: dict[str, str],
    row: tuple[int, int, int, int],
    wilson: tuple[float | None, float | None],
    odds_ratio: float | None,
) -> None:
    for name, expected in (("wilson_lower", wilson[0]), ("wilson_upper", wilson[1])):
        found = ask(expressions, name, [row])
        assert found == [expected if expected is None else pytest.approx(expected, abs=1e-12)]
    assert ask(expressions, "odds_ratio", [row]) == [odds_ratio]
    for name in ("woolf_lower", "woolf_upper"):
        assert ask(expressions, name, [row]) == [None]


def test_expected_counts_and_residuals_of_an_empty_row_are_0_and_null(expressions: dict[str, str]) -> None:
    assert ask(expressions, "expected", [(0, 0, 3, 4)]) == [0.0]
    assert ask(expressions, "residual", [(0, 0, 3, 4)]) == [None]
    assert ask(expressions, "expected", [(0, 0, 0, 0)]) == [None]
    assert ask(expressions, "residual", [(0, 0, 0, 0)]) == [None]


def test_mantel_haenszel_agrees_with_statsmodels(expressions: dict[str, str]) -> None:
    strata = [(10, 90, 5, 95), (30, 70, 12, 88), (4, 6, 2, 8)]
    tables = [np.array([[a, b], [c, d]], dtype=float) for a, b, c, d in strata]
    expected = StratifiedTable(tables).oddsratio_pooled
    assert ask(expressions, "mantel_haenszel", strata) == [pytest.approx(expected, rel=1e-12)]
    nothing = [(0, 0, 0, 0), (7, 3, None, None), (0, 0, 4, 4)]
    assert ask(expressions, "mantel_haenszel", [*strata, *nothing]) == [pytest.approx(expected, rel=1e-12)]
    assert ask(expressions, "mantel_haenszel", nothing) == [None]
    assert ask(expressions, "mantel_haenszel", [(0, 5, 5, 5)]) == [0.0]


def test_bergsma_agrees_with_a_hand_calculation_and_has_no_bias_below_0(expressions: dict[str, str]) -> None:
    # n 64, chi-squared 16, 2 x 2: phi2 = 0.25 - 1/63, sides 2 - 1/63.
    by_hand = math.sqrt((16 / 64 - 1 / 63) / (1 - 1 / 63))
    cases = [(16.0, 64, 2, 2), (0.0, 64, 2, 2)]
    assert ask(expressions, "bergsma", cases) == [pytest.approx(by_hand, rel=1e-12), 0.0]
    # One row or column, or as many as observations: r~ - 1 = (r - 1)(1 - (r - 1)/(n - 1)) = 0.
    cases = [(16.0, 64, 1, 3), (16.0, 64, 3, 1), (3.0, 3, 3, 2), (3.0, 3, 2, 3), (2.0, 2, 2, 2), (0.0, 1, 1, 1)]
    assert ask(expressions, "bergsma", [*cases, (0.0, 0, 0, 0)]) == [None] * 7


def test_bergsma_corrects_each_side_of_an_oblong_table(expressions: dict[str, str]) -> None:
    # n 101, so n - 1 is 100. 3 x 4: phi2 = 50.5/101 - 2 x 3/100 = 0.44; sides 3 - 4/100 - 1 = 1.96 and 4 - 9/100 - 1.
    by_hand = math.sqrt(0.44 / 1.96)
    assert (
        ask(expressions, "bergsma", [(50.5, 101, 3, 4), (50.5, 101, 4, 3)]) == [pytest.approx(by_hand, rel=1e-12)] * 2
    )
    # Three observations on the diagonal: chi-squared 3, phi2 = 1 - 1/2, sides 2 - 1/2 - 1; the scale ends there.
    assert ask(expressions, "bergsma", [(3.0, 3, 2, 2)]) == [pytest.approx(1.0, rel=1e-12)]


def test_words_of_effect_sizes_change_at_their_limits(expressions: dict[str, str]) -> None:
    effects = [0.0, 0.0999, 0.1, -0.2999, 0.3, 0.4999, -0.5, 1.0, None]
    words = ["negligible", "negligible", "weak", "weak", "moderate", "moderate", "strong", "strong", None]
    assert ask(expressions, "strength", [(effect,) for effect in effects]) == words


def test_fisher_intervals_agree_with_scipy(expressions: dict[str, str]) -> None:
    values = np.random.default_rng(1).normal(size=(2, 42))
    correlation = stats.pearsonr(values[0], values[1] + 0.5 * values[0])
    low, high = correlation.confidence_interval(0.95)
    row = [(float(correlation.statistic), 42)]
    assert ask(expressions, "fisher_lower", row) == [pytest.approx(low, rel=1e-9)]
    assert ask(expressions, "fisher_upper", row) == [pytest.approx(high, rel=1e-9)]
    # Four rows are the fewest: sqrt(n - 3) is 1. atanh(0.5) is ln(3) / 2.
    assert ask(expressions, "fisher_lower", [(0.5, 4)]) == [pytest.approx(math.tanh(math.log(3) / 2 - Z), rel=1e-12)]
    assert ask(expressions, "fisher_upper", [(0.5, 4)]) == [pytest.approx(math.tanh(math.log(3) / 2 + Z), rel=1e-12)]
    for bound in ("fisher_lower", "fisher_upper"):
        assert ask(expressions, bound, [(0.5, 3), (1.0, 42), (-1.0, 42), (None, 42)]) == [None] * 4


def test_intervals_of_rank_correlations_are_wider_than_fishers_by_bonett_and_wright(
    expressions: dict[str, str],
) -> None:
    # atanh(0.5) is ln(3) / 2, sqrt(n - 3) is 1, and the variance 1 + 0.25 / 2.
    for name, sign in (("spearman_lower", -1), ("spearman_upper", 1)):
        bound = math.tanh(math.log(3) / 2 + sign * Z * math.sqrt(1.125))
        assert ask(expressions, name, [(0.5, 4)]) == [pytest.approx(bound, rel=1e-12)]
        # Of no correlation, with 103 rows: 1.96 / 10.
        assert ask(expressions, name, [(0.0, 103)]) == [pytest.approx(math.tanh(sign * Z / 10), rel=1e-12)]
        assert ask(expressions, name, [(0.5, 3), (1.0, 42), (-1.0, 42), (None, 42)]) == [None] * 4


def test_ties_share_the_mean_of_their_ranks(expressions: dict[str, str]) -> None:
    values = [3.0, 1.0, 3.0, 2.0, 3.0]
    found = ask(expressions, "average_rank", [*(("x", "m", "o", value) for value in values), ("y", "m", "o", 3.0)])
    # The 3.0 of y ties with nothing in y.
    assert sorted(found) == sorted([*stats.rankdata(values), 1.0])


# Four groups, each told from the first by one column alone, of one, two and three values.
GROUPS = [("x", "m", "o", 5.0), ("y", "m", "o", 5.0), ("y", "m", "o", 7.0), ("x", "n", "o", 5.0), ("x", "n", "o", 8.0)]
GROUPS += [("x", "m", "p", 5.0), ("x", "m", "p", 5.0), ("x", "m", "p", 2.0)]


def test_groups_have_ranks_and_means_of_their_own(expressions: dict[str, str]) -> None:
    # Ranks: 1; 1, 2; 1, 2; and of 2, 5, 5 the first and twice the mean of the second and third.
    assert sorted(ask(expressions, "average_rank", GROUPS)) == [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.5, 2.5]
    # Means 5, 6, 6.5 and 4.
    assert sorted(ask(expressions, "deviation", GROUPS)) == [-2.0, -1.5, -1.0, 0.0, 1.0, 1.0, 1.0, 1.5]


def test_pearson_agrees_with_scipy_and_is_undefined_without_three_rows_or_any_change(
    expressions: dict[str, str],
) -> None:
    x, y = np.random.default_rng(2).normal(size=(2, 12))
    rows = list(zip(*(map(float, column) for column in (x, y, x - x.mean(), y - y.mean())), strict=True))
    assert ask(expressions, "pearson", rows) == [pytest.approx(stats.pearsonr(x, y).statistic, rel=1e-9)]
    three = [(1.0, 1.0, -1.0, -1.0), (2.0, 3.0, 0.0, 1.0), (3.0, 2.0, 1.0, 0.0)]
    assert ask(expressions, "pearson", three) == [pytest.approx(0.5, rel=1e-12)]
    assert ask(expressions, "pearson", [(1.0, 1.0, -0.5, -0.5), (2.0, 2.0, 0.5, 0.5)]) == [None]
    still = [(1.0, 2.0, 0.0, -1.0), (1.0, 3.0, 0.0, 0.0), (1.0, 4.0, 0.0, 1.0)]
    assert ask(expressions, "pearson", still) == [None]
    assert ask(
        expressions, "pearson", [(y, x, y_deviation, x_deviation) for x, y, x_deviation, y_deviation in still]
    ) == [None]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_last_bit_of_rounding_does_not_carry_pearson_beyond_1(expressions: dict[str, str], sign: float) -> None:
    # The sums are 3, and 3 / (sqrt(3) sqrt(3)) is 1.0000000000000002 in doubles.
    assert 3 / (math.sqrt(3) * math.sqrt(3)) > 1
    rows = [(0.0, 0.0, -1.0, -sign), (1.0, 1.0, 1.0, sign), (2.0, 2.0, 1.0, sign)]
    assert ask(expressions, "pearson", rows) == [sign]


def test_standard_errors_under_the_target_are_those_of_the_binomial_and_of_poisson(expressions: dict[str, str]) -> None:
    targets = [(0.05, 400), (0.5, 1), (0.0, 10), (1.0, 10), (0.5, 0)]
    binomial = [stats.binom(n, target).std() / n if n else None for target, n in targets]
    assert ask(expressions, "share_error", targets) == [
        pytest.approx(error, rel=1e-12) if error is not None else None for error in binomial
    ]
    # Poisson's standard deviation, relative to the mean: the slope of the logarithm there is 1 / mean.
    assert ask(expressions, "log_ratio_error", [(1, 400.0), (1, 0.25), (1, 0.0)]) == [
        pytest.approx(stats.poisson(400).std() / 400, rel=1e-12),
        pytest.approx(stats.poisson(0.25).std() / 0.25, rel=1e-12),
        None,
    ]
    assert ask(expressions, "log_ratio", [(20, 10.0), (10, 20.0), (10, 10.0), (0, 10.0), (10, 0.0)]) == [
        pytest.approx(math.log(2), rel=1e-12),
        pytest.approx(-math.log(2), rel=1e-12),
        0.0,
        None,
        None,
    ]


def scattered(count: int, spread: float) -> tuple[list[float], list[float]]:
    """Differences from a target of units of different sizes, and their standard errors."""
    random = np.random.default_rng(3)
    errors = random.uniform(0.005, 0.05, size=count)
    differences = random.normal(scale=np.sqrt(errors**2 + spread**2))
    return list(map(float, differences)), list(map(float, errors))


@pytest.mark.parametrize("spread", [0.0, 0.03], ids=["chance_alone", "differing_units"])
def test_random_effects_are_those_of_the_definition(expressions: dict[str, str], spread: float) -> None:
    differences, errors = scattered(200, spread)
    z = np.array(differences) / np.array(errors)
    lower, upper = np.quantile(z, [0.1, 0.9])
    phi = float(np.mean(np.clip(z, lower, upper) ** 2))
    found = ask(expressions, "phi", [(float(score), float(lower), float(upper)) for score in z])
    assert found == [pytest.approx(phi, rel=1e-12)]

    weights = 1 / np.array(errors) ** 2
    moments = (200 * phi - 199) / (weights.sum() - (weights**2).sum() / weights.sum())
    tau_squared = max(0.0, float(moments))
    # Units that differ by chance alone have no variance between them, once their extremes are drawn in.
    assert (tau_squared > 0) == (spread > 0)
    assert ask(expressions, "tau_squared", [(phi, error) for error in errors]) == [pytest.approx(tau_squared, rel=1e-9)]

    rows = [(difference, error, tau_squared) for difference, error in zip(differences, errors, strict=True)]
    expected = np.array(differences) / np.sqrt(np.array(errors) ** 2 + tau_squared)
    assert ask(expressions, "random_effects_z", rows) == pytest.approx(list(expected), rel=1e-12)


def test_extremes_count_as_the_percentiles_beyond_which_they_lie(expressions: dict[str, str]) -> None:
    # 4, 1, 0, 4 and 9 for -100, -1, 0, 2 and 100 between -2 and 3; a unit without a score does not count.
    scores = [(-100.0, -2.0, 3.0), (-1.0, -2.0, 3.0), (0.0, -2.0, 3.0), (2.0, -2.0, 3.0), (100.0, -2.0, 3.0)]
    assert ask(expressions, "phi", [*scores, (None, -2.0, 3.0)]) == [pytest.approx(18 / 5, rel=1e-12)]
    assert ask(expressions, "phi", [(None, None, None)]) == [None]


def test_one_unit_or_none_has_no_variance_between(expressions: dict[str, str]) -> None:
    # Two units, weights 4 and 1, phi 3: (2 x 3 - 1) / (5 - 17 / 5).
    two = [(3.0, 0.5), (3.0, 1.0)]
    assert ask(expressions, "tau_squared", [*two, (3.0, None)]) == [pytest.approx(5 / 1.6, rel=1e-12)]
    assert ask(expressions, "tau_squared", [(3.0, 0.5)]) == [0.0]
    assert ask(expressions, "tau_squared", [(None, None)]) == [0.0]
    # Two units that vary less than by chance.
    assert ask(expressions, "tau_squared", [(0.25, 0.5), (0.25, 1.0)]) == [0.0]
    # 3 / sqrt(4^2 + 3^2): a difference of 3 with errors of 4 by chance and 3 between units.
    assert ask(
        expressions, "random_effects_z", [(3.0, 4.0, 9.0), (3.0, 4.0, 0.0), (3.0, 0.0, 0.0), (None, 1.0, 1.0)]
    ) == [pytest.approx(0.6, rel=1e-12), pytest.approx(0.75, rel=1e-12), None, None]


def test_a_funnel_has_two_pairs_of_limits(expressions: dict[str, str]) -> None:
    inner, outer = float(stats.norm.ppf(0.975)), float(stats.norm.ppf(0.999))
    beyond = 1e-9
    cases = {
        0.0: "within",
        inner - beyond: "within",
        inner + beyond: "above 95%",
        outer - beyond: "above 95%",
        outer + beyond: "above 99.8%",
        -inner + beyond: "within",
        -inner - beyond: "below 95%",
        -outer + beyond: "below 95%",
        -outer - beyond: "below 99.8%",
    }
    assert ask(expressions, "funnel", [(z,) for z in [*cases, None]]) == [*cases.values(), None]


def test_percentile_ranks_are_the_means_of_smaller_and_of_no_greater_values(expressions: dict[str, str]) -> None:
    values = [3.0, 1.0, 3.0, 2.0, 3.0]
    found = ask(expressions, "percentile", [*(("x", "m", "o", value) for value in values), ("y", "m", "o", 3.0)])
    expected = [stats.percentileofscore(values, value, kind="mean") / 100 for value in values]
    # One value alone is in the middle.
    assert sorted(found) == pytest.approx(sorted([*expected, 0.5]), rel=1e-12)
