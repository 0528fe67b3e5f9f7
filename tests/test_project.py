"""The repository keeps its own rules."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import pkgutil
import re
import subprocess
from pathlib import Path

import pytest

import venus_analysis

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(
    name
    for _, name, _ in pkgutil.walk_packages(venus_analysis.__path__, "venus_analysis.")
    if not name.endswith("__main__")
)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_environment_is_generated_from_pyproject() -> None:
    spec = importlib.util.spec_from_file_location("environment", ROOT / "tools/environment.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    expected = tool.render((ROOT / "pyproject.toml").read_text())
    assert (ROOT / "environment.yml").read_text() == expected, "run: make environment"


def test_constraints_are_names_and_versions_only() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert not re.search(r"/|@|://", line), line
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[^ ;]+( ; .+)?", line), line


def test_constraints_cover_every_dependency() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [item for extra in project["optional-dependencies"].values() for item in extra]
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    for requirement in [*project["dependencies"], *extras]:
        name = re.split(r"[\[<>=!]", requirement)[0].lower().replace("_", "-")
        assert name in pinned or name == "venus-analysis", f"{name}: run make constraints"


def test_no_machine_paths_or_stored_outputs() -> None:
    home = str(Path.home())
    for path in tracked():
        if path.suffix in {".png", ".csv"} or path.stat().st_size > 2_000_000:
            continue
        text = path.read_text(encoding="utf-8")
        assert f"{ROOT.parent}/" not in text or str(ROOT.parent) == "/", path
        assert home == "/" or f"{home}/" not in text, path
        if path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            assert not any(cell.get("outputs") for cell in cells), f"{path}: strip its outputs"


def public_members(module: object) -> list[tuple[str, object]]:
    name = module.__name__
    return [
        (f"{name}.{key}", value)
        for key, value in vars(module).items()
        if not key.startswith("_")
        and getattr(value, "__module__", None) == name
        and (inspect.isfunction(value) or inspect.isclass(value))
    ]


@pytest.mark.parametrize("name", [m for m in MODULES if ".compute." in m])
def test_public_functions_of_compute_show_an_example(name: str) -> None:
    functions = [
        (full_name, value)
        for full_name, value in public_members(importlib.import_module(name))
        if inspect.isfunction(value)
    ]
    without = {n for n, value in functions if ">>>" not in (inspect.getdoc(value) or "")}
    assert not without


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_imported_alone(name: str) -> None:
    assert importlib.import_module(name).__doc__, f"{name} says nothing of itself"


def test_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "make demo" in readme
    assert "make test" in readme
