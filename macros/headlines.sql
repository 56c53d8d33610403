{#
    A sentence as SQL text: `template` with each {name} replaced by the expression that `figures` gives for it.
    Null if any of them is null, so that a sentence whose figure is undefined can be left out instead of being
    told with a hole in it.
#}
{% macro sentence(template, figures) -%}
    {%- set parts = [] -%}
    {%- for part in modules.re.split('[{}]', template) if part -%}
        {%- do parts.append(figures[part] if part in figures else text_literal(part)) -%}
    {%- endfor -%}
    {{ parts | join('\n            || ') }}
{%- endmacro %}


{#
    A number with a fixed count of decimals, as text, halves away from 0. Rounded as a decimal: engines round doubles
    differently, and a last bit that differs would show as another digit.
#}
{% macro format_decimal(number, decimals=1) -%}
    cast(cast(round(cast({{ number }} as decimal(28, 10)), {{ decimals }}) as decimal(28, {{ decimals }})) as string)
{%- endmacro %}


{# A share of 1 as a percentage with one decimal. #}
{% macro percent(share) -%}
    {{ format_decimal('100 * (' ~ share ~ ')') }} || '%'
{%- endmacro %}


{# The months of a mart's raw table, as a reader would say them: from January 2020 to June 2022. #}
{% macro period_in_words(first_month, last_month) -%}
    case
        when {{ first_month }} = {{ last_month }} then 'In ' || {{ month_and_year(first_month) }}
        else 'From ' || {{ month_and_year(first_month) }} || ' to ' || {{ month_and_year(last_month) }}
    end
{%- endmacro %}


{#
    What a model of headlines returns: the sentences of a question, each a CTE with headline_order, headline and
    evidence_mart, without those whose figures are undefined.
#}
{% macro sentences_of_question(question_number, sentences) -%}
    select
        cast({{ question_number }} as bigint) as question_number,
        cast(headline_order as bigint) as headline_order,
        headline,
        evidence_mart
    from (
        {% for sentence in sentences -%}
        select * from {{ sentence }}
        {% if not loop.last %}
        union all

        {% endif %}
        {%- endfor %}
    ) as headlines
    where headline is not null
{%- endmacro %}


{#
    The sentence that stands where a raw table has no month in the build, as sentences_of_question takes it: no row where
    it has one. A table that was not loaded has no row in the raw profile. `things` are what the table holds,
    `consequence` is what the reader goes without.
#}
{% macro nothing_held(raw_table, things, headline_order=1, consequence='so this question has no answer here') -%}
    {%- set is_table = "raw_table = '" ~ raw_table ~ "'" -%}
    select
        {{ headline_order }} as headline_order,
        {{ text_literal('The raw tables hold no ' ~ things) }}
        || case when max(case when {{ is_table }} then appointment_count end) > 0 then ' of this period' else '' end
        || {{ text_literal(', ' ~ consequence ~ '.') }} as headline,
        'quality_raw_profile' as evidence_mart
    from {{ ref('quality_raw_profile') }}
    having max(case when {{ is_table }} then period_from end) is null
{%- endmacro %}
