"""What is known of input files before a model reads them.

`finding` finds files, `files` describes them by the `layouts` of text and by `columns`,
`contents` and `quotes` read text to its end, `listing` tells files apart, `damage`
looks after a run that failed, and `feature_columns` are those that models learn from.
"""
