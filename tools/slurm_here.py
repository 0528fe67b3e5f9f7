"""A real SLURM of one node on this machine, in a folder of its own, for as long as a command runs.

`python tools/slurm_here.py COMMAND ...` starts munged, slurmctld and slurmd (Debian:
`apt install slurm-wlm munge`), runs the command with `SLURM_CONF` set, so that sbatch,
squeue and `venus-analysis moon --scheduler slurm` find it, and stops them again. Needs
root, as slurmd does. Nothing outside the folder is written to.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "sinfo")
PATIENCE_S = 30.0
CONFIGURATION = """
ClusterName=here
SlurmctldHost={host}
SlurmctldPort={control}
SlurmdPort={node}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
SwitchType=switch/none
SlurmdTimeout=30
SlurmctldTimeout=30
InactiveLimit=0
KillWait=2
SchedulerParameters=batch_sched_delay=1,sched_interval=1
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory_mb} State=UNKNOWN
PartitionName=here Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
"""


def missing() -> list[str]:
    """Programs that are not installed."""
    return [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]


def _path() -> str:
    """Where daemons lie too."""
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


@contextmanager
def slurm(folder: Path) -> Iterator[dict[str, str]]:
    """Start the daemons; the environment in which SLURM's commands find them.

    Parameters
    ----------
    folder
        Empty, with a short name: it holds sockets.

    Raises
    ------
    RuntimeError
        The node does not come up; the message holds the end of the logs.
    """
    host = socket.gethostname().partition(".")[0]
    for name in ("state", "spool"):
        (folder / name).mkdir()
    folder.chmod(0o755)
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o400)
    configuration = folder / "slurm.conf"
    configuration.write_text(
        CONFIGURATION.format(
            host=host,
            folder=folder,
            control=_free(),
            node=_free(),
            cores=os.cpu_count(),
            memory_mb=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 9 // 10 >> 20,
        )
    )
    environment = {**os.environ, "SLURM_CONF": str(configuration), "PATH": _path()}
    munge = ["munged", "--foreground", "--force", f"--key-file={key}"]
    munge += [f"--{name}-file={folder}/munge.{name}" for name in ("log", "pid", "seed")]
    munge.append(f"--socket={folder}/munge.socket")
    with ExitStack() as stack:
        for command in (
            munge,
            ["slurmctld", "-D", "-f", str(configuration)],
            ["slurmd", "-D", "-f", str(configuration), "-N", host],
        ):
            stack.enter_context(_running(command, environment, folder))
            time.sleep(0.5)
        _wait(environment, folder)
        yield environment


@contextmanager
def _running(command: list[str], environment: dict[str, str], folder: Path) -> Iterator[None]:
    with (folder / f"{command[0]}.out").open("w") as out:
        one = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        try:
            yield
        finally:
            one.terminate()
            try:
                one.wait(10)
            except subprocess.TimeoutExpired:
                one.kill()


def _wait(environment: dict[str, str], folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        done = subprocess.run(
            ["sinfo", "-h", "-o", "%t"], env=environment, capture_output=True, text=True
        )
        if done.stdout.strip() in ("idle", "mix", "alloc"):
            return
        time.sleep(0.3)
    logs = [*folder.glob("*.log"), *folder.glob("*.out")]
    ends = "\n".join(f"{one.name}: {one.read_text(errors='replace')[-600:]}" for one in logs)
    raise RuntimeError(
        f"no SLURM node after {PATIENCE_S:.0f} s\n{done.stdout}{done.stderr}\n{ends}"
    )


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def main() -> int:
    """Run a command within SLURM; its exit code."""
    if absent := missing():
        print(f"not installed: {', '.join(absent)} (apt install slurm-wlm munge)", file=sys.stderr)
        return 2
    if not sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="slurm") as name, slurm(Path(name)) as environment:
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
