with

furthest_below as (

    select * from {{ ref('mart_resource_allocation') }}
    where rank_below_england <= 5 and allocation_gap < 0

),

allocation_rates as (

    select
        1 as headline_order,
        {{ sentence(
            "{period}, the ICBs furthest below the rate of England's ICBs in the data, {rate} appointments "
            ~ "per 1,000 registered patients a month, were {icbs}.",
            {
                'period': 'max(' ~ period_in_words('period_start_month', 'period_end_month') ~ ')',
                'rate': 'max(' ~ format_decimal('england_appointments_per_1000_patients_per_month') ~ ')',
                'icbs': join_text(
                    "icb_name || ' (' || " ~ format_decimal('appointments_per_1000_patients_per_month') ~ " || ')'",
                    '; ',
                    'rank_below_england, icb_ons_code'
                )
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from furthest_below

),

allocation_gaps as (

    select
        2 as headline_order,
        {{ sentence(
            "At that rate, they would have had this many more appointments in that time: {icbs}.",
            {
                'icbs': join_text(
                    "icb_name || ' ' || " ~ format_count('round(-allocation_gap)'),
                    '; ',
                    'rank_below_england, icb_ons_code'
                )
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from furthest_below

),

allocation_caveat as (

    select
        3 as headline_order,
        {{ sentence(
            "A low rate is a reason to look closer, not proof of need. Rates are not adjusted for age or "
            ~ "deprivation, unmet need is not recorded, and the practices in the data serve {least} to {most} "
            ~ "of an ICB's registered patients.",
            {
                'least': percent('min(coverage_share)'),
                'most': percent('max(coverage_share)')
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from {{ ref('mart_resource_allocation') }}

),

final as (

    {{ sentences_of_question(0, ['allocation_rates', 'allocation_gaps', 'allocation_caveat']) }}

)

select * from final
