with

reference as (

    select * from {{ ref('practice_coverage') }}

),

-- What the publication itself says of a month goes before what the reference seed knows of it.
published as (

    select
        icb_ons_code,
        coverage_month,
        {% for count in coverage_counts() -%}
        cast(sum({{ count }}) as bigint) as {{ count }}{{ ',' if not loop.last }}
        {% endfor %}
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
        reference.{{ coverage_counts() | join(',\n        reference.') }}
    from reference
    left join published
        on
            reference.icb_ons_code = published.icb_ons_code
            and reference.coverage_month = published.coverage_month
    where published.icb_ons_code is null

)

select * from final
