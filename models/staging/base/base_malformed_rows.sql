{{ config(materialized='table', pre_hook="{{ scan_for_malformed_rows() }}") }}

-- Lines of text files that aren't rows: too few or too many fields, an open quote,
-- bytes that aren't UTF-8.
{{ malformed_rows() }}
