"""Write environment.yml from pyproject.toml, the one source of dependencies."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONDA_NAMES = {"dask": "dask-core", "netCDF4": "netcdf4"}
ONLY_ON_PYPI = {"axe-playwright-python", "playwright", "rimopy", "skyfield-data"}
HEAD = """\
# Generated from pyproject.toml by tools/environment.py (make environment). Do not edit.
# Solving this with conda is not tested here; `make setup` with pip is.
name: venus-analysis
channels:
  - conda-forge
dependencies:
"""


def render(pyproject: str) -> str:
    """Text of environment.yml for the text of a pyproject.toml."""
    project = tomllib.loads(pyproject)["project"]
    extras = project["optional-dependencies"].values()
    everything = [*project["dependencies"], *(item for extra in extras for item in extra)]
    wanted = sorted(
        {item for item in everything if not item.startswith(project["name"])}, key=str.lower
    )
    conda, pypi = [f"python{project['requires-python']}"], []
    for requirement in wanted:
        name, limits = re.fullmatch(r"([\w.-]+)(.*)", requirement).groups()
        if name in ONLY_ON_PYPI:
            pypi.append(requirement)
        else:
            conda.append(CONDA_NAMES.get(name, name) + limits)
    lines = [f"  - {item}\n" for item in [*conda, "pip"]]
    lines += ["  - pip:\n", *(f"    - {item}\n" for item in [*pypi, "-e ."])]
    return HEAD + "".join(lines)


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(render((ROOT / "pyproject.toml").read_text()))
    sys.exit(0)
