-- Which places there are, how large their ICBs are, and how ICBs differ from the national mix.

-- sampled_icbs.csv holds some ICBs of each geography, here with all of their sub-ICB locations (37), so that ICB totals
-- are whole. There are at least two ICBs in every NHS region, but for the North West of 2026, whose three ICBs are
-- large. They are chosen so that their real appointments, added up, split by mode within 0.2 percentage points of
-- England's. Among those of 2026 are ICBs that merged, that are made of parts, and one with a location that was drawn
-- anew.
create table sampled_locations as
select
    geography.sub_icb_location_code,
    geography.sub_icb_location_ons_code,
    geography.sub_icb_location_name,
    geography.icb_ons_code,
    geography.icb_code,
    geography.region_ons_code,
    region_codes.region_code,
    -- How a real ICB splits over its locations is not among the calibration totals. Here the largest location is at
    -- most two and a half times the smallest.
    200000 + 3 * draw(concat_ws('|', 'size', geography.sub_icb_location_code)) // 10 as location_weight
from geography
inner join sampled_icbs
    on
        geography.geography = sampled_icbs.geography
        and geography.icb_ons_code = sampled_icbs.icb_ons_code
-- The short codes of NHS England's regions, as the tables by practice and of registered patients have them.
inner join
    (
        values
        ('E40000003', 'Y56'),
        ('E40000005', 'Y59'),
        ('E40000006', 'Y58'),
        ('E40000007', 'Y61'),
        ('E40000010', 'Y62'),
        ('E40000011', 'Y60'),
        ('E40000012', 'Y63')
    ) as region_codes (region_ons_code, region_code)
    on geography.region_ons_code = region_codes.region_ons_code
where geography.geography = getvariable('geography');

-- The calibration totals are of the ICBs of July 2022. An ICB of another geography has its locations' part, by
-- registered patients in the first month that has locations, of the totals of the ICBs that they were in. The ICBs of
-- July 2022 have their own totals, unchanged.
create table icb_parts as
with

patients as (

    select
        sub_icb_location_code,
        cast(included_practice_patients as bigint) as patient_count
    from practice_coverage
    where sub_icb_location_code is not null
    qualify coverage_month = min(coverage_month) over ()

),

calibrated_locations as (

    select
        sub_icb_location_code,
        icb_ons_code as calibrated_icb_ons_code
    from geography
    where geography = '2022-07'

),

locations as (

    select
        sub_icb_location_code,
        icb_ons_code
    from geography
    where geography = getvariable('geography')

),

parts as (

    select
        calibrated_locations.calibrated_icb_ons_code,
        locations.icb_ons_code,
        cast(sum(patients.patient_count) as bigint) as patient_count
    from calibrated_locations
    inner join patients on calibrated_locations.sub_icb_location_code = patients.sub_icb_location_code
    left join locations on calibrated_locations.sub_icb_location_code = locations.sub_icb_location_code
    group by all

),

compared as (

    select
        *,
        cast(sum(patient_count) over (partition by calibrated_icb_ons_code) as bigint) as icb_patient_count
    from parts

)

select *
from compared
where icb_ons_code in (select sampled_locations.icb_ons_code from sampled_locations);

create table icb_totals as
select
    icb_parts.icb_ons_code,
    cast(
        sum(regional_icb.appointments * icb_parts.patient_count // icb_parts.icb_patient_count) as bigint
    ) as appointment_count
from regional_icb
inner join icb_parts on regional_icb.icb_ons_code = icb_parts.calibrated_icb_ons_code
group by all;

-- How far ICBs differ from the national mix, at most, as a fraction of it.
create table icb_tilts as
with

traits as (

    from (
        values
        ('DNA', 0.20, 'DNA'),
        ('Unknown', 0.25, 'Unknown'),
        ('Same Day', 0.10, 'Same Day'),
        ('GP', 0.10, 'GP')
    ) as traits (trait, amount, drawn_with)
    union all
    -- In the mid-2022 tables ICBs with longer appointments have higher DNA rates (r = 0.52) and more appointments with
    -- GPs (r = 0.46), so here the longer bands are drawn together with those.
    select distinct
        actual_duration as trait,
        0.20 as amount,
        case
            when actual_duration in ('21-30 Minutes', '31-60 Minutes') then 'DNA'
            when actual_duration in ('11-15 Minutes', '16-20 Minutes') then 'GP'
            else actual_duration
        end as drawn_with
    from duration_month
    union all
    -- How practices map their appointments to categories is local.
    select distinct
        concat_ws('|', service_setting, context_type, national_category) as trait,
        0.25 as amount,
        concat_ws('|', service_setting, context_type, national_category) as drawn_with
    from category_month

),

drawn as (

    select
        icb_totals.icb_ons_code,
        traits.trait,
        icb_totals.appointment_count as icb_weight,
        cast(
            round(1000000 * vary(traits.amount, concat_ws('|', 'icb', icb_totals.icb_ons_code, traits.drawn_with)))
            as bigint
        ) as tilt
    from icb_totals
    cross join traits

)

-- Divided by the mean tilt, so that whatever is drawn, all ICBs together keep the national mix.
select
    icb_ons_code,
    trait,
    tilt * sum(icb_weight) over whole / sum(tilt * icb_weight) over whole as factor
from drawn
window whole as (partition by trait);
