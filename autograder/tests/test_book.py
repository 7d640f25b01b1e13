"""The book: what it is made of, that it stands on its own, and that what it prints runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from autograder import book
from autograder.course import find_root
from autograder.notebooks import MARKERS
from autograder.notebooks import build as build_notebooks
from autograder.render.palette import PALETTE

ROOT = find_root(Path(__file__).parent)
MOST_BYTES = 1_500_000  # of a page, with all that it loads
FONTS = ("fa-solid-900.woff2", "fa-regular-400.woff2")  # the icons; loaded by the style, so not in the page


class Page(HTMLParser):
    """What a page refers to, and the ids that others may refer to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.ids: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        elif tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.loads.append(str(given["href"]))
        elif given.get("src"):
            self.loads.append(str(given["src"]))
        if tag == "img":
            self.pictures.append(given)


def told(shown: dict[str, str | None]) -> bool:
    """Whether a picture has words; Sphinx takes its path where there are none."""
    return bool(shown.get("alt")) and not str(shown["alt"]).endswith((".png", ".svg"))


@pytest.fixture(scope="session")
def pages(book_html: Path) -> dict[str, Page]:
    """Every page of the built book, by its path."""
    return {
        path.relative_to(book_html).as_posix(): Page(path)
        for path in sorted(book_html.rglob("*.html"))
        if "_static" not in path.parts
    }


# ---------------------------------------------------------------- the pages


def test_every_lecture_and_exercise_has_a_page_and_the_notebook_to_save(book_html, pages):
    notebooks = [*ROOT.glob("lectures/*.ipynb"), *ROOT.glob("exercises/*/*.ipynb")]
    assert len(notebooks) >= 12
    for path in notebooks:
        name = path.relative_to(ROOT).as_posix()
        page = name.replace(".ipynb", ".html")
        assert any(link.endswith(f"_notebooks/{name}") for link in pages[page].links), page
        assert (book_html / "_notebooks" / name).read_bytes() == path.read_bytes()
        assert page in pages["index.html"].links


def test_a_page_loads_nothing_from_elsewhere(book_html, pages):
    foreign = [(name, url) for name, page in pages.items() for url in page.loads if urlsplit(url).scheme]
    for style in book_html.rglob("*.css"):
        urls = re.findall(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)", style.read_text("utf-8"))
        foreign += [(style.name, url) for pair in urls for url in pair if url.startswith(("http", "//"))]
    assert foreign == []


def test_every_link_inside_the_book_leads_somewhere(book_html, pages):
    lost = []
    for name, page in pages.items():
        for link in [*page.links, *page.loads]:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (book_html / name).parent / unquote(parts.path) if parts.path else book_html / name
            known = pages.get(os.path.relpath(target, book_html).replace(os.sep, "/"))
            if not target.is_file() or (
                known and parts.fragment and unquote(parts.fragment) not in known.ids
            ):
                lost.append((name, link))
    assert lost == []


def test_no_page_weighs_more_than_a_reader_on_a_telephone_can_wait_for(book_html, pages):
    fonts = sum(path.stat().st_size for path in book_html.rglob("*.woff2") if path.name in FONTS)
    weights = {}
    for name, page in pages.items():
        loaded = {(book_html / name).parent / urlsplit(url).path for url in page.loads}
        files = {path.resolve() for path in loaded} | {book_html / name}
        weights[name] = fonts + sum(path.stat().st_size for path in files)
    assert max(weights.values()) < MOST_BYTES, sorted(weights.items(), key=lambda item: -item[1])[:3]


def test_every_picture_is_told_in_words(pages):
    untold = [
        (name, shown) for name, page in pages.items() for shown in page.pictures if not shown.get("alt")
    ]
    assert untold == []


def test_a_solution_is_folded_on_its_page_and_is_not_in_the_notebook_to_save(book_html):
    page = (book_html / "exercises/00-why/why.html").read_text("utf-8")
    folded = re.findall(r'<details class="solution">.*?</details>', page, re.DOTALL)
    assert [re.findall(r"A solution of <code>(\w+)</code>", one) for one in folded] == [
        ["amdahl"], ["karp_flatt"], ["makespan"],
    ]  # fmt: skip
    assert "idle_from" in folded[2] and "idle_from" not in page.replace(folded[2], "")
    assert "idle_from" not in (book_html / "_notebooks/exercises/00-why/why.ipynb").read_text("utf-8")
    assert not any(mark in page for mark in MARKERS)


def test_the_reference_holds_every_name_that_notebooks_import(pages):
    used = book.names_used(book.sources(ROOT))
    assert "gantt" in used["autograder.plots"]
    missing = [
        f"{module}.{name}"
        for module, names in used.items()
        for name in names
        if f"{module}.{name}" not in pages["reference/used.html"].ids
    ]
    assert missing == []
    public = pages["reference/public.html"].ids
    assert {"autograder.check", "autograder.Exercise", "autograder.Work"} <= public


def test_the_palette_is_that_of_every_picture():
    style = (ROOT / book.BOOK / "_static/book.css").read_text("utf-8")
    assert {name: colour for name, colour in re.findall(r"--(\w+): (#\w{6});", style) if name in PALETTE} == (
        PALETTE
    )


# ---------------------------------------------------------------- what it is made of


