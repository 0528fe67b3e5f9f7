"""From ledger rows to what a page on drift shows.

`selection` picks the rows of a series, `views` puts them under the parameters asked
for, `events` and `exclusions` say what happened and what does not count, and
`page.drift_page` fits, judges and gathers; `what_if` and `proposals` look ahead.
"""
