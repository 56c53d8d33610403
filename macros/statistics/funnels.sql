{#
    Funnels with random effects: how far a unit (such as a practice) lies from a target that all units share, measured
    against chance and against how far units usually lie from it.

    Source: D. J. Spiegelhalter, Statistics in Medicine 24 (2005) 1185-1202, and, for the random effect, Quality and
    Safety in Health Care 14 (2005) 347-351. NHS England uses the same limits for its hospital mortality indicator (SHMI).
#}

{# The 99.9th percentile of the standard normal distribution: the z of 99.8 % limits. #}
{% macro z_99_8() -%} 3.090232306167813e0 {%- endmacro %}


{#
    The standard error of a share whose true value is the target: sqrt(t (1 - t) / n), t = target, n = denominator.
    Domain: 0 <= t <= 1; null where n is 0. It is 0 where t is 0 or 1.
#}
{% macro share_standard_error(target, n) -%}
    sqrt({{ ratio(target ~ ' * (1 - ' ~ target ~ ')', n) }})
{%- endmacro %}


{#
    log(observed / expected) for a count and the one that is expected of it.
    Domain: counts of 0 or more; null where either is 0.
#}
{% macro log_ratio(observed, expected) -%}
    ln(nullif({{ ratio(observed, expected) }}, 0))
{%- endmacro %}


{#
    The standard error of log_ratio, for a count whose true value is the expected one: 1 / sqrt(expected), by Poisson's
    variance and the delta method.
    Domain: expected of 0 or more; null where it is 0.
#}
{% macro log_ratio_standard_error(expected) -%}
    {{ ratio('1', 'sqrt(' ~ expected ~ ')') }}
{%- endmacro %}


{#
    phi, how much more z-scores vary than by chance alone, an aggregate: the mean of z squared, after z below the 10th
    percentile has been set to that and z above the 90th to that (winsorised), so that a few extremes do not decide.
    Domain: `lower` and `upper` are the two percentiles of the group, the same in each of its rows. 1 is expected by
    chance. Rows without z are left out; null where no row has one.
#}
{% macro winsorised_phi(z, lower, upper) -%}
    avg(
        case
            when {{ z }} < {{ lower }} then {{ lower }} * {{ lower }}
            when {{ z }} > {{ upper }} then {{ upper }} * {{ upper }}
            else {{ z }} * {{ z }}
        end
    )
{%- endmacro %}


{#
    tau squared, the variance between units beyond chance, by the method of moments, an aggregate:
    max(0, (I phi - (I - 1)) / (sum w - sum w^2 / sum w)), w = 1 / s^2, I = number of units, s = standard error.
    Source: R. DerSimonian and N. Laird, Controlled Clinical Trials 7 (1986) 177-188, with phi in place of Q / I.
    Domain: one row per unit, s above 0; a row without s is left out. 0 where there is one unit or none.
#}
{% macro tau_squared(phi, standard_error) -%}
    {%- set weight = ratio('1', standard_error ~ ' * ' ~ standard_error) -%}
    case
        when count({{ standard_error }}) > 1 then
            greatest(
                0.0e0,
                {{ ratio(
                    '(count(' ~ standard_error ~ ') * ' ~ phi ~ ' - (count(' ~ standard_error ~ ') - 1))',
                    '(sum(' ~ weight ~ ') - sum(' ~ weight ~ ' * ' ~ weight ~ ') / sum(' ~ weight ~ '))'
                ) }}
            )
        else 0.0e0
    end
{%- endmacro %}


{#
    A unit's z-score: (value - target) / sqrt(s^2 + tau^2), s = standard error. A tau^2 of 0 leaves chance alone.
    Domain: null where s and tau^2 are both 0, or any of them is null.
#}
{% macro random_effects_z(difference, standard_error, tau_squared) -%}
    {{ ratio(difference, 'sqrt(' ~ standard_error ~ ' * ' ~ standard_error ~ ' + ' ~ tau_squared ~ ')') }}
{%- endmacro %}


{#
    Where a z-score lies in a funnel: `within` its 95 % limits, `above 95%` or `below 95%`, and beyond the 99.8 % limits
    `above 99.8%` or `below 99.8%`. Null where z is null.
#}
{% macro funnel_position(z) -%}
    case
        when {{ z }} > {{ z_99_8() }} then 'above 99.8%'
        when {{ z }} > {{ z_95() }} then 'above 95%'
        when {{ z }} < -{{ z_99_8() }} then 'below 99.8%'
        when {{ z }} < -{{ z_95() }} then 'below 95%'
        when {{ z }} is not null then 'within'
    end
{%- endmacro %}


{#
    The percentile rank of a value within its group, 0 to 1: the share of the group with a smaller value and half of those
    with the same one, (rank - 1/2) / n with tied ranks averaged. A window expression.
    Domain: one row or more, none of them null. The middle of a group has 0.5, whatever its size.
#}
{% macro percentile_rank(value, partition) -%}
    ({{ average_rank(value, partition) }} - 0.5e0) / count(*) over (partition by {{ partition }})
{%- endmacro %}
