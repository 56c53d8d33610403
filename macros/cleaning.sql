{# What is parsed here is text that `squeeze` has gone over. #}

{#
    A label as the warehouse writes it: as the seed `labels` spells it for the field, whatever capitals and dashes the
    file has, and one `Unknown` for what the publisher calls `Unknown`, `Unknown / Data Quality` or, in some files,
    `Unknown / Data Issue`. The files of practices and of PCNs have a longer name for Video/Online. A label that the seed
    lacks keeps its own text.
#}
{% macro clean_label(text, field=none) -%}
    coalesce(
        (
            select {{ map_of(label_key('label'), 'label') }}
            from {{ ref('labels') }}
            where field = '{{ field or text }}'
        )[{{ label_key(text) }}],
        case
            when {{ label_key(text) }} in ('unknown / data quality', 'unknown / data issue') then 'Unknown'
            when {{ label_key(text) }} = 'video conference/online' then 'Video/Online'
            else {{ text }}
        end
    )
{%- endmacro %}

{#
    What two spellings of a label have in common: small letters, and hyphens for the en dashes that Excel puts between
    numbers. The dotted capital I is put aside, because only DuckDB makes an ASCII letter of it.
#}
{% macro label_key(text) -%}
    lower(replace(replace({{ text }}, '–', '-'), 'İ', '?'))
{%- endmacro %}


{# A count as bigint; null unless it is a whole number of 0 or more, with or without the zeros of `12.0`. #}
{% macro parse_count(text) -%}
    case
        when {{ matches(text, '[0-9]{1,15}') }} then cast({{ text }} as bigint)
        when {{ matches(text, '[0-9]{1,15}[.]0+') }} then cast(split_part({{ text }}, '.', 1) as bigint)
    end
{%- endmacro %}


{# A number of 0 or more as double; null unless it is written in plain digits, with or without decimals. #}
{% macro parse_decimal(text) -%}
    case when {{ matches(text, '[0-9]{1,9}([.][0-9]{1,15})?') }} then cast({{ text }} as double) end
{%- endmacro %}


{#
    Why a raw row cannot be counted, or null where it can. Raw is compared with cast, because an engine
    may turn what it cannot read into null without a word.

    keys: columns of the cleaned row that may not be empty; date: name of the date column, if there is one, which the
    cleaned row holds parsed and `raw_<name>` holds as text; counts, decimals: columns of parsed numbers; raw_table: as
    parse_date has it.
#}
{% macro rejection_reason(keys, date=none, counts=['appointment_count'], decimals=[], raw_table=none) -%}
    nullif(concat_ws(
        '; '
        {%- for key in keys %},
        case when {{ key }} is null then '{{ key }} is empty' end
        {%- endfor %}
        {%- if date %},
        case
            when raw_{{ date }} is null then '{{ date }} is empty'
            {%- if raw_table %}
            when {{ date }} is null
                then coalesce({{ undecided_date(date, raw_table) }}, '{{ date }} is not a date')
            {%- else %}
            when {{ date }} is null then '{{ date }} is not a date'
            {%- endif %}
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
