with

duration_period as (

    select {{ period_in_words('period_from', 'period_to') }} as period
    from {{ ref('quality_raw_profile') }}
    where raw_table = 'actual_duration'

),

england_durations as (

    select * from {{ ref('mart_duration_profile') }}
    where area_level = 'England'

),

most_frequent_duration as (

    select *
    from england_durations
    where duration_band <> 'Unknown'
    order by appointment_count desc, duration_band_order asc
    limit 1

),

short_durations as (

    select max(cumulative_share_of_known) as share_up_to_10_minutes
    from england_durations
    where duration_band in ('1-5 minutes', '6-10 minutes')

),

unknown_durations as (

    select
        area_name,
        area_appointment_count,
        max(case when duration_band = 'Unknown' then appointment_count else 0 end) as unknown_count
    from england_durations
    group by
        area_name,
        area_appointment_count

),

duration_mix as (

    select
        1 as headline_order,
        {{ sentence(
            "{period}, {share} of attended appointments of known duration in {area} took {band}, the most "
            ~ "frequent band, and {short_share} took 10 minutes or less; the mean lies between {least} and "
            ~ "{most} minutes.",
            {
                'period': 'duration_period.period',
                'share': percent('most_frequent.share_of_known'),
                'area': 'most_frequent.area_name',
                'band': 'most_frequent.duration_band',
                'short_share': percent('short_durations.share_up_to_10_minutes'),
                'least': format_decimal('most_frequent.mean_minutes_lower'),
                'most': format_decimal('most_frequent.mean_minutes_upper')
            }
        ) }} as headline,
        'mart_duration_profile' as evidence_mart
    from most_frequent_duration as most_frequent
    cross join short_durations
    cross join duration_period

),

duration_gaps as (

    select
        2 as headline_order,
        {{ sentence(
            "Duration is unknown for {share} of attended appointments in {area} ({unknown} of {total}).",
            {
                'share': percent(ratio('unknown_count', 'area_appointment_count')),
                'area': 'area_name',
                'unknown': format_count('unknown_count'),
                'total': format_count('area_appointment_count')
            }
        ) }} as headline,
        'mart_duration_profile' as evidence_mart
    from unknown_durations

),

duration_associations as (

    select
        max(unit_count) as unit_count,
        max(case when other_measure = 'dna_rate' then pearson_r end) as dna_r,
        max(case when other_measure = 'dna_rate' then strength end) as dna_strength,
        max(case when other_measure = 'gp_share' then pearson_r end) as gp_r,
        max(case when other_measure = 'gp_share' then strength end) as gp_strength
    from {{ ref('mart_duration_associations') }}
    where unit = 'ICB' and duration_measure = 'mean_minutes_midpoint'

),

duration_relations as (

    select
        3 as headline_order,
        {{ sentence(
            "The durations table holds neither status nor professional, so this compares areas, not appointments. "
            ~ "Across {icbs} ICBs, mean duration has a {dna_strength} correlation with the DNA rate ({dna_r}) "
            ~ "and a {gp_strength} one with the share of GP appointments ({gp_r}).",
            {
                'icbs': format_count('unit_count'),
                'dna_strength': 'dna_strength',
                'dna_r': format_decimal('dna_r', 2),
                'gp_strength': 'gp_strength',
                'gp_r': format_decimal('gp_r', 2)
            }
        ) }} as headline,
        'mart_duration_associations' as evidence_mart
    from duration_associations

),

nothing_held as (

    {{ nothing_held('actual_duration', 'durations') }}

),

final as (

    {{ sentences_of_question(3, ['nothing_held', 'duration_mix', 'duration_gaps', 'duration_relations']) }}

)

select * from final
