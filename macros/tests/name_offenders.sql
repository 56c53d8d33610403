{#
    Prints what a data test found, a line per row, so that a reader of the build's output need not look for
    the compiled query. `offenders` is a query whose single column is the line.
#}
{% macro name_offenders(offenders) %}
    {% if execute and flags.WHICH in ('build', 'test') %}
        {% for offender in run_query(offenders ~ ' limit 20').columns[0].values() %}
            {% do print(offender) %}
        {% endfor %}
    {% endif %}
{% endmacro %}
