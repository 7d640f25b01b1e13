"""The class page: right numbers, nobody forgotten, nothing from a student let loose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin

import pytest

from autograder.class_report import StudentRow, class_page
from autograder.findings import Finding, Report, Sample, Speed

WHEN = datetime(2025, 11, 23, 13, 40, tzinfo=UTC)
FAST = Speed(
    "pass",
    threshold=0.8,
    processes=2,
    efficiency=0.94,
    low=0.9,
    high=0.97,
    speedup=1.86,
    blocks=6,
    seconds=5.0,
    yours=Sample(0.32, 0.3, 0.4, 6),
    ideal=Sample(0.31, 0.3, 0.33, 6),
    serial=Sample(0.6, 0.58, 0.7, 2),
)
SLOW = replace(FAST, verdict="fail", efficiency=0.51, low=0.49, high=0.54, speedup=0.98)
OPEN = replace(FAST, verdict="inconclusive", efficiency=0.79, reason="The machine was too busy.")
SKIPPED = Speed("not-measured", threshold=0.8, processes=2, reason="Wrong answers are not timed.")
VALUES = Finding("the same values", True, "as promised.", weight=2)
CLEAN = Finding("nothing is left", True, "as promised.")
MIXED_UP = replace(VALUES, passed=False, message="expected result[1] to be 1, got 4")


def report(exercise: str, correctness: float, speed: Speed | None, *findings: Finding, **more: str) -> Report:
    return Report(
        exercise,
        "02-pool",
        findings or (VALUES, CLEAN),
        speed,
        correctness,
        3.0,
        1.0 if speed and speed.verdict == "pass" else 0.0,
        1.0 if speed else 0.0,
        **{"sandbox": "bubblewrap", "machine": "2-core virtual machine", **more},
    )


def both(one: Report, other: Report) -> dict[str, Report]:
    return {"parallel_map": one, "first_match": replace(other, exercise="first_match")}


RIGHT = report("parallel_map", 3.0, FAST)
SERIAL = report("parallel_map", 3.0, SLOW)
UNDECIDED = report("parallel_map", 3.0, OPEN)
WRONG = report("parallel_map", 1.0, SKIPPED, MIXED_UP, CLEAN)
NOTHING = report(
    "parallel_map",
    0.0,
    SKIPPED,
    replace(MIXED_UP, message="got None"),
    replace(CLEAN, passed=False, message="no."),
)
ROWS = [
    StudentRow("s10", both(RIGHT, RIGHT), feedback="feedback/s10/02-pool/pool.html"),
    StudentRow("s2", both(SERIAL, WRONG), feedback="feedback/s2/02-pool/pool.html"),
    StudentRow("s3", both(UNDECIDED, WRONG)),
    StudentRow("s1", both(NOTHING, NOTHING)),
    StudentRow("s4", {}, problem="pool.ipynb is not a notebook: line 1, column 1."),
    StudentRow("s5", {"parallel_map": RIGHT}, problem="not judged yet: first_match"),
]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> </td></table> \x1b[31m\u202e\x00 ://"


class Page(HTMLParser):
    """The elements of a page, and the text of each, in the order in which they begin."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.stack: list[int] = []
        self.feed(html)
        self.close()
        assert not self.stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")
        if tag not in ("meta", "br"):
            self.stack.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self.stack.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for index in self.stack:
            self.texts[index] += data

    def all(self, tag: str) -> list[str]:
        return [text for (name, _), text in zip(self.elements, self.texts, strict=True) if name == tag]

    def attributes(self, name: str) -> Iterator[str]:
        return (attrs[name] or "" for _, attrs in self.elements if name in attrs)

    def section(self, title: str) -> str:
        [found] = [text for text in self.all("section") if text.startswith(title)]
        return found


def rows_of_marks(html: str) -> list[list[str]]:
    table = html[html.index('<table class="marks">') : html.index("</table>")] + "</table>"
    cells = [re.findall("<t[hd].*?</t[hd]>", row) for row in re.findall("<tr>.*?</tr>", table)]
    return [[Page(cell).texts[0] for cell in row] for row in cells]


