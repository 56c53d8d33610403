{#
    What a practice's or a PCN's profile counts, beside its appointments. Each is a column of int_practice_months; a share
    has one of the denominators of the project's shares.
#}
{% macro practice_measures() %}
    {{ return([
        ('gp_count', 'gp_share', 'appointment_count'),
        ('face_to_face_count', 'face_to_face_share', 'appointment_count'),
        ('telephone_count', 'telephone_share', 'appointment_count'),
        ('known_lead_time_count', none, none),
        ('same_day_count', 'same_day_share', 'known_lead_time_count'),
        ('within_7_days_count', 'within_7_days_share', 'known_lead_time_count'),
        ('over_14_days_count', 'over_14_days_share', 'known_lead_time_count'),
        ('attended_count', 'attendance_rate', 'attended_count + dna_count'),
        ('dna_count', 'dna_rate', 'attended_count + dna_count'),
        ('unknown_status_count', 'unknown_status_share', 'appointment_count'),
        ('unmapped_category_count', 'unmapped_category_share', 'appointment_count'),
    ]) }}
{% endmacro %}


{# Columns: the sums of a group of rows of int_practice_months. #}
{% macro practice_sums() -%}
    cast(sum(appointment_count) as bigint) as appointment_count
    {%- for count, _, _ in practice_measures() %},
    cast(sum({{ count }}) as bigint) as {{ count }}
    {%- endfor %}
{%- endmacro %}


{# Columns: the counts of practice_sums, each with its share behind it. #}
{% macro practice_counts_and_shares() -%}
    {%- for count, share, denominator in practice_measures() -%}
    {{ count }}
    {%- if share %},
    {{ ratio(count, denominator) }} as {{ share }}
    {%- endif %}
    {{- ',\n    ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#
    The value of all practices of a group together, from rows that hold numerator, denominator and what the value is per
    (1 or 1,000). A practice without a denominator does not count. A window expression.
#}
{% macro value_of_peers(group) -%}
    {{ ratio(
        'per * sum(case when denominator is not null then numerator end) over (partition by ' ~ group ~ ')',
        'sum(denominator) over (partition by ' ~ group ~ ')'
    ) }}
{%- endmacro %}
