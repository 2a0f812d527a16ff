"""What is known of input files before a model reads them.

`files` looks at headers and columns, `quotes` at the quoting of text files, and
`feature_columns` at the columns that models may take as features.
"""
