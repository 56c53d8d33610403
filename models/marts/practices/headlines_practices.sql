{#- In the order in which the sentence names them: how practices record comes first. -#}
{%- set measures = [
    ('unmapped_category_share', 'the share of appointments without a known category'),
    ('appointments_per_1000_weighted_patients_per_month', 'appointments per need-weighted patient'),
    ('gp_share', 'the share held by GPs'),
    ('face_to_face_share', 'the share held face to face'),
    ('same_day_share', 'the share held on the day they were booked'),
    ('over_14_days_share', 'the share held more than 14 days after booking'),
    ('dna_rate', 'the DNA rate'),
] -%}
with

practices as (

    select
        {{ period_in_words('min(period_start_month)', 'max(period_end_month)') }} as period,
        count(*) as practice_count,
        {{ ratio('sum(unmapped_category_count)', 'sum(appointment_count)') }} as unmapped_category_share
    from {{ ref('mart_practice_profile') }}

),

-- Without those that are too small to be ranked.
benchmarks as (

    select * from {{ ref('mart_practice_benchmarks') }}
    where percentile_in_england is not null

),

counts as (

    select
        measure,
        count(*) as practice_count,
        sum(case when funnel in ('above 99.8%', 'below 99.8%') then 1 else 0 end) as beyond_99_8_count,
        sum(case when funnel <> 'within' then 1 else 0 end) as beyond_95_count,
        percentile_cont(0.1) within group (order by value) as lowest_tenth,
        percentile_cont(0.9) within group (order by value) as highest_tenth
    from benchmarks
    group by measure

),

recording as (

    select
        1 as headline_order,
        {{ sentence(
            "{period}, {share} of the appointments in {practices} had no known category (Unmapped or "
            ~ "Inconsistent Mapping): at most {low} in a tenth of the practices, and at least {high} in another tenth. "
            ~ "Practices record differently, so keep this in mind for every other difference between them.",
            {
                'period': 'practices.period',
                'share': percent('practices.unmapped_category_share'),
                'practices': count_of('practices.practice_count', 'practice'),
                'low': percent('counts.lowest_tenth'),
                'high': percent('counts.highest_tenth')
            }
        ) }} as headline,
        'mart_practice_benchmarks' as evidence_mart
    from practices
    inner join counts on counts.measure = 'unmapped_category_share'

),

named_counts as (

    select
        *,
        case measure
            {%- for measure, _ in measures %}
            when '{{ measure }}' then {{ loop.index }}
            {%- endfor %}
        end as measure_order,
        case measure
            {%- for measure, words in measures %}
            when '{{ measure }}' then '{{ words }}'
            {%- endfor %}
        end as measure_words
    from counts

),

outside_limits as (

    select
        2 as headline_order,
        {{ sentence(
            "Of {practices}, chance alone would put {chance_99_8} beyond the 99.8% limits of a funnel and "
            ~ "{chance_95} beyond its 95% limits. The limits allow for the usual differences between practices, and "
            ~ "these were beyond them: {found}. They are reasons to look, not judgements.",
            {
                'practices': count_of('max(practice_count)', 'practice'),
                'chance_99_8': format_count('round(0.002 * max(practice_count))'),
                'chance_95': format_count('round(0.05 * max(practice_count))'),
                'found': join_text(
                    format_count('beyond_99_8_count') ~ " || ' and ' || " ~ format_count('beyond_95_count')
                    ~ " || ' by ' || measure_words",
                    '; ',
                    'measure_order'
                )
            }
        ) }} as headline,
        'mart_practice_benchmarks' as evidence_mart
    from named_counts

),

pcn_rates as (

    select
        count(*) as pcn_count,
        percentile_cont(0.1) within group (order by appointments_per_1000_weighted_patients_per_month) as lowest_tenth,
        percentile_cont(0.9) within group (order by appointments_per_1000_weighted_patients_per_month) as highest_tenth
    from {{ ref('mart_pcn_profile') }}
    where need_weighted_patients * month_count >= 100

),

pcn_dna_rates as (

    select
        count(*) as pcn_count,
        percentile_cont(0.1) within group (order by dna_rate) as lowest_tenth,
        percentile_cont(0.9) within group (order by dna_rate) as highest_tenth
    from {{ ref('mart_pcn_profile') }}
    where attended_count + dna_count >= 100

),

use_of_services as (

    select
        3 as headline_order,
        {{ sentence(
            "The middle four fifths of {pcns} had from {pcn_low} to {pcn_high} appointments a month per 1,000 "
            ~ "patients weighted for need by age and sex, and the middle four fifths of practices from {low} to {high}.",
            {
                'pcns': count_of('pcn_rates.pcn_count', 'PCN'),
                'pcn_low': format_decimal('pcn_rates.lowest_tenth'),
                'pcn_high': format_decimal('pcn_rates.highest_tenth'),
                'low': format_decimal('counts.lowest_tenth'),
                'high': format_decimal('counts.highest_tenth')
            }
        ) }} as headline,
        'mart_pcn_profile' as evidence_mart
    from pcn_rates
    inner join counts on counts.measure = 'appointments_per_1000_weighted_patients_per_month'

),

missed_appointments as (

    select
        4 as headline_order,
        {{ sentence(
            "Patients missed from {pcn_low} to {pcn_high} of appointments (DNA) in the middle four fifths of {pcns}, "
            ~ "and from {low} to {high} in the middle four fifths of practices.",
            {
                'pcns': count_of('pcn_dna_rates.pcn_count', 'PCN'),
                'pcn_low': percent('pcn_dna_rates.lowest_tenth'),
                'pcn_high': percent('pcn_dna_rates.highest_tenth'),
                'low': percent('counts.lowest_tenth'),
                'high': percent('counts.highest_tenth')
            }
        ) }} as headline,
        'mart_pcn_profile' as evidence_mart
    from pcn_dna_rates
    inner join counts on counts.measure = 'dna_rate'

),

nothing_held as (

    {{ nothing_held('appointments_by_practice', 'appointments by practice') }}

),

final as (

    {{ sentences_of_question(
        7, ['nothing_held', 'recording', 'outside_limits', 'use_of_services', 'missed_appointments']
    ) }}

)

select * from final