@pytest.fixture(scope="module")
def html() -> str:
    return class_page("02-pool", ROWS, when=WHEN, seconds=143.2)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_table_holds_the_marks_in_order_of_students(html: str) -> None:
    assert rows_of_marks(html) == [
        ["student", "parallel_mapof 3 + 1", "first_matchof 3 + 1", "totalof 8", "feedback"],
        ["s1", "0 + 0", "0 + 0", "0", ""],
        ["s2", "3 + 0", "1 + 0", "4", "open"],
        ["s3", "3 + ?", "1 + 0", "4", ""],
        ["s4", "not graded: pool.ipynb is not a notebook: line 1, column 1.", ""],
        ["s5", "3 + 1", "not judged", "4", ""],
        ["s10", "3 + 1", "3 + 1", "8", "open"],
        ["mean", "2.50", "1.50", "4.00", ""],
    ]


def test_an_exercise_without_speed_shows_one_number() -> None:
    html = class_page("00-why", [StudentRow("s1", {"amdahl": report("amdahl", 2.5, None)})], when=WHEN)
    assert rows_of_marks(html)[:2] == [
        ["student", "amdahlof 3", "totalof 3", "feedback"],
        ["s1", "2.5", "2.5", ""],
    ]


def test_an_answer_that_is_missing_is_named_and_earns_nothing() -> None:
    rows = [StudentRow("s1", {"parallel_map": RIGHT}), StudentRow("s2", both(RIGHT, RIGHT))]
    html = class_page("02-pool", rows, when=WHEN)
    assert rows_of_marks(html)[1] == ["s1", "3 + 1", "no answer", "4", ""]
    assert "1 no points" in html


def test_a_person_is_called_for_whom_the_machine_cannot_judge(page: Page) -> None:
    said = page.section("Needs a person")
    assert "s3, parallel_map: the speed is open. The machine was too busy." in said
    assert "s4: not graded. pool.ipynb is not a notebook: line 1, column 1." in said
    assert "s5: partly graded. not judged yet: first_match" in said
    assert page.all("li")[:3] and "s1" not in said and "s10" not in said


def test_nobody_is_called_without_need() -> None:
    page = Page(class_page("02-pool", ROWS[:2], when=WHEN))
    assert "Nobody" in page.section("Needs a person")


def test_when_where_and_how_long(page: Page) -> None:
    said = page.all("p")[0]
    assert "2025-11-23 at 13:40 UTC in 2 min 23 s" in said
    assert "6 students, of whom 4 graded in full" in said
    assert "2-core virtual machine" in said
    assert "sandbox" not in said


def test_answers_that_ran_without_a_sandbox_are_mentioned() -> None:
    loose = StudentRow("s1", {"parallel_map": replace(RIGHT, sandbox="none")})
    assert "without a sandbox" in class_page("02-pool", [*ROWS, loose], when=WHEN)


def test_the_pictures_count_every_student_once(page: Page) -> None:
    said = {
        title: label
        for label in page.attributes("aria-label")
        for title in ("Points", "Efficiency")
        if label.startswith(title)
    }
    assert (
        "parallel_map: 2 all points, 1 some points, 1 no points, 1 speed open, 1 not judged; "
        "first_match: 1 all points, 2 some points, 1 no points, 2 not judged" in said["Points"]
    )
    assert "parallel_map: threshold 0.80, 2 passed, 1 failed, 1 still open" in said["Efficiency"]
    assert "first_match: threshold 0.80, 1 passed" in said["Efficiency"]


def test_segments_are_as_wide_as_their_share(html: str) -> None:
    widths = [
        (int(number), float(width))
        for width, number in re.findall(r'width="([0-9.]+)" height="20"[^>]*><title>[a-z ]+: (\d+)<', html)
    ]
    assert sum(number for number, _ in widths) == 2 * len(ROWS)
    for number, width in widths:
        assert width == pytest.approx(356 * number / len(ROWS) - 1, abs=0.06)


