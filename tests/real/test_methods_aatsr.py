"""Desert and SNO against one reference at one site: two methods, one answer.

AATSR and MERIS (third reprocessing) over Libya 4, from files to the ledger to `compare`.
"""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from venus_analysis.cli import app


@pytest.fixture(scope="module")
def levels(real_data, tmp_path_factory):
    """By band: what `compare --levels` says of a ledger that `desert` and `sno` filled."""
    folder, ledger = real_data / "dimitri", tmp_path_factory.mktemp("methods") / "ledger"
    responses = str(folder / "rsr")

    def run(*arguments):
        done = CliRunner().invoke(app, [str(one) for one in arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    for method in ("desert", "sno"):
        run(
            method, folder / "AATSR_2nd_Reprocessing_Libya4.sav",
            "--reference", folder / "MERIS_3rd_Reprocessing_Libya4.sav",
            "--instrument", "AATSR", "--reference-instrument", "MERIS",
            "--reference-name", "MERIS_3rd", "--site", "Libya 4",
            "--response", responses, "--reference-response", responses, "--ledger", ledger,
        )  # fmt: skip
    document = json.loads(run("compare", "--ledger", ledger, "--levels", "--json"))
    assert not document["simulated"]
    return {one["band"]: one for one in document["levels"]}


@pytest.mark.parametrize("band", ["555", "865"])
def test_desert_and_simultaneous_looks_agree(levels, band):
    found = levels[band]
    print(found)
    assert {found["first"].split()[0], found["second"].split()[0]} == {"desert", "sno"}
    assert abs(found["difference"]) <= 0.004
    assert abs(found["en"]) < 1.0
    assert 0.0 < found["u"] < 0.004
