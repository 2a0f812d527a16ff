select *
from {{ input_rows() }}