def test_simulators_are_offered_below_headings_that_exist(pages):
    for lecture, offers in book.SIMULATORS.items():
        text = (ROOT / f"lectures/text/{lecture}.md").read_text("utf-8")
        for heading, simulator in offers.items():
            assert re.search(rf"^#+ {re.escape(heading)}$", text, re.MULTILINE), (lecture, heading)
            assert f"../play/{simulator}.html" in pages[f"lectures/{lecture}.html"].links
            assert (ROOT / f"{book.BOOK}/_static/play/{simulator}.js").is_file()


def test_with_an_address_each_notebook_opens_in_binder_and_colab(tmp_path):
    (tmp_path / book.BOOK).mkdir(parents=True)
    settings = tmp_path / book.BOOK / "book.toml"
    settings.write_text('repository = "https://github.com/ann/course"\nbranch = "v1/next"\n')
    where = book.address(tmp_path)
    assert where.binder("a/b.ipynb") == (
        "https://mybinder.org/v2/gh/ann/course/v1%2Fnext?urlpath=lab/tree/a/b.ipynb"
    )
    notebook = {"cells": [{"cell_type": "markdown", "source": "# T\n\nwords"}], "metadata": {}}
    shown = json.loads(book._page(notebook, "lectures/a.ipynb", where, True))["cells"][0]["source"]
    assert "mybinder.org" in shown and "colab.research.google.com" in shown
    without = json.loads(book._page(notebook, "lectures/a.ipynb", book.Address("", "main"), True))
    assert "https" not in without["cells"][0]["source"]


@pytest.mark.parametrize("repository", ["https://gitlab.com/a/b", "github.com/a/b", "https://github.com/a"])
def test_an_address_that_colab_cannot_open_is_refused(repository):
    with pytest.raises(book.BookError, match=re.escape(repository)):
        book.Address(repository, "main")


def test_an_answer_without_a_check_is_an_error_that_names_it():
    answer = {"id": "f", "cell_type": "code", "source": "%%writefile f.py\nx", "metadata": {}}
    answer["metadata"] = {"nbgrader": {"grade_id": "f", "solution": True, "grade": False}}
    with pytest.raises(book.BookError, match=r"exercises/u/n\.ipynb: no check stands below the answer f"):
        book.with_solutions({"cells": []}, {"cells": [answer]}, "exercises/u/n.ipynb")


def test_what_is_no_longer_a_source_is_removed_and_the_rest_not_touched(tmp_path):
    book.write(tmp_path, {"a/old.md": b"old", "same.md": b"same"})
    before = (tmp_path / "same.md").stat().st_mtime_ns
    book.write(tmp_path, {"new.md": b"new", "same.md": b"same"})
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["new.md", "same.md"]
    assert (tmp_path / "same.md").stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_warning_is_an_error(tmp_path, monkeypatch, capfd):
    files = {**book.sources(ROOT, ""), "reading.md": b"# Read\n\n[nowhere](nowhere.md)\n"}
    monkeypatch.setattr(book, "sources", lambda root, run: files)
    for _ in range(2):  # the second time, too, though nothing has changed since
        with pytest.raises(book.BookError, match="status 1"):
            book.build(ROOT, tmp_path, "")
        assert "nowhere.md" in capfd.readouterr().err


@pytest.mark.slow
def test_a_lecture_is_run_once_and_its_pictures_are_files_with_words(tmp_path):
    for _ in range(2):
        page = Page(book.build(ROOT, tmp_path, "00-*").parent / "lectures/00-why.html")
    assert len(page.pictures) >= 10
    assert all(told(shown) and str(shown["src"]).startswith("../_images/") for shown in page.pictures)
    assert len(list((tmp_path / "cache/executed").iterdir())) == 1


# ---------------------------------------------------------------- the exercise that the book writes


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A course that holds nothing but the exercise of the page "A new exercise", as it is printed there."""
    text = (ROOT / book.BOOK / "instructors/new-exercise.md").read_text("utf-8")
    blocks = re.findall(r"^(`{3,})\{code-block\} \w+\n:caption: (\S+)\n\n(.*?)\n\1$", text, re.M | re.S)
    assert len(blocks) == 4
    for _, name, content in blocks:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content + "\n")
    (tmp_path / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    return tmp_path


def test_the_printed_exercise_becomes_a_notebook_and_a_release(written):
    build_notebooks(written)
    release = json.loads((written / "exercises/90-join/join.ipynb").read_text())
    marks = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in release["cells"]]
    assert "joined" in marks and "check-joined" in marks
    assert "pool.map" not in json.dumps(release)


@pytest.mark.slow
@pytest.mark.timing
@pytest.mark.parametrize(
    ("answer", "correct", "verdict"),
    [("right", True, "pass"), ("serial", True, "fail"), ("wrong", False, "not-measured")],
)
def test_the_printed_exercise_judges_the_three_printed_answers(written, answer, correct, verdict):
    text = (written / "solutions/.text/90-join/join.md").read_text()
    right = re.search(r"%%writefile joined\.py\n(.*?)```", text, re.S)
    assert right
    (written / "right").mkdir()
    (written / "right/joined.py").write_text(right[1])
    command = [sys.executable, "-m", "autograder.cli", "check", "joined", "--json"]
    command += ["--file", str(written / answer / "joined.py"), "--course", str(written)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["correct"], report["speed"]["verdict"]) == (correct, verdict)
    earned = {"right": 4.0, "serial": 2.0, "wrong": 0.0}[answer]
    assert (report["points"], report["max_points"]) == (earned, 4.0)
