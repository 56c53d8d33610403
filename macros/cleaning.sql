{# What is parsed here is text that `squeeze` has gone over. #}

{#
    A label as the warehouse writes it: one `Unknown` for what the publisher calls
    `Unknown`, `Unknown / Data Quality` or, in older files, `Unknown / Data Issue`.
#}
{% macro clean_label(text) -%}
    case
        when {{ text }} in ('Unknown / Data Quality', 'Unknown / Data Issue') then 'Unknown'
        else {{ text }}
    end
{%- endmacro %}


{# A band's clean label: `8 to 14 Days` becomes `8 to 14 days`. #}
{% macro clean_band(text) -%}
    replace(replace({{ clean_label(text) }}, 'Day', 'day'), 'Minute', 'minute')
{%- endmacro %}


{# A count as bigint; null unless it is written as a plain whole number of 0 or more. #}
{% macro parse_count(text) -%}
    case when {{ matches(text, '[0-9]{1,15}') }} then cast({{ text }} as bigint) end
{%- endmacro %}


{#
    Why a raw row cannot be counted, or null where it can. Raw is compared with cast, because an engine
    may turn what it cannot read into null without a word.

    keys: columns of the cleaned row that may not be empty; date: name of the date column, which the
    cleaned row holds parsed and `raw_<name>` holds as text; counts: columns of parsed counts.
#}
{% macro rejection_reason(keys, date, counts=['appointment_count']) -%}
    nullif(concat_ws(
        '; ',
        {% for key in keys -%}
        case when {{ key }} is null then '{{ key }} is empty' end,
        {% endfor -%}
        case
            when raw_{{ date }} is null then '{{ date }} is empty'
            when {{ date }} is null then '{{ date }} is not a date'
            when {{ date }} not between cast('2017-01-01' as date) and cast('2030-12-31' as date)
                then '{{ date }} is outside 2017-01-01 to 2030-12-31'
        end,
        {% for count in counts -%}
        case
            when {{ count }} is null
                then '{{ 'count_of_appointments' if count == 'appointment_count' else count }} is not a whole number of 0 or more'
        end{{ ',' if not loop.last }}
        {% endfor -%}
    ), '')
{%- endmacro %}
