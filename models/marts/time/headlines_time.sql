with

regional_period as (

    select {{ period_in_words('period_from', 'period_to') }} as period
    from {{ ref('quality_raw_profile') }}
    where raw_table = 'appointments_regional'

),

duration_period as (

    select {{ period_in_words('period_from', 'period_to') }} as period
    from {{ ref('quality_raw_profile') }}
    where raw_table = 'actual_duration'

),

england_months as (

    select
        *,
        rank() over (order by appointments_per_working_day) as rank_from_below
    from {{ ref('mart_monthly_demand') }}
    where area_level = 'England'

),

busiest_month as (

    select
        max(area_name) as area_name,
        {{ join_text(month_and_year('appointment_month'), ' and ', 'appointment_month') }} as months,
        max(appointments_per_working_day) as appointments_per_working_day
    from england_months
    where demand_rank_in_area = 1

),

quietest_month as (

    select
        {{ join_text(month_and_year('appointment_month'), ' and ', 'appointment_month') }} as months,
        max(appointments_per_working_day) as appointments_per_working_day
    from england_months
    where rank_from_below = 1

),

month_extremes as (

    select
        1 as headline_order,
        {{ sentence(
            "{period}, the busiest month per working day in {area} was {busiest} ({most} appointments) and "
            ~ "the quietest {quietest} ({fewest}).",
            {
                'period': 'regional_period.period',
                'area': 'busiest_month.area_name',
                'busiest': 'busiest_month.months',
                'most': format_count('round(busiest_month.appointments_per_working_day)'),
                'quietest': 'quietest_month.months',
                'fewest': format_count('round(quietest_month.appointments_per_working_day)')
            }
        ) }} as headline,
        'mart_monthly_demand' as evidence_mart
    from busiest_month
    inner join quietest_month on busiest_month.months <> quietest_month.months
    cross join regional_period

),

england_weekdays as (

    select
        *,
        row_number() over (order by weekday_index desc, weekday_order asc) as place,
        row_number() over (order by weekday_index, weekday_order) as place_from_below
    from {{ ref('mart_weekday_demand') }}
    where raw_table = 'actual_duration' and area_level = 'England' and weekday_order <= 5

),

weekday_extremes as (

    select
        busiest.area_name,
        busiest.weekday as busiest,
        busiest.weekday_index as highest_index,
        busiest.appointments_per_day as most_per_day,
        quietest.weekday as quietest,
        quietest.weekday_index as lowest_index,
        quietest.appointments_per_day as fewest_per_day
    from england_weekdays as busiest
    inner join england_weekdays as quietest
        on busiest.place = 1 and quietest.place_from_below = 1 and busiest.weekday <> quietest.weekday

),

weekday_pattern as (

    select
        2 as headline_order,
        {{ sentence(
            "{period}, {busiest} was the busiest weekday in {area}, {above} above the mean working day, and "
            ~ "{quietest} the quietest, {below} below it.",
            {
                'period': 'duration_period.period',
                'busiest': 'weekday_extremes.busiest',
                'area': 'weekday_extremes.area_name',
                'above': percent('weekday_extremes.highest_index - 1'),
                'quietest': 'weekday_extremes.quietest',
                'below': percent('1 - weekday_extremes.lowest_index')
            }
        ) }} as headline,
        'mart_weekday_demand' as evidence_mart
    from weekday_extremes
    cross join duration_period

),

no_weekdays as (

    {{ nothing_held('actual_duration', 'durations', 2, 'so the build cannot say which weekdays are busiest') }}

),

months_held as (

    select
        count(*) as month_count,
        sum(case when extract(year from appointment_month) between 2020 and 2021 then 1 else 0 end) > 0
            as holds_covid_break
    from {{ ref('mart_monthly_demand') }}
    where area_level = 'England'

),

weekday_staffing as (

    select
        3 as headline_order,
        {{ sentence(
            "A rota that follows this pattern would have {more} more attended appointments on a {busiest} than "
            ~ "on a {quietest} in {area}. Months are a weaker guide, because {reason}.",
            {
                'more': format_count('round(weekday_extremes.most_per_day - weekday_extremes.fewest_per_day)'),
                'busiest': 'weekday_extremes.busiest',
                'quietest': 'weekday_extremes.quietest',
                'area': 'weekday_extremes.area_name',
                'reason': "case when months_held.holds_covid_break then '2020 and 2021 were shaped by COVID-19'"
                    ~ " else 'the data hold only ' || " ~ format_count('months_held.month_count') ~ " || ' of them' end"
            }
        ) }} as headline,
        'mart_weekday_demand' as evidence_mart
    from weekday_extremes
    cross join months_held

),

restatements as (

    select
        *,
        abs(change_share) > 0.01 as is_beyond_1_percent,
        row_number() over (
            order by abs(change_share) desc nulls last, appointment_month asc, icb_ons_code asc
        ) as place
    from {{ ref('quality_restatements') }}
    where measure = 'appointments'

),

-- The sentence is left out if no publication changed an ICB's month by more than 1%, or if only one was imported.
restated_months as (

    select
        4 as headline_order,
        {{ sentence(
            "Later publications changed {beyond} of {all} ICB months by more than 1%, most of all {icb} in {month}: "
            ~ "{first} appointments as first published, {latest} now ({change}).{left_out}",
            {
                'left_out': "case max(left_out_icb_count) when 0 then '' when 1 then ' One ICB is left out, because its"
                    ~ " boundary changed between the publications.' else ' ' || " ~ format_count('max(left_out_icb_count)')
                    ~ " || ' ICBs are left out, because their boundaries changed between the publications.' end",
                'beyond': format_count('sum(case when is_beyond_1_percent then 1 else 0 end)'),
                'all': format_count('count(*)'),
                'icb': 'max(case when place = 1 then icb_name end)',
                'month': 'max(case when place = 1 then ' ~ month_and_year('appointment_month') ~ ' end)',
                'first': format_count('max(case when place = 1 then first_count end)'),
                'latest': format_count('max(case when place = 1 then latest_count end)'),
                'change': percent('max(case when place = 1 then change_share end)')
            }
        ) }} as headline,
        'quality_restatements' as evidence_mart
    from restatements
    having sum(case when is_beyond_1_percent then 1 else 0 end) > 0

),

final as (

    {{ sentences_of_question(
        5, ['month_extremes', 'no_weekdays', 'weekday_pattern', 'weekday_staffing', 'restated_months']
    ) }}

)

select * from final
