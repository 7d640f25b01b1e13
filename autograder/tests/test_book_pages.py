"""The book in a real browser, from a folder: nothing fails, nothing is cut off, everything can be reached."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.course import find_root

ROOT = find_root(Path(__file__).parent)
AXE = ROOT / ".tools/node_modules/axe-core/axe.min.js"
WINDOWS = list(itertools.product((1280, 390), ("light", "dark")))
SOME = [  # a page of each kind; those that need most room come in narrow windows
    "index.html",
    "lectures/00-why.html",
    "play/locks.html",
    "play/pool.html",
    "play/speedup.html",
    "results/attacks.html",
    "reference/used.html",
    "search.html",
]
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def window(browser) -> Iterator[Any]:
    """A page of the browser in a window of this width and mode; what went wrong in it fails the test."""
    wrong: list[str] = []
    opened = {}

    def open_window(width: int, mode: str) -> Any:
        if (width, mode) not in opened:
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=mode)
            page = opened[width, mode] = context.new_page()
            page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
        return opened[width, mode]

    open_window.wrong = wrong  # type: ignore[attr-defined]
    yield open_window
    for page in opened.values():
        page.context.close()


def names(book_html: Path) -> list[str]:
    """Every page of the book."""
    paths = (path for path in book_html.rglob("*.html") if path.relative_to(book_html).parts[0][0] != "_")
    return sorted(path.relative_to(book_html).as_posix() for path in paths)


CUT_OFF = """() => {
    const found = [], wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 0) found.push(`wider than the window by ${wide}`);
    for (const node of document.querySelectorAll('article *')) {
        const scrolls = node.closest('pre, table, .cell_output, .play-table');
        if (node.getBoundingClientRect().right > innerWidth + 1 && node.getClientRects().length && !scrolls)
            found.push(node.outerHTML.slice(0, 120));
    }
    return found;
}"""


def look(page: Any, path: Path, wrong: list[str]) -> list[str]:
    """What is wrong with one page in one window."""
    wrong.clear()
    page.goto(path.as_uri())
    return [*wrong, *page.evaluate(CUT_OFF)]


def test_a_page_loads_without_an_error_and_nothing_is_cut_off(book_html, window):
    """A page of each kind in one window; all pages in all windows are looked through in `make test-all`."""
    found = {}
    for name, (width, mode) in zip(SOME, itertools.cycle(WINDOWS), strict=False):
        if wrong := look(window(width, mode), book_html / name, window.wrong):
            found[name, width, mode] = wrong
    assert found == {}


@pytest.mark.slow
@pytest.mark.parametrize(("width", "mode"), WINDOWS)
def test_every_page_in_every_window(book_html, window, width, mode):
    found = {name: look(window(width, mode), book_html / name, window.wrong) for name in names(book_html)}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_the_search_finds_from_a_folder(book_html, window):
    page = window(1280, "light")
    window.wrong.clear()
    page.goto((book_html / "index.html").as_uri())
    page.keyboard.press("Control+k")
    page.keyboard.type("makespan")
    page.keyboard.press("Enter")
    page.wait_for_selector("ul.search li a")
    page.wait_for_function("document.querySelector('.search-summary').textContent.includes('finished')")
    found = page.locator("ul.search li a").evaluate_all("links => links.map(link => link.pathname)")
    assert any(path.endswith("exercises/00-why/why.html") for path in found)
    assert any(path.endswith("lectures/00-why.html") for path in found)
    assert window.wrong == []


def test_light_and_dark_change_by_the_button_and_stay(book_html, window):
    page = window(1280, "light")
    page.goto((book_html / "index.html").as_uri())

    def ground() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    before = ground()
    page.locator(".theme-switch-button").first.click()
    page.locator(".dropdown-menu.show button, .dropdown-menu.show a").filter(has_text="Dark").first.click()
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    assert ground() != before
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.evaluate("localStorage.clear()")


def test_a_narrow_window_reaches_the_other_pages_by_its_button(book_html, window):
    page = window(390, "light")
    page.goto((book_html / "lectures/00-why.html").as_uri())
    link = page.locator("nav.bd-links a", has_text="Two locks and a ring")
    assert not link.first.is_visible()
    page.locator(".primary-toggle:visible").first.click()
    page.locator("nav.bd-links a:visible", has_text="Two locks and a ring").first.click()
    page.wait_for_url("**/play/locks.html")


def test_on_paper_hints_and_solutions_are_open_and_buttons_gone(book_html, window):
    page = window(1280, "light")
    page.goto((book_html / "exercises/00-why/why.html").as_uri())
    solution = page.locator("details.solution pre").first
    assert not solution.is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert solution.is_visible() and not page.locator(".ways").is_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not solution.is_visible()


@pytest.mark.parametrize("name", ["index", "play/speedup"])
def test_axe_finds_no_serious_fault(book_html, window, name):
    """On one page of each kind; on every page, in every window, in `make test-all`."""
    turn = len(name) % len(WINDOWS)
    assert faults(window(*WINDOWS[turn]), book_html / f"{name}.html") == []


@pytest.mark.slow
@pytest.mark.parametrize(("width", "mode"), WINDOWS)
def test_axe_finds_no_serious_fault_anywhere(book_html, window, width, mode):
    found = {name: faults(window(width, mode), book_html / name) for name in names(book_html)}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def faults(page: Any, path: Path) -> list[str]:
    """What axe-core calls serious on a page, one message a rule."""
    assert AXE.is_file(), f"{AXE.relative_to(ROOT)} is missing: 'make axe' brings it, and needs npm"
    page.goto(path.as_uri())
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [
        f"{one['id']}: {one['help']}, at {json.dumps([node['html'][:150] for node in one['nodes'][:3]])}"
        for one in found
        if one["impact"] in SERIOUS
    ]
