{#
    Prints what a data test found, a line per row, so that a reader of the build's output need not look for
    the compiled query. `offenders` is a query whose single column is the line.
#}
{% macro name_offenders(offenders) %}
    {% if execute and flags.WHICH in ('build', 'test') %}
        {% set lines = run_query(offenders).columns[0].values() %}
        {% for offender in lines[:20] %}
            {% do print(printable(offender)) %}
        {% endfor %}
        {% if lines | length > 20 %}
            {% do print('... and ' ~ '{:,}'.format((lines | length) - 20) ~ ' more like these') %}
        {% endif %}
    {% endif %}
{% endmacro %}
