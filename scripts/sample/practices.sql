-- Invented practices in invented PCNs, in all locations of a few ICBs. At the published density they are in all
-- locations, 40 to 76 in each, as England's 106 locations have 6,157. Their codes can be no one's: a real practice
-- and a real PCN have a letter and five digits, these have two letters and four.

create table sampled_practices as
with

-- Lincolnshire and Devon are one location each, South Yorkshire is four. All are the same in every geography.
locations as (

    select
        *,
        if(
            getvariable('density') = 'published',
            40 + draw(concat_ws('|', 'practices', sub_icb_location_code)) % 37,
            5 + draw(concat_ws('|', 'practices', sub_icb_location_code)) % 4
        ) as practice_count,
        if(getvariable('density') = 'published', 12, 2) as pcn_count
    from sampled_locations
    where
        icb_ons_code in ('E54000013', 'E54000037', 'E54000061')
        or getvariable('density') = 'published'

),

numbered as (

    select
        locations.*,
        numbers.practice_number,
        row_number() over (order by locations.sub_icb_location_code, numbers.practice_number) as code_number,
        dense_rank() over (order by locations.sub_icb_location_code) as location_number,
        1 + numbers.practice_number % locations.pcn_count as pcn_number
    from locations
    inner join range(1, 77) as numbers (practice_number) on locations.practice_count >= numbers.practice_number

)

select
    'XX' || lpad(cast(code_number as varchar), 4, '0') as practice_code,
    'Sample practice ' || practice_number || ' of ' || sub_icb_location_code as practice_name,
    sub_icb_location_code,
    icb_ons_code,
    icb_code,
    region_code,
    -- The first practice changed its supplier, the last belongs to no PCN.
    code_number = 1 as has_two_suppliers,
    if(
        code_number = max(code_number) over (),
        'U',
        'UX' || lpad(cast(pcn_count * (location_number - 1) + pcn_number as varchar), 4, '0')
    ) as pcn_code,
    if(
        code_number = max(code_number) over (),
        'UNALLOCATED',
        'Sample PCN ' || pcn_number || ' of ' || sub_icb_location_code
    ) as pcn_name,
    -- The largest practice is at most two and a half times the smallest.
    200000 + 3 * draw(concat_ws('|', 'size', 'practice', code_number)) // 10 as practice_weight
from numbered;

create table practices as
with

suppliers as (

    select
        practice_code,
        if(draw(concat_ws('|', 'supplier', practice_code)) < 400000, 'TPP', 'EMIS') as supplier
    from sampled_practices
    union
    select
        sampled_practices.practice_code,
        suppliers.supplier
    from sampled_practices
    cross join (values ('EMIS'), ('TPP')) as suppliers (supplier)
    where sampled_practices.has_two_suppliers

)

select
    sampled_practices.practice_code,
    sampled_practices.practice_name,
    suppliers.supplier,
    sampled_practices.pcn_code,
    sampled_practices.pcn_name,
    sampled_practices.sub_icb_location_code,
    sampled_practices.icb_code,
    sampled_practices.region_code,
    true as is_synthetic
from sampled_practices
inner join suppliers on sampled_practices.practice_code = suppliers.practice_code
order by
    sampled_practices.practice_code,
    suppliers.supplier;
