"""Every notebook runs top to bottom and says the same as its text form."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbclient
import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
FETCHED = re.compile(r"https?://cdn\.(bokeh|holoviz|pydata)\.org")
"""Where figures take scripts and style sheets from unless they are told not to."""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[nbclient.NotebookClient]:
    """One kernel for all: they import the same packages, which costs more than most compute."""
    home = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(home / "ipython"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(home / "runtime"))
        client = nbclient.NotebookClient(
            nbformat.v4.new_notebook(), timeout=300, shutdown_kernel="immediate"
        )
        with client.setup_kernel():
            yield client


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_paired_text_is_the_same(path: Path) -> None:
    notebook, text = jupytext.read(path), jupytext.read(path.with_suffix(".py"))
    assert [(c.cell_type, c.source) for c in notebook.cells] == [
        (c.cell_type, c.source) for c in text.cells
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_figures_are_shown_as_they_draw_offline(path: Path) -> None:
    """Also in cells that run on real data only: HoloViews' own display fetches its scripts."""
    tree = ast.parse(path.with_suffix(".py").read_text(encoding="utf-8"))
    figures = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("venus_analysis.plot.")
        for name in node.names
    }
    displayed = [
        named.id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "display"
        for named in ast.walk(call)
        if isinstance(named, ast.Name) and named.id in figures
    ]
    assert not displayed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_runs_top_to_bottom(path: Path, kernel: nbclient.NotebookClient, tmp_path: Path) -> None:
    notebook = jupytext.read(path)
    alone = f"%reset -f\n%cd -q {tmp_path}"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(alone))
    kernel.nb = notebook
    kernel.execute(cleanup_kc=False)
    said = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert any("image" in str(output) or "html" in str(output) for output in said)
    assert not [output for output in said if output.get("name") == "stderr"]
    assert not FETCHED.search(str(said))
