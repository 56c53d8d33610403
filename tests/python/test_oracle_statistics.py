"""The oracle's statistics: that they are what books say.

Expected figures are worked out by hand beside each test, or quoted from the source named there.
"""

import math

import numpy as np
import pandas as pd
import pytest
from oracle import statistics
from oracle.measures import rank_from_most
from oracle.professionals import median_band


@pytest.mark.parametrize(
    ("events", "trials", "lower", "upper"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_of_newcombe_1998_table_1(
    events: int, trials: int, lower: float, upper: float
) -> None:
    low, high = statistics.wilson_interval(pd.Series([events, 0]), pd.Series([trials, 0]))
    assert (round(low[0], 4), round(high[0], 4)) == (lower, upper)
    assert math.isnan(low[1]) and math.isnan(high[1])


def test_woolf_interval_is_that_of_the_aspirin_trial() -> None:
    # Agresti, Categorical Data Analysis: heart attacks of 11,034 on placebo, 11,037 on aspirin.
    assert round(statistics.odds_ratio(189, 10845, 104, 10933), 3) == 1.832
    lower, upper = statistics.woolf_interval(189, 10845, 104, 10933)
    assert (round(lower, 2), round(upper, 2)) == (1.44, 2.33)


@pytest.mark.parametrize("cells", [(0, 5, 5, 5), (5, 0, 5, 5), (5, 5, 0, 5), (5, 5, 5, 0)])
def test_woolf_interval_is_null_where_a_cell_is_0(cells: tuple[int, int, int, int]) -> None:
    assert all(math.isnan(end) for end in statistics.woolf_interval(*cells))


def test_odds_ratio_is_0_without_dna_and_null_where_a_denominator_is_0() -> None:
    assert statistics.odds_ratio(0, 5, 5, 5) == 0
    for cells in [(5, 0, 5, 5), (5, 5, 0, 5), (5, 5, 5, 0)]:
        assert math.isnan(statistics.odds_ratio(*cells))


def test_pooled_odds_ratio_is_that_of_the_berkeley_admissions() -> None:
    # R's mantelhaen.test(UCBAdmissions) gives a common odds ratio of 0.9046968: men admitted and
    # rejected, women admitted and rejected, in six departments.
    departments = [
        [[512, 313], [89, 19]],
        [[353, 207], [17, 8]],
        [[120, 205], [202, 391]],
        [[138, 279], [131, 244]],
        [[53, 138], [94, 299]],
        [[22, 351], [24, 317]],
    ]
    strata = np.array(departments)
    assert round(statistics.mantel_haenszel_odds_ratio(strata), 7) == 0.9046968
    # A stratum with one side only adds nothing, nor does an empty one.
    lone = np.array([[[7, 9], [0, 0]], [[0, 0], [3, 4]], [[0, 0], [0, 0]]])
    with_lone = statistics.mantel_haenszel_odds_ratio(np.concatenate([strata, lone]))
    assert round(with_lone, 7) == 0.9046968


def test_pooled_odds_ratio_is_null_only_where_its_denominator_is_0() -> None:
    assert statistics.mantel_haenszel_odds_ratio(np.array([[[0, 3], [2, 5]]])) == 0
    assert math.isnan(statistics.mantel_haenszel_odds_ratio(np.array([[[3, 2], [0, 5]]])))
    assert math.isnan(statistics.mantel_haenszel_odds_ratio(np.array([[[3, 2], [0, 0]]])))


def test_adjusted_residuals_are_those_of_agresti_party_by_gender() -> None:
    # Agresti, An Introduction to Categorical Data Analysis, 1991 General Social Survey:
    # chi-squared 7.01 on 2 degrees of freedom; residuals 2.29, 0.46, -2.62 for women.
    table = pd.DataFrame([[279, 73, 225], [165, 47, 191]])
    assert round(statistics.chi_squared(table), 2) == 7.01
    assert statistics.degrees_of_freedom(table) == 2
    residuals = statistics.adjusted_residuals(table)
    assert residuals.round(2).to_numpy().tolist() == [[2.29, 0.46, -2.62], [-2.29, -0.46, 2.62]]
    # 577 women and 444 Democrats among 980: 577 x 444 / 980.
    assert statistics.expected_counts(table).loc[0, 0] == pytest.approx(261.4163265306)


def test_residuals_of_a_single_row_are_null_and_its_expected_counts_its_own() -> None:
    table = pd.DataFrame([[4, 6]])
    assert statistics.adjusted_residuals(table).isna().all(axis=None)
    assert statistics.expected_counts(table).to_numpy().tolist() == [[4, 6]]


def test_bergsma_v_by_hand() -> None:
    # n = 80, chi2 = 80 (30 x 30 - 10 x 10)^2 / 40^4 = 20, phi2 = 20/80 - 1/79, r~ - 1 = 1 - 1/79.
    by_hand = math.sqrt((20 / 80 - 1 / 79) / (1 - 1 / 79))
    assert statistics.bergsma_v(pd.DataFrame([[30, 10], [10, 30]])) == pytest.approx(by_hand)
    assert statistics.bergsma_v(pd.DataFrame([[10, 0], [0, 10]])) == pytest.approx(1)
    assert statistics.bergsma_v(pd.DataFrame([[10, 20], [10, 20]])) == 0


@pytest.mark.parametrize("cells", [[[3, 4]], [[3], [4]], [[1]], [[1, 0], [0, 0]]])
def test_bergsma_v_is_null_where_it_is_not_defined(cells: list[list[int]]) -> None:
    assert math.isnan(statistics.bergsma_v(pd.DataFrame(cells)))


def test_fisher_interval_by_hand() -> None:
    # 28 units with r = 0.5 exactly: atanh(0.5) +- 1.959963984540054 / sqrt(25).
    x = np.tile([1.0, -1.0], 14)
    noise = np.tile([1.0, 1.0, -1.0, -1.0], 7)
    r, lower, upper = statistics.pearson(x, 0.5 * x + math.sqrt(0.75) * noise)
    assert r == pytest.approx(0.5)
    margin = 1.959963984540054 / 5
    assert lower == pytest.approx(math.tanh(math.atanh(0.5) - margin))
    assert upper == pytest.approx(math.tanh(math.atanh(0.5) + margin))


def test_correlations_are_null_for_few_units_or_constants() -> None:
    three, four = np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0, 5.0])
    assert all(math.isnan(value) for value in statistics.pearson(three[:2], three[:2]))
    r, lower, upper = statistics.pearson(three, three[::-1])
    assert not math.isnan(r) and math.isnan(lower) and math.isnan(upper)
    assert math.isnan(statistics.pearson(four, np.full(4, 0.1))[0])
    assert math.isnan(statistics.spearman(np.full(4, 0.1), four))


