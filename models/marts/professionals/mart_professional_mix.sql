with

areas as (

    select * from {{ ref('int_areas') }}
    where raw_table = 'appointments_regional'

),

cells as (

    select * from {{ ref('int_professional_attributes') }}

),

final as (

    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        areas.icb_count,
        cells.hcp_type,
        cells.attribute,
        cells.attribute_value,
        cells.appointment_count,
        cells.hcp_type_appointment_count,
        {{ ratio('cells.appointment_count', 'cells.hcp_type_appointment_count') }} as share_of_hcp_type,
        {{ ratio('cells.value_appointment_count', 'cells.area_appointment_count') }} as area_share,
        case
            when cells.is_known
                then {{ expected_count('cells.known_hcp_type_count', 'cells.known_value_count', 'cells.known_count') }}
        end as expected_count,
        case
            when cells.is_known then {{ adjusted_residual(
                'cells.appointment_count',
                'cells.known_hcp_type_count',
                'cells.known_value_count',
                'cells.known_count'
            ) }}
        end as adjusted_residual
    from cells
    inner join areas
        on cells.area_level = areas.area_level and cells.area_code = areas.area_code

)

select * from final
