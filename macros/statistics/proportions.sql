{# The 97.5th percentile of the standard normal distribution: the z of every 95 % interval here. #}
{% macro z_95() -%} 1.959963984540054e0 {%- endmacro %}


{#
    Wilson's score interval for a proportion, one bound of it.

    (p + z2/2n -/+ z sqrt(p(1 - p)/n + z2/4n2)) / (1 + z2/n), with p = successes / trials, n = trials, z2 = z^2.
    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209-212.
    Domain: 0 <= successes <= trials; null where trials = 0. The result lies in 0-1: where p is 0 the lower
    bound is 0, where p is 1 the upper bound is 1, exactly.
    bound: 'lower' or 'upper'.
#}
{% macro wilson_bound(successes, trials, bound) -%}
    {%- set n = 'cast(' ~ trials ~ ' as double)' -%}
    {%- set p = '(cast(' ~ successes ~ ' as double) / ' ~ n ~ ')' -%}
    {%- set sign, limit, limit_value = ('-', '0', '0.0e0') if bound == 'lower' else ('+', trials, '1.0e0') -%}
    case
        when {{ trials }} = 0 then null
        when {{ successes }} = {{ limit }} then {{ limit_value }}
        else
            (
                {{ p }} + {{ z_95() }} * {{ z_95() }} / (2 * {{ n }})
                {{ sign }} {{ z_95() }} * sqrt(
                    {{ p }} * (1 - {{ p }}) / {{ n }} + {{ z_95() }} * {{ z_95() }} / (4 * {{ n }} * {{ n }})
                )
            ) / (1 + {{ z_95() }} * {{ z_95() }} / {{ n }})
    end
{%- endmacro %}


{#
    Odds ratio of a 2 x 2 table: (a d) / (b c), with a, b = events and non-events of the group, c, d = of the
    reference group.
    Domain: counts of 0 or more; 0 where only the numerator is 0, null where the denominator is 0.
#}
{% macro odds_ratio(a, b, c, d) -%}
    {{ ratio('cast(' ~ a ~ ' as double) * ' ~ d, 'cast(' ~ b ~ ' as double) * ' ~ c) }}
{%- endmacro %}


{#
    Woolf's (logit) interval for an odds ratio, one bound of it:
    exp(ln(ad / bc) -/+ z sqrt(1/a + 1/b + 1/c + 1/d)).
    Source: B. Woolf, Annals of Human Genetics 19 (1955) 251-253.
    Domain: as odds_ratio; null where any of the four cells is 0.
    bound: 'lower' or 'upper'.
#}
{% macro woolf_bound(a, b, c, d, bound) -%}
    case
        when {{ a }} > 0 and {{ b }} > 0 and {{ c }} > 0 and {{ d }} > 0 then
            exp(
                ln(cast({{ a }} as double)) + ln(cast({{ d }} as double))
                - ln(cast({{ b }} as double)) - ln(cast({{ c }} as double))
                {{ '-' if bound == 'lower' else '+' }} {{ z_95() }} * sqrt(
                    1.0e0 / {{ a }} + 1.0e0 / {{ b }} + 1.0e0 / {{ c }} + 1.0e0 / {{ d }}
                )
            )
    end
{%- endmacro %}


{#
    Mantel-Haenszel's odds ratio over strata, an aggregate: sum(a d / n) / sum(b c / n), where n is the
    stratum's total.
    Source: N. Mantel and W. Haenszel, Journal of the National Cancer Institute 22 (1959) 719-748.
    Domain: one row per stratum, counts of 0 or more or null. A stratum that lacks either group (its two
    cells 0 or null) adds 0 to both sums; null where the denominator's sum is 0.
#}
{% macro mantel_haenszel_odds_ratio(a, b, c, d) -%}
    {%- set n = 'nullif(cast(' ~ [a, b, c, d] | join(' + ') ~ ' as double), 0)' -%}
    {{ ratio(
        'sum(cast(' ~ a ~ ' as double) * ' ~ d ~ ' / ' ~ n ~ ')',
        'sum(cast(' ~ b ~ ' as double) * ' ~ c ~ ' / ' ~ n ~ ')'
    ) }}
{%- endmacro %}
