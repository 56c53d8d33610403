{#
    Every raw table, with what the models and tests that look at all of them must know. tests/python/test_raw_tables.py
    compares the list with the seeds.

    name: of the seed and, after `stg_nhs__`, of its staging model; is_optional: true where a raw folder may lack it;
    date, month: columns of staging that say when, and in which month, where the table says so;
    measure: the column of counts, which staging and the fact have; raw_measure: the column of the raw table behind it;
    fact: the table in core that has the rows;
    labels: columns of staging whose labels must be in seeds/reference/labels.csv;
    key: columns of staging of which, beside the place, no two rows have the same, so that a repeat is a double load.
        Without it, equal rows are right: they are different places or people;
    is_of_release: true for what a release says of itself. It is no data of its own, and has no row in the raw profile.
#}
{% macro raw_tables() %}
    {% set appointments = {'measure': 'appointment_count', 'raw_measure': 'count_of_appointments'} %}
    {% set of_appointment = ['appointment_status', 'hcp_type', 'appointment_mode', 'lead_time_band'] %}
    {{ return([
        dict(
            appointments, name='actual_duration', date='appointment_date', month='appointment_month',
            fact='fct_appointment_durations_daily', labels=['duration_band'],
            key=['appointment_date', 'duration_band']
        ),
        dict(
            appointments, name='appointments_regional', date='appointment_month', month='appointment_month',
            fact='fct_appointments_monthly', labels=of_appointment
        ),
        dict(
            appointments, name='national_categories', date='appointment_date', month='appointment_month',
            fact='fct_appointment_categories_daily', labels=['service_setting', 'context_type', 'national_category'],
            key=['appointment_date', 'service_setting', 'context_type', 'national_category']
        ),
        dict(
            appointments, name='appointments_by_role', is_optional=true, date='appointment_date',
            month='appointment_month',
            fact='fct_appointments_by_role_daily', labels=['sds_role_group'], key=['appointment_date', 'sds_role_group']
        ),
        dict(
            appointments, name='appointments_by_practice', is_optional=true, date='appointment_month',
            month='appointment_month',
            fact='fct_appointments_by_practice_monthly', labels=of_appointment + ['national_category'],
            key=['appointment_month', 'practice_code', 'national_category'] + of_appointment
        ),
        dict(
            appointments, name='appointments_by_pcn_system', is_optional=true, date='appointment_month',
            month='appointment_month',
            fact='fct_appointments_in_pcn_systems_monthly', labels=of_appointment
        ),
        dict(name='practices', is_optional=true),
        dict(
            name='registered_patients', is_optional=true, date='extract_date', measure='number_of_patients',
            raw_measure='number_of_patients', fact='fct_registered_patients', labels=['org_type', 'sex', 'age_band'],
            key=['extract_date', 'org_type', 'org_code', 'sex', 'age_band']
        ),
        dict(
            name='workforce', is_optional=true, date='snapshot_month',
            month='snapshot_month', measure='fte', raw_measure='fte',
            fact='fct_workforce_monthly', labels=['source', 'staff_group']
        ),
        dict(name='sub_icb_coverage', is_optional=true, month='coverage_month', is_of_release=true),
        dict(
            name='release_totals', is_optional=true, month='appointment_month', measure='appointment_count',
            is_of_release=true
        ),
    ]) }}
{% endmacro %}


{# The tables of raw_tables that count appointments, and have a fact. #}
{% macro appointment_tables() %}
    {{ return(raw_tables() | selectattr('fact', 'defined') | selectattr('measure', 'equalto', 'appointment_count') | list) }}
{% endmacro %}
