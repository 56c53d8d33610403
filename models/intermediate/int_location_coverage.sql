with

published as (

    select
        sub_icb_location_code,
        coverage_month,
        cast(sum(included_practices) as bigint) as included_practices
    from {{ ref('fct_sub_icb_coverage_monthly') }}
    group by
        sub_icb_location_code,
        coverage_month

),

reference as (

    select * from {{ ref('practice_coverage') }}
    where sub_icb_location_code is not null

),

-- For a month that the publication has coverage for, its figures take precedence over those of the reference seed.
final as (

    select * from published

    union all

    select
        reference.sub_icb_location_code,
        reference.coverage_month,
        reference.included_practices
    from reference
    left join published
        on
            reference.sub_icb_location_code = published.sub_icb_location_code
            and reference.coverage_month = published.coverage_month
    where published.sub_icb_location_code is null

)

select * from final
