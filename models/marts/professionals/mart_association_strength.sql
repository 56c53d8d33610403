with

areas as (

    select * from {{ ref('int_areas') }}
    where raw_table = 'appointments_regional'

),

-- Each cell is used twice: in the table of known professionals and values, and in the whole table.
cells as (

    select
        area_level,
        area_code,
        attribute,
        'known' as scope,
        hcp_type,
        attribute_value,
        appointment_count,
        known_hcp_type_count as row_total,
        known_value_count as column_total,
        known_count as table_total
    from {{ ref('int_professional_attributes') }}
    where is_known

    union all

    select
        area_level,
        area_code,
        attribute,
        'all' as scope,
        hcp_type,
        attribute_value,
        appointment_count,
        hcp_type_appointment_count as row_total,
        value_appointment_count as column_total,
        area_appointment_count as table_total
    from {{ ref('int_professional_attributes') }}

),

expected as (

    select
        *,
        {{ expected_count('row_total', 'column_total', 'table_total') }} as expected_count
    from cells
    where row_total > 0 and column_total > 0

),

tables as (

    select
        area_level,
        area_code,
        attribute,
        scope,
        max(table_total) as appointment_count,
        cast(count(distinct hcp_type) as double) as row_count,
        cast(count(distinct attribute_value) as double) as column_count,
        sum((appointment_count - expected_count) * (appointment_count - expected_count) / expected_count)
            as chi_squared
    from expected
    group by
        area_level,
        area_code,
        attribute,
        scope

),

strengths as (

    select
        *,
        {{ bergsma_cramers_v('chi_squared', 'appointment_count', 'row_count', 'column_count') }} as cramers_v
    from tables

),

final as (

    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        areas.icb_count,
        including_unknown.attribute,
        coalesce(known.appointment_count, 0) as appointment_count,
        cast(coalesce((known.row_count - 1) * (known.column_count - 1), 0) as bigint) as degrees_of_freedom,
        known.chi_squared,
        known.cramers_v,
        including_unknown.cramers_v as cramers_v_including_unknown,
        {{ strength('known.cramers_v') }} as strength
    from strengths as including_unknown
    inner join areas
        on
            including_unknown.area_level = areas.area_level
            and including_unknown.area_code = areas.area_code
    left join strengths as known
        on
            including_unknown.area_level = known.area_level
            and including_unknown.area_code = known.area_code
            and including_unknown.attribute = known.attribute
            and known.scope = 'known'
    where including_unknown.scope = 'all'

)

select * from final