def test_dots_stand_on_the_side_of_the_line_that_they_earned(html: str) -> None:
    strip = html[html.index('aria-label="Efficiency of each student') :]
    strip = strip[: strip.index("</svg>")]
    line = float(re.findall(r'<line x1="([0-9.]+)"[^>]*stroke-dasharray', strip)[0])
    passed = [float(x) for x in re.findall(r'<circle cx="([0-9.]+)"', strip)]
    failed = [float(x) for x in re.findall(r"translate\(([0-9.]+) ", strip)]
    assert len(passed) == 3 and len(failed) == 2
    assert max(failed) < line < min(passed)


def test_a_class_of_hundreds_stays_in_the_picture() -> None:
    rows = [
        StudentRow(
            f"s{number}", {"parallel_map": replace(RIGHT, speed=replace(FAST, efficiency=number / 400))}
        )
        for number in range(600)
    ] + [StudentRow(f"t{number}", {"parallel_map": RIGHT}) for number in range(400)]
    html = class_page("02-pool", rows, when=WHEN)
    strip = html[html.index('aria-label="Efficiency of each student') :]
    strip = strip[: strip.index("</svg>")]
    discs = re.findall(r'<circle cx="([0-9.-]+)" cy="([0-9.-]+)" r="([0-9.]+)"', strip)
    assert len(discs) == 1000
    assert len({(x, y) for x, y, _ in discs}) == 1000, "no disc hides another"
    assert all(0 <= float(x) <= 360 for x, _, _ in discs)
    [height] = re.findall(r'viewBox="0 0 360 (\d+)" role="img" aria-label="Efficiency', html)
    assert int(height) < 200
    assert all(18 <= float(y) <= int(height) for _, y, _ in discs)


def test_what_failed_most_comes_first_with_its_most_common_message(html: str) -> None:
    table = html[html.index('<table class="worst">') :]
    rows = re.findall("<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td><td><pre>(.*?)</pre>", table)
    assert rows[0] == ("first_match", "the same values", "3 of 4 failed", "expected result[1] to be 1, got 4")
    assert ("parallel_map", "the same values", "1 of 5 failed", "got None") in rows
    assert len(rows) == 4


def test_a_check_that_was_not_tried_is_not_among_what_failed() -> None:
    first = Finding("every result is there", False, "it raised KeyError.", "")
    later = Finding("order", False, "not tried, since 'every result is there' failed.", "")
    row = StudentRow("s1", {"parallel_map": report("parallel_map", 0, None, first, later)})
    html = class_page("02-pool", [row])
    table = html[html.index('<table class="worst">') : html.index("<h2>Reports")]
    assert "it raised KeyError." in table and "not tried" not in table and ">order<" not in table


def test_what_students_earned_is_told_in_words_for_readers_without_colours(html: str) -> None:
    picture = html[html.index("<h2>Points by exercise") : html.index("<h2>Efficiency")]
    told = re.findall(r"<text [^>]*>([^<]*points[^<]*)</text>", picture)
    assert told == [
        "2 all points, 1 some points, 1 no points, 1 speed open, 1 not judged",
        "1 all points, 2 some points, 1 no points, 2 not judged",
    ]


def test_every_report_is_folded_below(page: Page) -> None:
    folds = [text for text in page.all("details") if re.match("s[0-9]+, ", text)]
    assert [text.split(",")[0] for text in folds] == ["s1", "s2", "s3", "s4", "s5", "s10"]
    assert "4 of 8 points" in folds[1] and "expected result[1] to be 1, got 4" in folds[1]
    assert "not graded" in folds[3] and "line 1, column 1" in folds[3]
    assert "not judged yet: first_match" in folds[4] and "it ran 1.86 times" in folds[4]
    assert "open" not in [name for _, attrs in page.elements for name in attrs]


