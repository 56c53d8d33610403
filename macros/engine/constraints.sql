{#
    Spark enforces no key and no not-null of a contract and says nothing of it (Delta alone would enforce not-null).
    So each table is asked for offenders as soon as it is made: a model that breaks its contract fails on both engines.
#}
{% macro spark__persist_constraints(relation, model) %}
    {% set keys = model.constraints | selectattr('type', 'equalto', 'primary_key') | map(attribute='columns') | list %}
    {% set required = keys | sum(start=[]) %}
    {% for name, column in model.columns.items() if 'not_null' in column.constraints | map(attribute='type') %}
        {% do required.append(name) %}
    {% endfor %}
    {% set offenders = [] %}

    {% if required %}
        {% set counts = [] %}
        {% for name in required %}
            {% do counts.append('count(*) - count(' ~ name ~ ') as ' ~ name) %}
        {% endfor %}
        {% set nulls = run_query('select ' ~ (counts | join(', ')) ~ ' from ' ~ relation).rows[0] %}
        {% for name in required if nulls[name] > 0 %}
            {% do offenders.append('{:,}'.format(nulls[name] | int) ~ ' rows without ' ~ name) %}
        {% endfor %}
    {% endif %}
    {% for key in keys %}
        {% set repeated = run_query(
            'select count(*) from (select 1 from ' ~ relation ~ ' group by ' ~ (key | join(', ')) ~ ' having count(*) > 1)'
        ).columns[0].values()[0] %}
        {% if repeated > 0 %}
            {% do offenders.append('{:,}'.format(repeated | int) ~ ' keys (' ~ (key | join(', ')) ~ ') in more than one row') %}
        {% endif %}
    {% endfor %}

    {% if offenders %}
        {% do exceptions.raise_compiler_error(relation ~ ' breaks its contract: ' ~ (offenders | join('; '))) %}
    {% endif %}
{% endmacro %}
