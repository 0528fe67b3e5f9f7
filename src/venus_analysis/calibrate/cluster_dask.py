"""Pieces of work on the workers of a dask `distributed` scheduler.

The scheduler tries a piece again whose worker died, on another worker, and gives
it up after some deaths. A piece that merely stood beside the one that kills
suffers the same deaths, so that each of those given up is tried once more, alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from venus_analysis.calibrate.pieces import Lost, Note, Take, Work
from venus_analysis.errors import UsageError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 10.0
# Pieces the scheduler knows of at once: many times the workers, few for the driver's memory.
WINDOW: Final = 512
GONE: Final = Lost("the scheduler was lost before it was done; run again to go on")


def on_cluster(
    work: Work, pieces: Mapping[int, Any], take: Take, address: str, *, note: Note
) -> None:
    """Do the pieces through the scheduler at an address.

    Parameters
    ----------
    work, pieces, take, note
        As in `venus_analysis.calibrate.cluster.run`. When the scheduler is lost,
        `take` gets `GONE` for all that is not done.
    address
        As ``tcp://host:8786``.

    Raises
    ------
    UsageError
        `distributed` is not installed, or no scheduler is there.
    """
    with _client(address) as client:
        flow = _Flow(client, work, take, note)
        flow.run(pieces)
        for number in sorted(flow.given_up):
            flow.note(f"workers died over input {number}; it is tried once more, alone")
            flow.run({number: pieces[number]}, last=True)


def _client(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "--scheduler: an address needs the package distributed: pip install venus-analysis[hpc]"
        ) from None
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--scheduler {address}: no dask scheduler there ({error}); start one, or use threads"
        ) from None


class _Flow:
    """Pieces on their way through a scheduler, so many at once and no more."""

    def __init__(self, client: Client, work: Work, take: Take, note: Note) -> None:
        self.client, self.work, self.take, self.note = client, work, take, note
        self.given_up: set[int] = set()
        self.lost = False

    def run(self, pieces: Mapping[int, Any], *, last: bool = False) -> None:
        """Hand over what comes back; what is given up waits for its second turn, unless `last`."""
        from distributed import as_completed

        waiting, numbers = iter(pieces.items()), {}
        ended = as_completed(loop=self.client.loop)  # type: ignore[no-untyped-call]

        def feed(room: int) -> None:
            for number, piece in islice(waiting, 0 if self.lost else room):
                future = self.client.submit(self.work, piece, pure=False)
                numbers[future] = number
                ended.add(future)  # type: ignore[no-untyped-call]

        feed(WINDOW)
        for future in ended:
            number = numbers.pop(future)
            result, killed = self._result(future)
            future.release()
            if self.lost:
                numbers[future] = number
                break
            if killed and not last:
                self.given_up.add(number)
            else:
                self.take(number, result)
            feed(1)
        if self.lost:
            self._give_up({*numbers.values(), *(number for number, _ in waiting)})

    def _result(self, future: Any) -> tuple[Any, bool]:
        """Give the result of a piece or why there is none, and whether its workers died."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:
            return future.result(), False
        except KilledWorker:
            return Lost("the workers that worked on it died, again and again"), True
        except (CancelledError, OSError) as error:
            if future.status == "error":
                return Lost(f"the cluster gave it up: {type(error).__name__}: {error}"), False
            self.lost = True
            return GONE, False
        except Exception as error:
            return Lost(f"the cluster gave it up: {type(error).__name__}: {error}"), False

    def _give_up(self, numbers: set[int]) -> None:
        self.note(f"the scheduler was lost; {len(numbers)} inputs are not done")
        for number in sorted(numbers):
            self.take(number, GONE)
