with

areas as (

    select * from {{ ref('int_areas') }}
    where raw_table = 'appointments_regional'

),

bands as (

    select * from {{ ref('dim_lead_time_band') }}

),

appointments as (

    select
        area_level,
        area_code,
        hcp_type as stratum_hcp_type,
        appointment_mode as stratum_mode,
        lead_time_band,
        cast(sum(appointment_count) as bigint) as appointment_count,
        {{ attendance_counts() }}
    from {{ ref('int_appointments_by_area') }}
    group by
        area_level,
        area_code,
        hcp_type,
        appointment_mode,
        lead_time_band

),

-- Every appointment is counted twice: with its own type of professional, and with all of them.
strata as (

    select
        *,
        stratum_hcp_type as hcp_type
    from appointments

    union all

    select
        *,
        'All' as hcp_type
    from appointments

),

same_day_strata as (

    select * from strata
    where lead_time_band = 'Same day'

),

bands_in_area as (

    select
        strata.area_level,
        strata.area_code,
        strata.hcp_type,
        strata.lead_time_band,
        cast(sum(strata.appointment_count) as bigint) as appointment_count,
        cast(sum(strata.attended_count) as bigint) as attended_count,
        cast(sum(strata.dna_count) as bigint) as dna_count,
        cast(sum(strata.unknown_status_count) as bigint) as unknown_status_count,
        -- Like for like: bands are compared within each kind of professional and mode, then pooled.
        {{ mantel_haenszel_odds_ratio(
            'strata.dna_count', 'strata.attended_count', 'same_day.dna_count', 'same_day.attended_count'
        ) }} as adjusted_dna_odds_ratio
    from strata
    left join same_day_strata as same_day
        on
            strata.area_level = same_day.area_level
            and strata.area_code = same_day.area_code
            and strata.hcp_type = same_day.hcp_type
            and strata.stratum_hcp_type = same_day.stratum_hcp_type
            and strata.stratum_mode = same_day.stratum_mode
    group by
        strata.area_level,
        strata.area_code,
        strata.hcp_type,
        strata.lead_time_band

),

rates as (

    select
        *,
        cast(
            sum(appointment_count) over (partition by area_level, area_code, hcp_type) as bigint
        ) as area_appointment_count,
        {{ ratio('attended_count', 'attended_count + dna_count') }} as attendance_rate,
        {{ ratio('dna_count', 'attended_count + dna_count') }} as dna_rate
    from bands_in_area

),

same_day_rates as (

    select * from rates
    where lead_time_band = 'Same day'

),

final as (

    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        areas.icb_count,
        rates.hcp_type,
        rates.lead_time_band,
        bands.lead_time_band_order,
        rates.appointment_count,
        rates.attended_count,
        rates.dna_count,
        rates.unknown_status_count,
        rates.area_appointment_count,
        {{ ratio('rates.appointment_count', 'rates.area_appointment_count') }} as share_of_area,
        rates.attendance_rate,
        rates.dna_rate,
        {{ ratio('rates.dna_count', 'rates.appointment_count') }} as dna_rate_of_all,
        {{ wilson_bound('rates.dna_count', '(rates.attended_count + rates.dna_count)', 'lower') }}
            as dna_rate_ci_lower,
        {{ wilson_bound('rates.dna_count', '(rates.attended_count + rates.dna_count)', 'upper') }}
            as dna_rate_ci_upper,
        case
            when rates.lead_time_band = 'Same day' then 1.0e0
            else {{ ratio('rates.dna_rate', 'same_day.dna_rate') }}
        end as dna_relative_risk,
        case
            when rates.lead_time_band = 'Same day' then 1.0e0
            else {{ odds_ratio(
                'rates.dna_count', 'rates.attended_count', 'same_day.dna_count', 'same_day.attended_count'
            ) }}
        end as dna_odds_ratio,
        case
            when rates.lead_time_band <> 'Same day' then {{ woolf_bound(
                'rates.dna_count', 'rates.attended_count', 'same_day.dna_count', 'same_day.attended_count', 'lower'
            ) }}
        end as dna_odds_ratio_ci_lower,
        case
            when rates.lead_time_band <> 'Same day' then {{ woolf_bound(
                'rates.dna_count', 'rates.attended_count', 'same_day.dna_count', 'same_day.attended_count', 'upper'
            ) }}
        end as dna_odds_ratio_ci_upper,
        case
            when rates.lead_time_band = 'Same day' then 1.0e0
            else rates.adjusted_dna_odds_ratio
        end as adjusted_dna_odds_ratio
    from rates
    inner join areas
        on rates.area_level = areas.area_level and rates.area_code = areas.area_code
    inner join bands on rates.lead_time_band = bands.lead_time_band
    left join same_day_rates as same_day
        on
            rates.area_level = same_day.area_level
            and rates.area_code = same_day.area_code
            and rates.hcp_type = same_day.hcp_type

)

select * from final
