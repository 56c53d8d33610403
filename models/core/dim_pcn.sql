with

final as (

    select
        pcn_code,
        min(pcn_name) as pcn_name,
        count(*) as practice_count
    from {{ ref('dim_practice') }}
    where pcn_code is not null
    group by pcn_code

)

select * from final
