{# What is parsed here is text that `squeeze` has gone over. #}

{#
    A label as the warehouse writes it: one `Unknown` for what the publisher calls `Unknown`, `Unknown / Data Quality`
    or, in some files, `Unknown / Data Issue`. The files of practices and of PCNs have a longer name for Video/Online.
#}
{% macro clean_label(text) -%}
    case
        when {{ text }} in ('Unknown / Data Quality', 'Unknown / Data Issue') then 'Unknown'
        when {{ text }} = 'Video Conference/Online' then 'Video/Online'
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


{# A number of 0 or more as double; null unless it is written in plain digits, with or without decimals. #}
{% macro parse_decimal(text) -%}
    case when {{ matches(text, '[0-9]{1,9}([.][0-9]{1,15})?') }} then cast({{ text }} as double) end
{%- endmacro %}


{#
    Why a raw row cannot be counted, or null where it can. Raw is compared with cast, because an engine
    may turn what it cannot read into null without a word.

    keys: columns of the cleaned row that may not be empty; date: name of the date column, if there is one, which the
    cleaned row holds parsed and `raw_<name>` holds as text; counts, decimals: columns of parsed numbers.
#}
{% macro rejection_reason(keys, date=none, counts=['appointment_count'], decimals=[]) -%}
    nullif(concat_ws(
        '; '
        {%- for key in keys %},
        case when {{ key }} is null then '{{ key }} is empty' end
        {%- endfor %}
        {%- if date %},
        case
            when raw_{{ date }} is null then '{{ date }} is empty'
            when {{ date }} is null then '{{ date }} is not a date'
            when {{ date }} not between cast('2017-01-01' as date) and cast('2030-12-31' as date)
                then '{{ date }} is outside 2017-01-01 to 2030-12-31'
        end
        {%- endif %}
        {%- for count in counts %},
        case
            when {{ count }} is null
                then '{{ 'count_of_appointments' if count == 'appointment_count' else count }} is not a whole number of 0 or more'
        end
        {%- endfor %}
        {%- for decimal in decimals %},
        case when {{ decimal }} is null then '{{ decimal }} is not a number of 0 or more' end
        {%- endfor %}
    ), '')
{%- endmacro %}
