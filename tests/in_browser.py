"""The notebooks in JupyterLab, in a real browser: what a user sees. `make browser-test` runs it; plain pytest does not.

JupyterLab is started as `make lab` starts it, on a copy of the notebooks. Screenshots go to build/screenshots.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import nbformat
import pytest

from databases import ROOT, made

pytest.importorskip("playwright", reason="Playwright is not installed: make browser-test installs it")
from playwright.sync_api import BrowserContext, Locator, Page, expect, sync_playwright

NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
SCREENSHOTS = ROOT / "build" / "screenshots"
WIDTH, HEIGHT = 1400, 9000  # high enough for every notebook: JupyterLab draws what is in sight

#: Pixels that a line of the smallest text takes at least, in a window of that width with the file browser open.
LEGIBLE = 11

#: Measures a diagram in the page: the texts in its boxes, their height, and the boxes that a line crosses. The picture
#: is an SVG inside an image, so the script extracts the SVG and measures it.
MEASURE = """
async image => {
    await image.decode();
    const svg = new DOMParser().parseFromString(decodeURIComponent(image.src.split(/,(.*)/s)[1]), 'image/svg+xml');
    const place = document.createElement('div');
    place.style.width = image.width + 'px';
    place.appendChild(document.importNode(svg.documentElement, true));
    document.body.appendChild(place);
    const boxes = [...place.querySelectorAll('g.node')].map(node => [node.textContent, node.getBoundingClientRect()]);
    const texts = [...place.querySelectorAll('g.node span, g.node text')].filter(each => each.textContent.trim());
    const through = [];
    for (const line of place.querySelectorAll('path.relationshipLine, .edgePaths path')) {
        const matrix = line.getScreenCTM();
        for (let at = 0; at <= line.getTotalLength(); at += 2) {
            const point = line.getPointAtLength(at).matrixTransform(matrix);
            for (const [name, box] of boxes) {
                const across = Math.min(point.x - box.left, box.right - point.x);
                const down = Math.min(point.y - box.top, box.bottom - point.y);
                if (Math.min(across, down) > 3) through.push(name);
            }
        }
    }
    const found = {
        boxes: boxes.map(([name]) => name),
        lines: place.querySelectorAll('path.relationshipLine, .edgePaths path').length,
        through: [...new Set(through)],
        heights: texts.map(each => each.getBoundingClientRect().height),
    };
    place.remove();
    return found;
}
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A folder with the notebooks and the SQL that they read, which saving may change."""
    folder = tmp_path_factory.mktemp("lab")
    for part in ("notebooks", "sql"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return folder


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Path:
    """JupyterLab's settings, of a user who has answered its question about news."""
    folder = tmp_path_factory.mktemp("settings")
    setting(folder, "notification", {"fetchNews": "false"})
    return folder


def setting(folder: Path, plugin: str, values: dict[str, str]) -> None:
    path = folder / "@jupyterlab" / "apputils-extension" / f"{plugin}.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), encoding="utf-8")