def test_links_lead_somewhere(page: Page) -> None:
    targets = list(page.attributes("id"))
    assert len(targets) == len(set(targets)) == len(ROWS)
    links = list(page.attributes("href"))
    assert {link[1:] for link in links if link.startswith("#")} == set(targets)
    assert [link for link in links if not link.startswith("#")] == [
        "./feedback/s2/02-pool/pool.html",
        "./feedback/s10/02-pool/pool.html",
    ]


@pytest.mark.parametrize(
    "path",
    [
        "javascript:alert(1)",
        "//evil.example/x",
        "https://evil.example",
        'a" onclick="x',
        "a b/é#?.html",
        "\udcff",
    ],
)
def test_a_feedback_link_stays_below_the_page(path: str) -> None:
    page = Page(class_page("02-pool", [StudentRow("s1", both(RIGHT, RIGHT), feedback=path)], when=WHEN))
    [link] = [link for link in page.attributes("href") if not link.startswith("#")]
    base = "file:///home/teacher/grading/02-pool.html"
    assert urljoin(base, link).startswith("file:///home/teacher/grading/")
    assert unquote(link, errors="surrogatepass") == f"./{path}"
    assert not {"onclick"} & {name for _, attrs in page.elements for name in attrs}


def attacked(text: str) -> str:
    """A class page with `text` wherever a text can come from outside."""
    findings = (Finding(text, False, text, text), Finding(f"{text}!", True, text, text))
    speed = replace(OPEN, reason=text)
    bad = replace(
        report("parallel_map", 1.0, speed, *findings),
        **dict.fromkeys(("exercise", "unit", "output", "machine", "sandbox"), text),
    )
    rows = [
        StudentRow(text, {text: bad, "other": RIGHT}, feedback="a.html"),
        StudentRow(f"{text}2", {}, problem=text),
    ]
    return class_page(text, rows, when=WHEN)


def test_no_text_becomes_markup() -> None:
    page, calm = Page(attacked(f"calm {HOSTILE} calm")), Page(attacked("calm"))
    wordy = ("aria-label", "style")
    for one, other in zip(page.elements, calm.elements, strict=True):
        assert one[0] == other[0] and list(one[1]) == list(other[1])
        assert all(value == other[1][name] for name, value in one[1].items() if name not in wordy)
    text = attacked(HOSTILE)
    assert {char for char in text if not char.isprintable()} <= {"\n"}


def test_the_page_forbids_scripts_and_needs_nothing_from_outside(html: str, page: Page) -> None:
    tags = {tag for tag, _ in page.elements}
    assert not {"script", "link", "iframe", "object", "img", "base", "form"} & tags
    [policy] = [attrs["content"] for tag, attrs in page.elements if tag == "meta" and "http-equiv" in attrs]
    assert policy and policy.startswith("default-src 'none'") and "script-src" not in policy
    assert "//" not in html.replace("http://www.w3.org/2000/svg", "").split("</style>", 1)[1]
    assert "url(" not in html and "@import" not in html
    assert html.index("Content-Security-Policy") < html.index("<title>")


def test_the_page_can_be_used_without_seeing_it(html: str, page: Page) -> None:
    assert '<html lang="en">' in html and "<title>Unit 02-pool: class report</title>" in html
    assert "width=device-width" in html
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in page.elements if tag == "th")
    assert all(
        attrs.get("role") == "img" and attrs.get("aria-label") for tag, attrs in page.elements if tag == "svg"
    )
    [region] = [attrs for _, attrs in page.elements if attrs.get("role") == "region"]
    assert region["tabindex"] == "0" and region["aria-label"]
    assert len(page.all("h1")) == 1


def test_a_class_without_submissions_is_a_page_too() -> None:
    page = Page(class_page("02-pool", [], when=WHEN))
    assert "0 students" in page.all("p")[0]
    assert "No student handed in" in page.section("Reports")


def test_a_row_adds_up() -> None:
    assert [row.points for row in ROWS] == [8, 4, 4, 0, 0, 4]
