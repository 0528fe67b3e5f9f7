"""A dask scheduler with one worker, for tests that kill it; prints its address.

``own_scheduler.py [nanny]``: with ``nanny`` the worker is a process that may die, and the scheduler
gives a piece up after its second death.
"""

from __future__ import annotations

import signal
import sys
import time

import dask
import distributed


def main(nanny: bool) -> None:
    # a shell without a terminal starts what runs in the background deaf to Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    dask.config.set({"distributed.scheduler.allowed-failures": 1})
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=nanny,
        protocol="tcp",
        dashboard_address=None,
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        time.sleep(600.0)  # a busy machine takes its time to restart a worker


if __name__ == "__main__":
    main("nanny" in sys.argv)
