"""Files and databases -> canonical tables, with the rows set aside and an account of every row and amount.

`opened` reads the sources and maps their headers, `standardise` types whole columns, `rows` accepts or sets aside,
`account` tells what became of everything. `run.build` puts them together with `identity`.
"""