def test_spearman_gives_ties_their_mean_rank() -> None:
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 x 5).
    rho = statistics.spearman(np.array([1.0, 5.0, 5.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert rho == pytest.approx(4.5 / math.sqrt(4.5 * 5))


@pytest.mark.parametrize(
    ("effect", "word"),
    [
        (0.0, "negligible"),
        (-0.0999, "negligible"),
        (0.1, "weak"),
        (-0.2999, "weak"),
        (0.3, "moderate"),
        (-0.4999, "moderate"),
        (0.5, "strong"),
        (-1.0, "strong"),
        (math.nan, None),
    ],
)
def test_strength_has_its_limits_at_a_tenth_three_tenths_and_a_half(effect: float, word: str | None) -> None:
    assert statistics.strength(effect) == word


def test_ranks_of_ties_are_1_2_2_4() -> None:
    assert rank_from_most(pd.Series([5, 9, 7, 7])).tolist() == [4, 1, 2, 2]


def test_median_band_is_the_first_that_reaches_half_the_known() -> None:
    assert median_band({"Same day": 5, "1 day": 1, "2 to 7 days": 4, "Unknown": 90}) == "Same day"
    assert median_band({"Same day": 4, "1 day": 1, "2 to 7 days": 5}) == "1 day"
    assert median_band({"Unknown": 3}) is None
