with

reference as (

    select * from {{ ref('int_reference_coverage') }}

),

-- For a month that the publication has coverage for, its figures take precedence over those of the reference seed.
published as (

    select
        icb_ons_code,
        coverage_month,
        cast(sum(included_practices) as bigint) as included_practices,
        cast(sum(open_practices) as bigint) as open_practices,
        cast(sum(included_practice_patients) as bigint) as included_practice_patients,
        cast(sum(open_practice_patients) as bigint) as open_practice_patients
    from {{ ref('fct_sub_icb_coverage_monthly') }}
    group by
        icb_ons_code,
        coverage_month

),

final as (

    select * from published

    union all

    select
        reference.icb_ons_code,
        reference.coverage_month,
        reference.included_practices,
        reference.open_practices,
        reference.included_practice_patients,
        reference.open_practice_patients
    from reference
    left join published
        on
            reference.icb_ons_code = published.icb_ons_code
            and reference.coverage_month = published.coverage_month
    where published.icb_ons_code is null

)

select * from final
