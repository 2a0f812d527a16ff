{% macro stop_at_rejected_share() -%}
    {% if execute %}
        {% set rows = [] %}
        {% for row in run_query('select * from ' ~ this ~ " where outcome <> 'blanked'"
            ~ ' order by table_name, row_count desc, reason, currency') %}
            {% do rows.append({
                'table_name': row.table_name, 'outcome': row.outcome, 'reason': row.reason,
                'currency': row.currency, 'example': row.example,
                'row_count': row.row_count | int, 'value_count': row.value_count | int,
                'form_count': row.form_count | int, 'money': (row.gross_money or 0) | float,
            }) %}
        {% endfor %}
        {% do ask_python('touchledger_check_input_rows', {
            'rows': rows, 'max_rejected_share': var('max_rejected_share'),
            'spend_duplicates': var('spend_duplicates'),
        }) %}
    {% endif %}
{%- endmacro %}
