"""Drift of series, known steps, and what parameter updates did.

Array functions; each file says what it does on its first line. The usual way:
`series.prepare_series`, `models.fit_model`, `intervals.intervals`, then
`updates.judge_updates` and `due.update_due`.
"""
