-- What are the five locations with the highest number of records? All locations that tie are named.
select
    record_rank,
    sub_icb_location_name,
    icb_name,
    record_count,
    appointment_count
from {{ ref('mart_top_locations') }}
where
    raw_table = 'national_categories'
    and is_top_five_by_records
order by
    record_rank,
    sub_icb_location_name
