"""The statistics, from statsmodels and scipy wherever those have them.

Bergsma's corrected V (Bergsma 2013, "A bias-correction for Cramer's V and Tschuprow's T") is in
neither and is written out.
"""

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable, Table, Table2x2
from statsmodels.stats.proportion import proportion_confint


def wilson_interval(events: pd.Series, trials: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The 95 % Wilson interval of events / trials; null where there are no trials."""
    some = trials > 0
    lower, upper = proportion_confint(
        events.where(some, 0).to_numpy(dtype="float64"),
        trials.where(some, 1).to_numpy(dtype="float64"),
        alpha=0.05,
        method="wilson",
    )
    return (
        pd.Series(lower, index=events.index).where(some),
        pd.Series(upper, index=events.index).where(some),
    )


def odds_ratio(dna: float, attended: float, reference_dna: float, reference_attended: float) -> float:
    """(dna / attended) / (reference dna / reference attended); NaN where a denominator is 0."""
    if 0 in (attended, reference_dna, reference_attended):
        return math.nan
    return (dna / attended) / (reference_dna / reference_attended)


def woolf_interval(dna: float, attended: float, reference_dna: float, reference_attended: float) -> tuple[float, float]:
    """The 95 % interval of the odds ratio (Woolf's logit); NaN if any cell is 0."""
    cells = np.array([[dna, attended], [reference_dna, reference_attended]], dtype="float64")
    if (cells == 0).any():
        return math.nan, math.nan
    lower, upper = Table2x2(cells).oddsratio_confint(alpha=0.05)
    return float(lower), float(upper)


def mantel_haenszel_odds_ratio(strata: np.ndarray) -> float:
    """The pooled odds ratio of strata shaped (k, 2, 2).

    Rows are the band and its reference, columns DNA and attended. Strata without any count are
    left out; NaN where the denominator's sum is 0.
    """
    strata = strata[strata.sum(axis=(1, 2)) > 0].astype("float64")
    if not (strata[:, 0, 1] * strata[:, 1, 0]).any():
        return math.nan
    return float(StratifiedTable(list(strata)).oddsratio_pooled)


def chi_squared(table: pd.DataFrame) -> float:
    """Pearson's chi-squared of a table without empty rows or columns, uncorrected; NaN if empty."""
    if table.size == 0:
        return math.nan
    return float(stats.chi2_contingency(table.to_numpy(), correction=False).statistic)


def degrees_of_freedom(table: pd.DataFrame) -> int:
    """(rows - 1) x (columns - 1); 0 for an empty table."""
    row_count, column_count = table.shape
    return max(row_count - 1, 0) * max(column_count - 1, 0)


def bergsma_v(table: pd.DataFrame) -> float:
    """Bergsma's bias-corrected Cramer's V; NaN where it isn't defined."""
    count = int(table.to_numpy().sum())
    if count <= 1:
        return math.nan
    row_count, column_count = table.shape
    corrected_rows = row_count - (row_count - 1) ** 2 / (count - 1)
    corrected_columns = column_count - (column_count - 1) ** 2 / (count - 1)
    smaller = min(corrected_rows - 1, corrected_columns - 1)
    if smaller <= 0:
        return math.nan
    phi_squared = chi_squared(table) / count - degrees_of_freedom(table) / (count - 1)
    return math.sqrt(max(0.0, phi_squared) / smaller)


def expected_counts(table: pd.DataFrame) -> pd.DataFrame:
    """The counts expected if rows and columns were independent."""
    if table.size == 0:
        return table.astype("float64")
    expected = stats.contingency.expected_freq(table.to_numpy())
    return pd.DataFrame(expected, index=table.index, columns=table.columns)


def adjusted_residuals(table: pd.DataFrame) -> pd.DataFrame:
    """Haberman's adjusted residuals; NaN where the variance is 0 (a single row or column)."""
    if min(table.shape) < 2:
        return pd.DataFrame(np.nan, index=table.index, columns=table.columns)
    residuals = Table(table.to_numpy(), shift_zeros=False).standardized_resids
    return pd.DataFrame(residuals, index=table.index, columns=table.columns)


def pearson(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Pearson's r and its 95 % Fisher interval; NaN below 3 (4) units or where one is constant."""
    if len(x) < 3 or is_constant(x) or is_constant(y):
        return math.nan, math.nan, math.nan
    result = stats.pearsonr(x, y)
    if len(x) < 4:
        return float(result.statistic), math.nan, math.nan
    interval = result.confidence_interval(0.95)
    return float(result.statistic), float(interval.low), float(interval.high)


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rho, ties given their mean rank; NaN below 3 units or where one is constant."""
    if len(x) < 3 or is_constant(x) or is_constant(y):
        return math.nan
    return float(stats.spearmanr(x, y).statistic)


def is_constant(values: np.ndarray) -> bool:
    """Whether all values are the same."""
    return bool((values == values[0]).all())


def strength(effect: float) -> str | None:
    """The word for an effect's size: limits 0.1, 0.3 and 0.5 of its absolute value."""
    if math.isnan(effect):
        return None
    for limit, word in ((0.1, "negligible"), (0.3, "weak"), (0.5, "moderate")):
        if abs(effect) < limit:
            return word
    return "strong"


def percentile_ranks(values: pd.Series) -> pd.Series:
    """The share of smaller values and half of the equal ones, 0 to 1."""
    found = stats.percentileofscore(values, values, kind="mean") / 100
    return pd.Series(found, index=values.index)


def funnel_scores(number: pd.Series, size: pd.Series, target: float, is_rate: bool) -> pd.Series:
    """z-scores of number / size around a target, with a random effect, as Spiegelhalter (2005) defines them.

    A rate is compared as log(observed / expected) with Poisson's error, a share as it is with the binomial one. Null if
    a share's target is 0 or 1.
    """
    difference: np.ndarray[Any, np.dtype[np.float64]]
    if is_rate:
        expected = size.to_numpy(dtype="float64") * target
        difference, variance = np.log(number.to_numpy(dtype="float64") / expected), 1 / expected
    else:
        difference = (number / size).to_numpy(dtype="float64") - target
        variance = target * (1 - target) / size.to_numpy(dtype="float64")
    if not (variance > 0).all():
        return pd.Series(np.nan, index=number.index)
    z = difference / np.sqrt(variance)
    phi = float(np.mean(np.clip(z, *np.quantile(z, [0.1, 0.9])) ** 2))
    tau_squared = 0.0
    if len(z) > 1:
        weights = 1 / variance
        moments = (len(z) * phi - (len(z) - 1)) / (weights.sum() - (weights**2).sum() / weights.sum())
        tau_squared = max(0.0, float(moments))
    return pd.Series(difference / np.sqrt(variance + tau_squared), index=number.index)


def funnel_position(z: float) -> str | None:
    """Where a z-score lies among the two pairs of limits."""
    if math.isnan(z):
        return None
    side = "above" if z > 0 else "below"
    for limit, share in ((stats.norm.ppf(0.999), "99.8%"), (stats.norm.ppf(0.975), "95%")):
        if abs(z) > limit:
            return f"{side} {share}"
    return "within"
