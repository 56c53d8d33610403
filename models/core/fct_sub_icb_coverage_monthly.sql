with

final as (

    select
        area_codes.sub_icb_location_code,
        area_codes.icb_ons_code,
        staged.coverage_month,
        {% for count in coverage_counts() -%}
        cast(sum(staged.{{ count }}) as bigint) as {{ count }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('stg_nhs__sub_icb_coverage') }} as staged
    inner join {{ ref('int_area_codes') }} as area_codes
        on {{ published_area('staged') }} = area_codes.published_area
    where staged.rejection_reason is null
    group by
        area_codes.sub_icb_location_code,
        area_codes.icb_ons_code,
        staged.coverage_month

)

select * from final
