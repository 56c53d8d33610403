{%- set named = text_literal(named_geography()) -%}
with

geographies as (

    select distinct
        geography,
        valid_from
    from {{ ref('geography') }}

),

-- If appointments_regional has no valid row, nothing says in which geography it was published.
published as (

    select
        coalesce(max(published.geography), max(geographies.geography)) as geography,
        coalesce(max(published.valid_from), max(geographies.valid_from)) as valid_from,
        max(case when published.is_told_by_codes then 1 else 0 end) = 1 as is_told_by_codes
    from geographies
    left join {{ ref('int_published_geographies') }} as published
        on published.raw_table = 'appointments_regional'

),

final as (

    select
        geographies.geography,
        geographies.valid_from,
        published.geography as published_geography,
        published.valid_from as published_valid_from,
        published.is_told_by_codes
    from published
    inner join geographies
        on geographies.geography = case when {{ named }} = 'published' then published.geography else {{ named }} end

)

select * from final
