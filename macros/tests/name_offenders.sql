{#
    Prints what a data test found, a line per row, so that a reader of the build's output need not look for
    the compiled query. `offenders` is a query whose single column is the line.
#}
{% macro name_offenders(offenders) %}
    {% if execute and flags.WHICH in ('build', 'test') %}
        {% set lines = run_query(offenders).columns[0].values() %}
        {# With one line of more, and what two other tests may say, these fit on a screen. #}
        {% set most = 8 %}
        {% for offender in lines[:most] %}
            {% do print(printable(offender)) %}
        {% endfor %}
        {% if lines | length > most %}
            {% do print('... and ' ~ '{:,}'.format((lines | length) - most) ~ ' more like these') %}
        {% endif %}
    {% endif %}
{% endmacro %}
