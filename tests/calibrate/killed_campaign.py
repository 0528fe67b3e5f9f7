"""A campaign that is killed after some outcomes.

Started by tests: ``killed_campaign.py SCHEDULER LEDGER NUMBER [--parameters DIR] INPUT ...``; the
driver gets SIGKILL as soon as NUMBER outcomes are reported.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from pathlib import Path

from venus_analysis.calibrate.campaign import calibrate_inputs
from venus_analysis.calibrate.inputs import MoonCampaign
from venus_analysis.calibrate.outcome import Outcome
from venus_analysis.instrument import venus_responses


def main(scheduler: str, ledger: str, number: int, inputs: list[str]) -> None:
    parameters = None
    if inputs[0] == "--parameters":
        parameters, inputs = Path(inputs[1]), inputs[2:]
    reported = count(1)

    def report(outcome: Outcome) -> None:
        if next(reported) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    calibrate_inputs(
        inputs,
        MoonCampaign(parameters, tuple(venus_responses()), run_id="killed"),
        ledger=ledger,
        scheduler=scheduler,
        workers=1,
        report=report,
        batch_rows=1,
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
