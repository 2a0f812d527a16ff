select *
from {{ input_rows(missing=setting('session_missing_texts')) }}
