-- If a place of the geography has appointments but its registered patients are not known, every rate per patient that
-- includes its appointments is too high. A release's own coverage file has the patients. The reference seed lacks those
-- of places that began later.
{{ config(severity='warn') }}

{%- set offenders -%}
with

covered as (

    select sub_icb_location_code from {{ ref('practice_coverage') }}
    where sub_icb_location_code is not null

    union all

    select sub_icb_location_code from {{ ref('fct_sub_icb_coverage_monthly') }}

)

select distinct
    'No table has the registered patients of ' || locations.sub_icb_location_name || '. The rates per patient of '
    || locations.icb_name || ', its region and England include its appointments but not its patients, so they are too'
    || ' high. Import the publication with its coverage file (make import), or add the location to'
    || ' practice_coverage.csv.' as offender
from {{ ref('dim_sub_icb_location') }} as locations
inner join {{ ref('int_area_codes') }} as area_codes
    on
        locations.sub_icb_location_code = area_codes.sub_icb_location_code
        and area_codes.is_in_build
left join covered on locations.sub_icb_location_code = covered.sub_icb_location_code
where
    locations.is_in_reference
    and covered.sub_icb_location_code is null
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
