{#
    Pearson's r, an aggregate over rows that hold both values and their deviations from the group's means:
    sum(dx dy) / sqrt(sum(dx^2) sum(dy^2)).
    Centring first keeps the precision that the one-pass formula loses.
    Domain: null with fewer than 3 rows, or where a value never changes (its smallest equals its largest).
    The result is kept in -1 to 1.
#}
{% macro pearson_r(x, y, x_deviation, y_deviation) -%}
    case
        when count(*) >= 3 and min({{ x }}) < max({{ x }}) and min({{ y }}) < max({{ y }}) then
            greatest(-1.0e0, least(1.0e0,
                sum({{ x_deviation }} * {{ y_deviation }})
                / (sqrt(sum({{ x_deviation }} * {{ x_deviation }})) * sqrt(sum({{ y_deviation }} * {{ y_deviation }})))
            ))
    end
{%- endmacro %}


{#
    Fisher's interval for Pearson's r, one bound of it: tanh(atanh(r) -/+ z / sqrt(n - 3)).
    Source: R. A. Fisher, Metron 1 (1921) 3-32. Rows must be independent of each other.
    Domain: -1 < r < 1 and n > 3, else null.
    bound: 'lower' or 'upper'.
#}
{% macro fisher_z_bound(r, n, bound) -%}
    case
        when abs({{ r }}) < 1 and {{ n }} > 3 then
            tanh(atanh({{ r }}) {{ '-' if bound == 'lower' else '+' }} {{ z_95() }} / sqrt(cast({{ n }} as double) - 3))
    end
{%- endmacro %}


{#
    An interval for Spearman's rho, one bound of it: Fisher's, with the variance that Bonett and Wright found for ranks,
    tanh(atanh(rho) -/+ z sqrt((1 + rho^2 / 2) / (n - 3))).
    Source: D. G. Bonett and T. A. Wright, Psychometrika 65 (2000) 23-28. Rows must be independent of each other.
    Domain: -1 < rho < 1 and n > 3, else null. The authors advise it for |rho| < 0.95.
    bound: 'lower' or 'upper'.
#}
{% macro spearman_bound(rho, n, bound) -%}
    case
        when abs({{ rho }}) < 1 and {{ n }} > 3 then
            tanh(
                atanh({{ rho }}) {{ '-' if bound == 'lower' else '+' }} {{ z_95() }}
                * sqrt((1 + {{ rho }} * {{ rho }} / 2) / (cast({{ n }} as double) - 3))
            )
    end
{%- endmacro %}


{#
    The rank of a value within its group, 1 = smallest, ties sharing the mean of their ranks: what Spearman's
    rho is Pearson's r of. A window expression.
#}
{% macro average_rank(value, partition) -%}
    (
        rank() over (partition by {{ partition }} order by {{ value }})
        + (count(*) over (partition by {{ partition }}, {{ value }}) - 1) / 2.0e0
    )
{%- endmacro %}


{# A value less its group's mean: what pearson_r sums the products of. A window expression. #}
{% macro deviation_from_mean(value, partition) -%}
    {{ value }} - avg({{ value }}) over (partition by {{ partition }})
{%- endmacro %}
