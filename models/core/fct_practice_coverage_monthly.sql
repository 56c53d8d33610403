with

coverage as (

    select * from {{ ref('practice_coverage') }}

),

final as (

    select
        icb_ons_code,
        coverage_month,
        included_practices,
        open_practices,
        included_practice_patients,
        open_practice_patients
    from coverage

)

select * from final
