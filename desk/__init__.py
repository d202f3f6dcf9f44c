"""The labelling page: a local web page on which the lines of pages get their labels.

1. `inputs` finds the pages of some paths, and the TSV file of each, which is a `sheet`.
2. `desk` lets the model read them, puts them in order, and answers for each what stands on it.
3. `app` serves that and the files of ``static/``; `guard` keeps everybody else out; `server` runs it.
"""
