{%- set rate = 'appointments_per_1000_weighted_patients_per_month' -%}
{%- set shares = [
    'gp_share', 'face_to_face_share', 'same_day_share', 'over_14_days_share', 'dna_rate', 'unmapped_category_share'
] -%}
{%- set measures = [(rate, 'appointment_count', 'need_weighted_patients * month_count')] -%}
{%- for count, share, denominator in practice_measures() if share in shares -%}
{%- do measures.append((share, count, denominator)) -%}
{%- endfor -%}
with

totals as (

    select
        practice_code,
        count(*) as month_count,
        {{ practice_sums() }}
    from {{ ref('int_practice_months') }}
    group by practice_code

),

practices as (

    select
        totals.*,
        practices.practice_name,
        practices.pcn_code,
        practices.sub_icb_location_code,
        practices.icb_ons_code,
        practices.region_ons_code,
        need.patients * need.need_index as need_weighted_patients
    from totals
    inner join {{ ref('dim_practice') }} as practices on totals.practice_code = practices.practice_code
    left join {{ ref('int_need_by_organisation') }} as need
        on totals.practice_code = need.org_code and need.org_level = 'Practice'

),

-- What is divided for each practice and measure. A rate is per 1,000.
cells as (

    {% for measure, numerator, denominator in measures -%}
    select
        practice_code,
        practice_name,
        pcn_code,
        sub_icb_location_code,
        icb_ons_code,
        region_ons_code,
        '{{ measure }}' as measure,
        {{ 'true' if measure == rate else 'false' }} as is_rate,
        {{ '1000.0e0' if measure == rate else '1.0e0' }} as per,
        cast({{ numerator }} as double) as numerator,
        cast({{ denominator }} as double) as denominator
    from practices
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

compared as (

    select
        *,
        {{ ratio('per * numerator', 'denominator') }} as value,
        {{ value_of_peers('measure, pcn_code') }} as pcn_value,
        {{ value_of_peers('measure, sub_icb_location_code') }} as location_value,
        {{ value_of_peers('measure, icb_ons_code') }} as icb_value,
        {{ value_of_peers('measure') }} as england_value
    from cells

),

-- Practices whose denominator is too small to say anything are shown and not ranked.
ranked as (

    select
        practice_code,
        icb_ons_code,
        measure,
        value,
        case
            when is_rate then {{ log_ratio('numerator', 'denominator * england_value / per') }}
            else value - england_value
        end as difference,
        case
            when is_rate then {{ log_ratio_standard_error('denominator * england_value / per') }}
            else {{ share_standard_error('england_value', 'denominator') }}
        end as standard_error
    from compared
    where denominator >= 100

),

scores_by_chance as (

    select
        *,
        {{ percentile_rank('value', 'measure, icb_ons_code') }} as percentile_in_icb,
        {{ percentile_rank('value', 'measure') }} as percentile_in_england,
        {{ random_effects_z('difference', 'standard_error', '0.0e0') }} as z_by_chance
    from ranked

),

limits as (

    select
        measure,
        percentile_cont(0.1) within group (order by z_by_chance) as lower_z,
        percentile_cont(0.9) within group (order by z_by_chance) as upper_z
    from scores_by_chance
    group by measure

),

dispersions as (

    select
        scores.measure,
        {{ winsorised_phi('scores.z_by_chance', 'limits.lower_z', 'limits.upper_z') }} as phi
    from scores_by_chance as scores
    inner join limits on scores.measure = limits.measure
    group by scores.measure

),

random_effects as (

    select
        scores.measure,
        {{ tau_squared('max(dispersions.phi)', 'scores.standard_error') }} as tau_squared
    from scores_by_chance as scores
    inner join dispersions on scores.measure = dispersions.measure
    group by scores.measure

),

scores as (

    select
        scores.practice_code,
        scores.measure,
        scores.percentile_in_icb,
        scores.percentile_in_england,
        {{ random_effects_z('scores.difference', 'scores.standard_error', 'random_effects.tau_squared') }} as z_score
    from scores_by_chance as scores
    inner join random_effects on scores.measure = random_effects.measure

),

final as (

    select
        compared.practice_code,
        compared.measure,
        compared.practice_name,
        compared.pcn_code,
        compared.sub_icb_location_code,
        compared.icb_ons_code,
        compared.region_ons_code,
        compared.numerator,
        compared.denominator,
        compared.value,
        case when compared.pcn_code is not null then compared.pcn_value end as pcn_value,
        compared.location_value,
        compared.icb_value,
        compared.england_value,
        scores.percentile_in_icb,
        scores.percentile_in_england,
        scores.z_score,
        {{ funnel_position('scores.z_score') }} as funnel
    from compared
    left join scores
        on
            compared.practice_code = scores.practice_code
            and compared.measure = scores.measure

)

select * from final