@pytest.fixture(scope="module")
def lab(copy, settings) -> Iterator[str]:
    """The address of a JupyterLab that was started by `make lab`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"--no-browser --port={port} --ServerApp.root_dir={copy} --IdentityProvider.token=test"
    environment = os.environ | {"JUPYTERLAB_SETTINGS_DIR": str(settings)}
    command = ["make", "--no-print-directory", "lab", f"VENV={sys.prefix}", f"ARGS={options}"]
    log = SCREENSHOTS.parent / "lab.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while not answers(f"{address}/api?token=test"):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def answers(address: str) -> bool:
    with contextlib.suppress(URLError, OSError), urllib.request.urlopen(address, timeout=5):
        return True
    return False


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    """The system's Chromium, in which JupyterLab is loaded once for all notebooks."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("There is no Chromium on this machine. On Debian and Ubuntu: apt install chromium")
    quiet = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    options = [*quiet.split(), "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=options)
        yield browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        browser.close()


@contextlib.contextmanager
def opened(browser: BrowserContext, lab: str, notebook: str) -> Iterator[Page]:
    """A notebook in JupyterLab, ready to be used."""
    page = browser.new_page()
    page.set_default_timeout(120_000)
    expect.set_options(timeout=120_000)
    dialog = page.locator(".jp-Dialog")
    page.add_locator_handler(dialog.first, lambda: dismiss(page, dialog))
    page.goto(f"{lab}/lab/tree/notebooks/{notebook}.ipynb?reset&token=test")
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible()
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first.wait_for()
    yield page
    page.close()


def dismiss(page: Page, dialog: Locator) -> None:
    """Accept an unexpected dialog of JupyterLab, and warn about it: a busy machine loses a connection, or knows too
    late which kernel a notebook needs, and asks for it.
    """
    warnings.warn("JupyterLab asked: " + " / ".join(dialog.all_inner_texts()), stacklevel=1)
    accept = dialog.first.locator("button.jp-mod-accept")
    if accept.count():
        accept.first.click()
    else:
        page.keyboard.press("Escape")


def choose(page: Page, menu: str, entry: str) -> None:
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.locator(f'.lm-Menu-item[data-command="{entry}"]').click()


def run_all(page: Page) -> None:
    """Run all cells. Repeat this if nothing happens, because on a busy machine the kernel may start after the menu."""
    first = page.locator(".jp-CodeCell .jp-InputPrompt").first
    for _ in range(5):
        choose(page, "Run", "runmenu:run-all")
        with contextlib.suppress(AssertionError):
            expect(first).not_to_have_text("[ ]:", timeout=15_000)
            return
    raise AssertionError("JupyterLab does not run the cells")


def outputs(notebook: Path, kind: str) -> list[str]:
    """What the cells of a notebook show of a kind, as it is stored."""
    cells = nbformat.read(notebook, as_version=4).cells
    return [each.data[kind] for cell in cells for each in cell.get("outputs", ()) if kind in each.get("data", {})]


def check(page: Page, notebook: Path, theme: str) -> None:
    """Assert that everything a notebook holds is shown."""
    assert page.locator("body").get_attribute("data-jp-theme-light") == str(theme == "light").lower()
    pictures = outputs(notebook, "image/png")
    shown = page.locator('.jp-OutputArea-output img[src^="data:image/png"]')
    expect(shown).to_have_count(len(pictures))
    for each in shown.all():
        assert each.is_visible()
        assert each.evaluate("image => image.naturalWidth") > 200
    tables = sum(text.count("<table") for text in outputs(notebook, "text/html"))
    shown = page.locator(".jp-OutputArea-output.jp-RenderedHTML table")
    expect(shown).to_have_count(tables)
    assert all(each.is_visible() for each in shown.all())
    check_diagrams(page, notebook)
    cells = nbformat.read(notebook, as_version=4).cells
    meant = [cell for cell in cells if "raises-exception" in cell.metadata.get("tags", ())]
    for kind, count in (("application/vnd.jupyter.error", 0), ("application/vnd.jupyter.stderr", len(meant))):
        expect(page.locator(f'[data-mime-type="{kind}"]')).to_have_count(count)


def check_diagrams(page: Page, notebook: Path) -> None:
    """Assert that the diagrams show their tables, legibly, and no line behind one."""
    cells = nbformat.read(notebook, as_version=4).cells
    shown = [each.data for cell in cells for each in cell.get("outputs", ()) if "text/markdown" in each.get("data", {})]
    texts = [text for each in shown for text in re.findall(r"```mermaid\n(.*?)```", each["text/markdown"], re.DOTALL)]
    drawn = page.locator(".jp-RenderedMermaid img")
    expect(drawn).to_have_count(len(texts))
    assert page.locator(".jp-RenderedMermaid.jp-mod-warning").count() == 0
    for image, text in zip(drawn.all(), texts, strict=True):
        assert image.is_visible()
        found = image.evaluate(MEASURE)
        names = re.findall(r"^    ([a-z_]+)(?:\[[^\n]*\])?(?: \{)?$", text, re.MULTILINE)
        assert len(found["boxes"]) == len(names)
        for name, box in zip(sorted(names), sorted(found["boxes"]), strict=True):
            assert box.startswith(name)
        assert found["lines"] == len(re.findall(r"^    \w+ \S+ \w+ : ", text, re.MULTILINE))
        assert found["through"] == [], "a line runs behind a table"
        assert min(found["heights"]) > LEGIBLE, "too small to read"


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_runs_and_shows_all_it_has_in_a_light_theme(browser, lab, copy, settings, notebook):
    setting(settings, "themes", {"theme": "JupyterLab Light"})
    path = copy / "notebooks" / f"{notebook}.ipynb"
    with opened(browser, lab, notebook) as page:
        choose(page, "Edit", "editmenu:clear-all")
        assert page.locator(".jp-OutputArea-output").count() == 0
        run_all(page)
        count = len([cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"])
        expect(page.locator(".jp-CodeCell .jp-InputPrompt").last).to_have_text(f"[{count}]:")
        check(page, path, "light")
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{notebook}_light.png")
        choose(page, "File", "docmanager:save")
        expect(page.locator(".lm-TabBar-tab.jp-mod-dirty, .jp-Document-title .jp-mod-dirty")).to_have_count(0)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_saved_notebook_shows_all_it_has_in_a_dark_theme(browser, lab, copy, settings, notebook):
    setting(settings, "themes", {"theme": "JupyterLab Dark"})
    with opened(browser, lab, notebook) as page:
        check(page, copy / "notebooks" / f"{notebook}.ipynb", "dark")
        page.screenshot(path=SCREENSHOTS / f"{notebook}_dark.png")


def test_a_notebook_that_was_run_and_saved_in_the_browser_equals_the_stored_one(lab, copy):
    """So it passes nbval as the stored one does."""
    for notebook in NOTEBOOKS:
        stored, saved = (folder / "notebooks" / f"{notebook}.ipynb" for folder in (ROOT, copy))
        assert saved.stat().st_mtime > stored.stat().st_mtime, "the tests above save it"
        before, after = (nbformat.read(path, as_version=4).cells for path in (stored, saved))
        assert [shown(cell) for cell in after] == [shown(cell) for cell in before]


def shown(cell: nbformat.NotebookNode) -> object:
    """The source and the outputs of a cell; what was printed in several goes, in one."""
    found: list[dict[str, object]] = []
    for output in cell.get("outputs", ()):
        if found and output.output_type == "stream" and found[-1].get("name") == output.name:
            found[-1]["text"] = f"{found[-1]['text']}{output.text}"
        else:
            found.append(dict(output))
    return cell.source, found


# Characters with a meaning in Mermaid, Markdown, HTML or SQL; reserved words of Mermaid.
ODD = """
    CREATE TABLE "class" ("end" INTEGER PRIMARY KEY, "style" TEXT);
    CREATE TABLE "direction TB" ("a ""quoted"" `name`" INTEGER PRIMARY KEY, one INTEGER REFERENCES "class" ("end"));
    CREATE TABLE "<b>50%</b> & #35; \\ _x_ *y* {z} [w] ; %%" (
        id INTEGER PRIMARY KEY, "größe; #1" DECIMAL(18, 3)[], what STRUCT(a INTEGER, "b c" TEXT),
        many INTEGER NOT NULL UNIQUE REFERENCES "direction TB" ("a ""quoted"" `name`") /* ON DELETE CASCADE */
    );
    CREATE TABLE "class_" (pk TEXT, "FK" TEXT, u INTEGER REFERENCES "class" ("end") /* ON DELETE SET NULL */);
"""


@pytest.mark.parametrize("columns", ["all", "none"])
def test_odd_names_are_drawn_as_they_are(browser, lab, copy, tmp_path, columns):
    with made(tmp_path, ODD) as bench:
        tables, diagram = list(bench.tables()["table"]), bench.diagram(columns=columns)
        keys = [column for table in tables for column in bench.describe(table)["column"]]
    output = nbformat.v4.new_output("display_data", {"text/markdown": diagram.markdown, "text/plain": repr(diagram)})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("diagram", outputs=[output])])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, copy / "notebooks" / "odd.ipynb")
    with opened(browser, lab, "odd") as page:
        image = page.locator(".jp-RenderedMermaid img")
        expect(image).to_have_count(1)
        found = image.evaluate(MEASURE)
    (copy / "notebooks" / "odd.ipynb").unlink()
    assert len(found["boxes"]) == len(tables)
    for table in tables:
        assert [box for box in found["boxes"] if box.startswith(table)], (table, found["boxes"])
    if columns == "all":
        assert [key for key in keys if not any(key in box for box in found["boxes"])] == []
    assert (found["lines"], found["through"]) == (3, [])
