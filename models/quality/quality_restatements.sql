with

icbs as (

    select * from {{ ref('dim_icb') }}

),

release_geographies as (

    select * from {{ ref('int_published_geographies') }}

),

newest_release as (

    select max(valid_from) as valid_from from release_geographies

),

all_totals as (

    select
        staged.release_month,
        area_codes.icb_ons_code,
        staged.appointment_month,
        -- Releases from before and after a change of the ICB's boundary count different places.
        icbs.icb_ons_code is not null
        and (
            icbs.boundary_changed_on is null
            or (release_geographies.valid_from < icbs.boundary_changed_on)
            = (newest_release.valid_from < icbs.boundary_changed_on)
        ) as is_same_boundary,
        release_geographies.valid_from < newest_release.valid_from as is_of_older_geography,
        sum(staged.appointment_count) as appointments,
        sum(staged.attended_count) as attended,
        sum(staged.dna_count) as dna
    from {{ ref('stg_nhs__release_totals') }} as staged
    inner join {{ ref('int_area_codes') }} as area_codes
        on {{ published_area('staged') }} = area_codes.published_area
    inner join release_geographies on staged.release_month = release_geographies.release_month
    cross join newest_release
    left join icbs on area_codes.icb_ons_code = icbs.icb_ons_code
    where staged.rejection_reason is null
    group by
        staged.release_month,
        area_codes.icb_ons_code,
        staged.appointment_month,
        icbs.icb_ons_code,
        icbs.boundary_changed_on,
        release_geographies.valid_from,
        newest_release.valid_from

),

left_out as (

    select count(distinct icb_ons_code) as left_out_icb_count
    from all_totals
    where
        not is_same_boundary
        and is_of_older_geography

),

totals as (

    select * from all_totals
    where is_same_boundary

),

measures as (

    {% for measure in ['appointments', 'attended', 'dna'] -%}
    select
        release_month,
        icb_ons_code,
        appointment_month,
        '{{ measure }}' as measure,
        cast({{ measure }} as bigint) as measure_count
    from totals
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

numbered as (

    select
        *,
        row_number() over (
            partition by icb_ons_code, appointment_month, measure order by release_month
        ) as release_number,
        count(*) over (partition by icb_ons_code, appointment_month, measure) as release_count,
        lag(measure_count) over (
            partition by icb_ons_code, appointment_month, measure order by release_month
        ) as previous_count
    from measures

),

compared as (

    select
        icb_ons_code,
        appointment_month,
        measure,
        min(release_month) as first_published_release,
        max(release_month) as latest_release,
        max(case when release_number = 1 then measure_count end) as first_count,
        max(case when release_number = release_count then measure_count end) as latest_count,
        cast(sum(case when measure_count <> previous_count then 1 else 0 end) as bigint) as revision_count
    from numbered
    where release_count > 1
    group by
        icb_ons_code,
        appointment_month,
        measure

),

final as (

    select
        compared.icb_ons_code,
        icbs.icb_name,
        compared.appointment_month,
        compared.measure,
        compared.first_published_release,
        compared.latest_release,
        compared.first_count,
        compared.latest_count,
        compared.latest_count - compared.first_count as change,
        {{ ratio('compared.latest_count - compared.first_count', 'compared.first_count') }} as change_share,
        compared.revision_count,
        left_out.left_out_icb_count
    from compared
    inner join icbs on compared.icb_ons_code = icbs.icb_ons_code
    cross join left_out

)

select * from final
