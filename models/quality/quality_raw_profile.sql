{%- set profiled = raw_tables() | rejectattr('is_of_release', 'defined') | list -%}
with

-- An optional table that was not loaded has no row here.
files as (

    {% for table in profiled -%}
    select
        '{{ table.name }}' as raw_table,
        {{ 'true' if table.measure == 'appointment_count' else 'false' }} as counts_appointments,
        max(source_file) as source_file,
        coalesce(max(lower(is_synthetic)) = 'true', false) as is_synthetic
    from {{ ref(table.name) }}
    {% if table.is_optional %}
    having count(*) > 0
    {% endif %}
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

all_rows as (

    {% for table in profiled -%}
    {%- set counts_appointments = table.measure == 'appointment_count' -%}
    select
        '{{ table.name }}' as raw_table,
        cast({{ table.date or 'null' }} as date) as row_date,
        cast({{ 'appointment_month' if counts_appointments else 'null' }} as date) as appointment_month,
        icb_ons_code,
        sub_icb_location_code,
        cast({{ 'appointment_count' if counts_appointments else 'null' }} as bigint) as appointment_count,
        rejection_reason is not null as is_rejected
    from {{ ref('stg_nhs__' ~ table.name) }}
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

row_counts as (

    select
        raw_table,
        count(*) as row_count,
        sum(case when is_rejected then 1 else 0 end) as rejected_row_count
    from all_rows
    group by raw_table

),

contents as (

    select
        raw_table,
        cast(sum(appointment_count) as bigint) as appointment_count,
        min(row_date) as first_date,
        max(row_date) as last_date,
        count(distinct icb_ons_code) as icb_count,
        count(distinct sub_icb_location_code) as sub_icb_location_count,
        min(case when {{ is_in_period('appointment_month') }} then appointment_month end) as period_from,
        max(case when {{ is_in_period('appointment_month') }} then appointment_month end) as period_to
    from all_rows
    where not is_rejected
    group by raw_table

),

-- Each month is from the newest release that has it. Rows whose month cannot be read are of no month.
months_of_releases as (

    select
        raw_table,
        data_month,
        max(release_month) as release_month,
        max(max(data_month)) over (partition by raw_table) is not null as has_months
    from {{ ref('release_places') }}
    group by
        raw_table,
        data_month

),

-- Months that follow each other and are from one release have the same number in it.
numbered_months as (

    select
        *,
        row_number() over (partition by raw_table order by data_month)
        - row_number() over (partition by raw_table, release_month order by data_month) as run_number
    from months_of_releases
    where data_month is not null or not has_months

),

runs_of_months as (

    select
        raw_table,
        release_month,
        substr(cast(min(data_month) as string), 1, 7) as first_month,
        substr(cast(max(data_month) as string), 1, 7) as last_month
    from numbered_months
    group by
        raw_table,
        release_month,
        run_number

),

releases as (

    select
        raw_table,
        {{ join_text(
            "concat(coalesce(case when first_month = last_month then first_month || ' '"
            ~ " else first_month || ' to ' || last_month || ' ' end, ''),"
            ~ " 'from ', substr(cast(release_month as string), 1, 7))",
            '; ',
            'first_month'
        ) }} as releases
    from runs_of_months
    group by raw_table

),

final as (

    select
        files.raw_table,
        files.source_file,
        releases.releases,
        files.is_synthetic,
        coalesce(row_counts.row_count, 0) as row_count,
        cast(coalesce(row_counts.rejected_row_count, 0) as bigint) as rejected_row_count,
        case when files.counts_appointments then coalesce(contents.appointment_count, 0) end as appointment_count,
        contents.first_date,
        contents.last_date,
        coalesce(contents.icb_count, 0) as icb_count,
        coalesce(contents.sub_icb_location_count, 0) as sub_icb_location_count,
        contents.period_from,
        contents.period_to,
        build.published_geography,
        build.geography
    from files
    cross join {{ ref('int_geography') }} as build
    left join row_counts on files.raw_table = row_counts.raw_table
    left join contents on files.raw_table = contents.raw_table
    left join releases on files.raw_table = releases.raw_table

)

select * from final
