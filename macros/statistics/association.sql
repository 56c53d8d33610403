{#
    Words for an effect size, by its absolute value: negligible < 0.1 <= weak < 0.3 <= moderate < 0.5 <= strong.
    Source: J. Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd ed. (1988), the usual
    limits for r and, with two rows or columns, for Cramer's V.
    Domain: any double; null where it is null.
#}
{% macro strength(effect_size) -%}
    case
        when abs({{ effect_size }}) < 0.1e0 then 'negligible'
        when abs({{ effect_size }}) < 0.3e0 then 'weak'
        when abs({{ effect_size }}) < 0.5e0 then 'moderate'
        when abs({{ effect_size }}) >= 0.5e0 then 'strong'
    end
{%- endmacro %}


{#
    Bergsma's bias-corrected Cramer's V of an r x c table with n observations:
    sqrt(phi2 / min(r~ - 1, c~ - 1)), phi2 = max(0, chi2/n - (r-1)(c-1)/(n-1)), r~ = r - (r-1)^2/(n-1), c~ alike.
    Source: W. Bergsma, Journal of the Korean Statistical Society 42 (2013) 323-328.
    Domain: r and c count rows and columns that aren't empty; null where n < 2 or min(r~ - 1, c~ - 1) <= 0,
    which one row or one column gives, or as many of them as observations. The result is 0 or more.
#}
{% macro bergsma_cramers_v(chi_squared, n, r, c) -%}
    {%- set n_less_1 = 'nullif(cast(' ~ n ~ ' as double) - 1, 0)' -%}
    {%- set smaller_side = 'least('
        ~ r ~ ' - ' ~ '(' ~ r ~ ' - 1) * (' ~ r ~ ' - 1) / ' ~ n_less_1 ~ ' - 1, '
        ~ c ~ ' - ' ~ '(' ~ c ~ ' - 1) * (' ~ c ~ ' - 1) / ' ~ n_less_1 ~ ' - 1)' -%}
    case
        when {{ smaller_side }} > 0 then
            sqrt(
                greatest(
                    0.0e0,
                    {{ chi_squared }} / {{ n }} - ({{ r }} - 1) * ({{ c }} - 1) / {{ n_less_1 }}
                ) / {{ smaller_side }}
            )
    end
{%- endmacro %}


{#
    Haberman's adjusted residual of a cell in a contingency table:
    (O - E) / sqrt(E (1 - row total / n) (1 - column total / n)), E = row total x column total / n.
    Source: S. J. Haberman, Biometrics 29 (1973) 205-220.
    Domain: counts of 0 or more; null where E or either factor is 0 (a single row or column).
#}
{% macro expected_count(row_total, column_total, n) -%}
    {{ ratio('cast(' ~ row_total ~ ' as double) * ' ~ column_total, n) }}
{%- endmacro %}

{% macro adjusted_residual(observed, row_total, column_total, n) -%}
    {%- set expected = expected_count(row_total, column_total, n) -%}
    {{ ratio(
        '(' ~ observed ~ ' - ' ~ expected ~ ')',
        'sqrt(' ~ expected
            ~ ' * ' ~ ratio('(' ~ n ~ ' - ' ~ row_total ~ ')', n)
            ~ ' * ' ~ ratio('(' ~ n ~ ' - ' ~ column_total ~ ')', n) ~ ')'
    ) }}
{%- endmacro %}
