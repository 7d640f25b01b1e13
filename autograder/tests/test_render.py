"""Reports as text and as HTML: the same findings, the right numbers, nothing from a student let loose."""

from __future__ import annotations

import itertools
import math
import random
import re
import xml.etree.ElementTree as ET
from dataclasses import fields, replace
from html.parser import HTMLParser

import pytest
from rich.cells import cell_len

from autograder.findings import Finding, Report, Sample, Speed
from autograder.render import as_html, as_text, bars, words
from autograder.render.palette import PALETTE, TINT

MACHINE = "2-core virtual machine, Linux, Python 3.11, start method forkserver"
FINDINGS = (
    Finding("the same values, in order", True, "20 lists of 1 to 64 items.", weight=3, essential=True),
    Finding("an exception reaches the caller", True, "ValueError('item 7') came back."),
    Finding("nothing is left running", True, "no process or thread is left."),
)
WRONG = (
    Finding(
        "the same values, in order",
        False,
        "on 6 items: expected result[1] to be 1, got 4\n  line 7, in parallel_map\n    return [4, 1]",
        "Which call of Pool keeps the order of its items?",
        weight=3,
        essential=True,
    ),
    Finding("an exception reaches the caller", False, "not tried.", ""),
    Finding("bad arguments", False, "not tried.", ""),
    Finding("nothing is left running", True, "no process or thread is left."),
)
PASSED = Speed(
    "pass",
    threshold=0.8,
    processes=2,
    efficiency=0.94,
    low=0.88,
    high=1.0,
    speedup=1.86,
    blocks=6,
    seconds=5.1,
    reason="Fast enough.",
    yours=Sample(0.323, 0.31, 0.371, 6),
    ideal=Sample(0.311, 0.305, 0.34, 6),
    serial=Sample(0.601, 0.58, 0.69, 2),
)
FAILED = replace(
    PASSED,
    verdict="fail",
    efficiency=0.51,
    low=0.49,
    high=0.54,
    speedup=0.98,
    yours=Sample(0.612, 0.59, 0.7, 6),
)
OPEN = replace(
    PASSED,
    verdict="inconclusive",
    efficiency=0.79,
    low=0.66,
    high=0.93,
    speedup=1.39,
    blocks=14,
    reason="After 14 blocks the interval still holds 0.8.",
    yours=Sample(0.512, 0.33, 0.9, 14),
)
ONE_CORE = Speed("inconclusive", 0.8, 1, reason="This machine has 1 core, so no speedup can show.")
SKIPPED = Speed("not-measured", 0.8, 2, reason="Speed counts for a right answer only.")


def report(
    findings: tuple[Finding, ...] = FINDINGS,
    speed: Speed | None = PASSED,
    correctness: float = 3.0,
    **more: object,
) -> Report:
    values = {
        "speed_points": 1.0 if speed and speed.verdict == "pass" else 0.0,
        "max_speed_points": 1.0 if speed else 0.0,
        "sandbox": "bubblewrap",
        "machine": MACHINE,
        "seconds": 8.2,
        **more,
    }
    return Report("parallel_map", "02-pool", findings, speed, correctness, 3.0, **values)  # type: ignore[arg-type]


GALLERY = {
    "right and fast": report(),
    "right but serial": report(speed=FAILED),
    "wrong": report(WRONG, SKIPPED, 0.0, output="start\n10 %\r100 %\n\n  done\n"),
    "open": report(speed=OPEN),
    "one core": report(speed=ONE_CORE),
    "no speed criterion": report(speed=None),
    "wrong, no speed criterion": report(WRONG, None, 0.0),
    "nothing checked": report((), None, 0.0),
}
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "attribute": "\" onmouseover=alert(1) x='",
    "closing": "</pre></div></li></ul></details></section></svg><h1>free</h1>",
    "comment": "<!-- <![CDATA[ ]]> -->",
    "entity": "&lt;script&gt;&#60;b&#62;&amp;",
    "ansi": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b1mbold",
    "bidi": "a\u202egnp.exe\u2066\u2069\u200fb",
    "control": "nul\x00 bell\x07 back\x08 delete\x7f del\x85",
    "surrogate": "\ud800 \udcff",
    "separators": "one\u2028two\u2029three\x0bfour\x0cfive",
    "math": r"$\href{javascript:alert(1)}{x}$",
    "long": "x" * 100_000,
    "wide": "漢字" * 300,
    "many lines": "line\n" * 5000,
}


class Page(HTMLParser):
    """What an HTML parser sees: elements with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.other: list[str] = []
        self.stack: list[str] = []
        self.feed(html)
        self.close()
        assert not self.stack, f"never closed: {self.stack}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack and self.stack.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def handle_decl(self, decl: str) -> None:
        self.other.append(decl)

    def handle_pi(self, data: str) -> None:
        self.other.append(data)

    def unknown_decl(self, data: str) -> None:
        self.other.append(data)

    @property
    def outline(self) -> list[tuple[str, tuple[tuple[str, str | None], ...]]]:
        """The elements and their attributes, without the two that hold words."""
        return [
            (tag, tuple((name, None if name == "aria-label" else value) for name, value in attrs.items()))
            for tag, attrs in self.elements
        ]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def with_text(subject: Report, place: str, text: str) -> Report:
    """The report with one of its texts replaced everywhere it occurs."""
    kind, name = place.split(".")
    if kind == "Report":
        return replace(subject, **{name: text})
    if kind == "Speed":
        assert subject.speed is not None
        return replace(subject, speed=replace(subject.speed, **{name: text}))
    return replace(subject, findings=tuple(replace(finding, **{name: text}) for finding in subject.findings))


TEXTS = [
    f"{kind.__name__}.{field.name}"
    for kind in (Report, Speed, Finding)
    for field in fields(kind)
    if field.type == "str"
]


def test_every_text_of_the_data_is_attacked() -> None:
    assert {"Report.output", "Report.machine", "Speed.reason", "Finding.message", "Finding.hint"} < set(TEXTS)


@pytest.mark.parametrize("attack", HOSTILE)
@pytest.mark.parametrize("place", TEXTS)
def test_no_text_becomes_markup(place: str, attack: str) -> None:
    mixed = (replace(WRONG[0], hint="Look."), replace(WRONG[3], hint="Look."))
    subject = report(mixed, replace(OPEN, reason="Busy."), 0.0, output="out")
    calm = Page(as_html(with_text(subject, place, "calm")))
    page = Page(as_html(with_text(subject, place, f"calm {HOSTILE[attack]} calm")))
    assert page.outline == calm.outline
    assert not page.other


@pytest.mark.parametrize("attack", HOSTILE)
def test_what_does_not_print_is_made_visible_or_dropped(attack: str) -> None:
    subject = report(WRONG, FAILED, 0.0, output="out")
    for place in TEXTS:
        subject = with_text(subject, place, HOSTILE[attack])
    for rendered in (as_html(subject), as_text(subject), as_text(subject, encoding="ascii")):
        assert {char for char in rendered if not char.isprintable()} <= {"\n"}
        rendered.encode("utf-8")


def test_hostile_text_is_shown_word_for_word() -> None:
    subject = report((Finding("values", False, HOSTILE["script"] + HOSTILE["entity"]),), None, 0.0)
    assert HOSTILE["script"] + HOSTILE["entity"] in Page(as_html(subject)).text
    assert squeezed(HOSTILE["script"] + HOSTILE["entity"]) in squeezed(as_text(subject))


def test_escapes_stand_for_what_was_there() -> None:
    assert words.clean(HOSTILE["bidi"]) == r"a\u202egnp.exe\u2066\u2069\u200fb"
    assert words.clean(HOSTILE["control"]) == r"nul\x00 bell\x07 back\x08 delete\x7f del "
    assert words.clean(HOSTILE["ansi"]) == "redbold"


def test_clean_keeps_only_what_prints_and_does_nothing_twice() -> None:
    choose = random.Random(2)
    alphabet = "ab \n\t\r\x1b[]m;0\x07\x9b\x00<>&\"'\u202e\u200d\xa0é漢\ud83d"
    for _ in range(2000):
        text = "".join(choose.choices(alphabet, k=choose.randrange(40)))
        once = words.clean(text)
        assert all(char.isprintable() or char == "\n" for char in once), repr(text)
        assert words.clean(once) == once, repr(text)


@pytest.mark.parametrize("name", GALLERY)
def test_the_fragment_stands_alone(name: str) -> None:
    html = as_html(GALLERY[name])
    page = Page(html)
    tags = [tag for tag, _ in page.elements]
    assert tags[0] == "section" and tags.count("section") == 1
    assert not {"script", "style", "link", "img", "iframe", "object", "a", "use", "image"} & set(tags)
    assert not [tag for tag in tags if re.fullmatch("h[1-6]", tag)], "JupyterLab lists headings as chapters"
    names = {name for _, attrs in page.elements for name in attrs}
    assert not {name for name in names if name.startswith("on")} | names & {"id", "href", "src"}
    assert "url(" not in html and "//" not in html.replace("http://www.w3.org/2000/svg", "")


def test_mathjax_keeps_out() -> None:
    classes = (Page(as_html(report())).elements[0][1]["class"] or "").split()
    assert {"mathjax_ignore", "tex2jax_ignore"} <= set(classes)


@pytest.mark.parametrize("name", GALLERY)
def test_colours_are_the_reports_own(name: str) -> None:
    """A dark theme, or a host that colours lists, must not make text unreadable."""
    for tag, attrs in Page(as_html(GALLERY[name])).elements:
        style = attrs.get("style") or ""
        if tag in ("section", "div", "ul", "li", "pre", "summary", "figcaption"):
            assert f"color:{PALETTE['ink']}" in style, (tag, style)
        if tag in ("section", "pre"):
            assert "background:#" in style, (tag, style)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ground", [*(TINT[name] for name in TINT if name != "line"), PALETTE["paper"]])
def test_ink_is_legible_on_every_ground(ground: str) -> None:
    light, dark = luminance(ground), luminance(PALETTE["ink"])
    assert (light + 0.05) / (dark + 0.05) >= 7, "WCAG AAA for text"


def test_the_bars_differ_in_grey() -> None:
    greys = sorted(luminance(PALETTE[name]) for name in ("yours", "ideal", "serial"))
    assert all((high + 0.05) / (low + 0.05) > 1.15 for low, high in itertools.pairwise(greys))


@pytest.mark.parametrize("name", GALLERY)
def test_text_and_html_say_the_same(name: str) -> None:
    subject = GALLERY[name]
    said = [
        words.headline(subject),
        words.points(subject),
        words.shares(subject),
        words.circumstances(subject),
    ]
    said += words.speed_sentences(subject)
    for finding in subject.findings:
        said += [finding.name, finding.message, finding.hint]
    text, html = squeezed(as_text(subject)), squeezed(Page(as_html(subject)).text)
    for sentence in said:
        assert squeezed(sentence) in text
        assert squeezed(sentence) in html
    for rendered in (text, html):
        assert rendered.count("✗") == sum(not finding.passed for finding in subject.findings) + (
            subject.speed is not None and subject.speed.verdict == "fail"
        )
        assert rendered.count("✓") == sum(finding.passed for finding in subject.findings) + (
            subject.speed is not None and subject.speed.verdict == "pass"
        )


def test_failures_come_first_and_passes_are_folded_behind_them() -> None:
    page = Page(as_html(GALLERY["wrong"]))
    assert page.text.index(WRONG[2].name) < page.text.index("1 check passed") < page.text.index(WRONG[3].name)
    assert [tag for tag, _ in page.elements].count("details") == 2, "passed checks and printed output"
    text = as_text(GALLERY["wrong"])
    assert text.index(WRONG[2].name) < text.index(WRONG[3].name)


def test_passes_are_open_when_nothing_failed() -> None:
    assert "details" not in [tag for tag, _ in Page(as_html(report())).elements]


def test_a_reason_that_many_checks_share_is_said_once() -> None:
    for rendered in (as_text(GALLERY["wrong"]), Page(as_html(GALLERY["wrong"])).text):
        assert rendered.count("not tried.") == 1


def test_an_essential_failure_says_what_it_costs() -> None:
    assert words.ESSENTIAL in as_text(GALLERY["wrong"]) and words.ESSENTIAL in as_html(GALLERY["wrong"])
    assert words.ESSENTIAL not in as_text(report()) + as_html(report())


def test_values_lie_in_a_box_that_wraps() -> None:
    [style] = [
        attrs["style"] or ""
        for tag, attrs in Page(as_html(report(WRONG[:1], None, 0.0))).elements
        if tag == "pre"
    ]
    assert "white-space:pre-wrap" in style and "overflow-wrap:anywhere" in style


# ---- the speed verdict


def test_fast_enough_is_said_with_what_was_possible() -> None:
    said = " ".join(words.speed_sentences(report()))
    assert said.startswith(
        "Your code was correct, and on this machine it ran 1.86 times as fast as serial; "
        "the best this machine could have done at that moment was 1.93."
    )
    assert "Efficiency 0.94 (between 0.88 and 1.00)" in said and "0.80 earns the speed points" in said


@pytest.mark.parametrize(
    ("speedup", "phrase"),
    [
        (0.5, "but on this machine it was slower than serial (0.50 times as fast)"),
        (0.98, "but on this machine it took about as long as serial (0.98 times as fast)"),
        (1.3, "but on this machine it ran only 1.30 times as fast as serial"),
        (2.1, "the ideal split of the same work reached 1.93 at that moment"),
    ],
)
def test_too_slow_is_said_as_it_was(speedup: float, phrase: str) -> None:
    assert phrase in " ".join(words.speed_sentences(report(speed=replace(FAILED, speedup=speedup))))


def test_speedup_is_taken_from_the_samples_if_it_is_not_given() -> None:
    assert "it ran 1.86 times as fast" in words.ran(report(speed=replace(PASSED, speedup=None)))


def test_a_wrong_answer_is_never_called_correct() -> None:
    subject = report(WRONG, PASSED, 0.0)
    assert "Your code was correct" not in as_text(subject) + as_html(subject)


def test_inconclusive_is_neither_passed_nor_failed_and_says_why_and_what_next() -> None:
    for rendered in (as_text(GALLERY["open"], width=500), Page(as_html(GALLERY["open"])).text):
        assert "neither passed nor failed" in rendered
        assert OPEN.reason in rendered
        assert "measured again, or a person decides" in rendered
        assert "close other programs" in rendered
        assert "speed still open (1 to earn)" in rendered
        assert "✗" not in rendered


def test_one_core_says_so_and_draws_nothing() -> None:
    html = as_html(GALLERY["one core"])
    assert ONE_CORE.reason in html and "<svg" not in html and "1 process;" in html
    assert "close other programs" not in html, "closing programs adds no core"
    assert "█" not in as_text(GALLERY["one core"])


def test_not_measured_says_why() -> None:
    for speed, why in (
        (SKIPPED, SKIPPED.reason),
        (replace(SKIPPED, reason=""), "The answer is not right yet"),
    ):
        subject = report(WRONG, speed, 0.0)
        for rendered in (as_text(subject), as_html(subject)):
            assert "Speed: not measured." in rendered and why in rendered


def test_without_a_speed_criterion_there_is_no_word_of_speed() -> None:
    subject = GALLERY["no speed criterion"]
    for rendered in (as_text(subject), Page(as_html(subject)).text):
        assert "speed" not in rendered.lower() and "efficiency" not in rendered.lower()


def test_a_speed_that_was_left_out_is_not_hidden() -> None:
    subject = report(speed=None, max_speed_points=1.0)
    for rendered in (as_text(subject), as_html(subject)):
        assert "3 of 4 points" in rendered
        assert "correctness 3 of 3, speed not tried (1 to earn)" in rendered


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, None])
def test_numbers_that_are_none_break_nothing(bad: float) -> None:
    speed = replace(PASSED, efficiency=bad, low=bad, high=bad, speedup=bad)
    if bad is not None:
        speed = replace(speed, yours=Sample(bad, bad, bad, 1))
    for rendered in (as_text(report(speed=speed)), Page(as_html(report(speed=speed))).text):
        assert "nan" not in rendered and "inf" not in rendered.replace("information", "")


def test_no_number_looks_like_the_threshold_that_it_missed() -> None:
    choose = random.Random(3)
    for _ in range(2000):
        threshold = round(choose.uniform(0.5, 0.95), 2)
        value = round(threshold + choose.choice([-1, 1]) * 10 ** choose.uniform(-5, -1), 6)
        if value != threshold:
            shown = words.share(value, threshold)
            assert (float(shown) < threshold) == (value < threshold) and float(shown) != threshold


# ---- the picture


def drawn(speed: Speed) -> ET.Element:
    return ET.fromstring(bars(speed))


def tagged(svg: ET.Element, tag: str) -> list[ET.Element]:
    return svg.findall(f"{{http://www.w3.org/2000/svg}}{tag}")


def axes(svg: ET.Element) -> list[tuple[float, float]]:
    """Where 0 lies and how wide 1 is, of each axis from the top, read from the tick labels."""
    rows: dict[float, dict[float, float]] = {}
    for text in tagged(svg, "text"):
        if text.get("text-anchor") == "middle" and re.fullmatch(r"[0-9.]+", text.text or ""):
            rows.setdefault(float(text.get("y", "")), {})[float(text.text or "")] = float(text.get("x", ""))
    scales = []
    for _, ticks in sorted(rows.items()):
        last = max(ticks)
        scales.append((ticks[0.0], (ticks[last] - ticks[0.0]) / last))
    return scales


@pytest.mark.parametrize("speed", [PASSED, FAILED, OPEN], ids=lambda speed: speed.verdict)
def test_bars_and_whiskers_lie_where_the_axis_says(speed: Speed) -> None:
    svg = drawn(speed)
    (zero, second), (start, one) = axes(svg)
    lines = [
        (float(line.get("x1", "")), float(line.get("x2", "")))
        for line in tagged(svg, "line")
        if line.get("stroke") == PALETTE["ink"]
    ]
    for name in ("yours", "ideal", "serial"):
        sample = getattr(speed, name)
        [bar] = [rect for rect in tagged(svg, "rect") if rect.get("fill") == PALETTE[name]]
        assert float(bar.get("x", "")) == pytest.approx(zero)
        assert float(bar.get("width", "")) == pytest.approx(sample.median * second, abs=0.11)
        ends = (zero + sample.low * second, zero + sample.high * second)
        assert any(line == pytest.approx(ends, abs=0.11) for line in lines), name
        assert words.duration(sample.median) in [text.text for text in tagged(svg, "text")]
    [dot] = tagged(svg, "circle")
    assert float(dot.get("cx", "")) == pytest.approx(start + speed.efficiency * one, abs=0.11)  # type: ignore[operator]
    ends = (start + speed.low * one, start + speed.high * one)  # type: ignore[operator]
    assert any(line == pytest.approx(ends, abs=0.11) for line in lines)
    [broken] = [line for line in tagged(svg, "line") if line.get("stroke-dasharray")]
    assert float(broken.get("x1", "")) == pytest.approx(start + speed.threshold * one, abs=0.11)


def test_the_picture_is_told_to_those_who_cannot_see_it() -> None:
    svg = drawn(FAILED)
    assert svg.get("role") == "img"
    said = svg.get("aria-label", "")
    assert said == tagged(svg, "desc")[0].text
    for shown in ("yours: 0.612 s", "ideal: 0.311 s", "serial: 0.601 s", "0.51, from 0.49 to 0.54", "0.80"):
        assert shown in said
    assert tagged(svg, "title")[0].text


@pytest.mark.parametrize("missing", list(itertools.product([False, True], repeat=4)))
def test_what_was_not_measured_is_left_out(missing: tuple[bool, ...]) -> None:
    absent = dict(zip(("yours", "ideal", "serial", "efficiency"), missing, strict=True))
    speed = replace(PASSED, **{name: None for name, gone in absent.items() if gone})
    picture, text = bars(speed), as_text(report(speed=speed))
    if all(missing):
        assert picture == ""
        return
    for name in ("yours", "ideal", "serial"):
        assert (f'fill="{PALETTE[name]}"' in picture.replace("<circle", "").split("needed")[0]) != absent[
            name
        ]
        assert bool(re.search(rf"^{name} .*[█●]", text, re.M)) != absent[name]
    assert ("needed: 0.80" in picture) != absent["efficiency"]
    assert ("needed 0.80" in text) != absent["efficiency"]
    ET.fromstring(picture)
    Page(as_html(report(speed=speed)))


@pytest.mark.parametrize(
    "sample", [Sample(0.0, 0.0, 0.0, 1), Sample(1e-9, 1e-9, 2e-9, 3), Sample(9e5, 1.0, 1e6, 3)]
)
def test_any_time_can_be_drawn(sample: Sample) -> None:
    speed = replace(PASSED, yours=sample, ideal=sample, serial=sample, efficiency=7.5, low=0.0, high=9.0)
    svg = drawn(speed)
    for rect in tagged(svg, "rect"):
        assert 0 <= float(rect.get("width", "")) <= 360
    assert all(cell_len(line) <= 80 for line in as_text(report(speed=speed)).split("\n"))


# ---- plain text


@pytest.mark.parametrize("width", [40, 61, 80, 120])
@pytest.mark.parametrize("name", [*GALLERY, *HOSTILE])
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    subject = GALLERY.get(name)
    if subject is None:
        subject = report(WRONG, FAILED, 0.0, output="out")
        for place in TEXTS:
            subject = with_text(subject, place, HOSTILE[name])
    for encoding in ("utf-8", "ascii"):
        text = as_text(subject, width=width, encoding=encoding)
        assert max(cell_len(line) for line in text.split("\n")) <= width


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "koi8-r"])
@pytest.mark.parametrize("name", GALLERY)
def test_a_terminal_without_unicode_gets_the_whole_report(name: str, encoding: str) -> None:
    subject = GALLERY[name]
    text = as_text(subject, encoding=encoding)
    assert text.encode(encoding).decode(encoding) == text
    pretty = as_text(subject)
    assert len(re.findall("^FAIL ", text, re.M)) == len(re.findall("^✗ ", pretty, re.M))
    assert len(re.findall("^ok   ", text, re.M)) == len(re.findall("^✓ ", pretty, re.M))


def test_what_an_encoding_lacks_is_written_as_an_escape() -> None:
    subject = report((Finding("values", False, "got 'é漢'"),), None, 0.0, output="é漢")
    assert as_text(subject, encoding="ascii").count(r"\xe9\u6f22") == 2
    assert as_text(subject, encoding="latin-1").count("é\\u6f22") == 2
    assert as_text(subject).count("é漢") == 2


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(LookupError, match="no-such-code"):
        as_text(report(), encoding="no-such-code")


@pytest.mark.parametrize("name", GALLERY)
def test_colour_only_repeats_what_is_said(name: str) -> None:
    plain, coloured = as_text(GALLERY[name]), as_text(GALLERY[name], color=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("speed", [PASSED, FAILED, OPEN], ids=lambda speed: speed.verdict)
def test_the_picture_in_text_is_to_scale(speed: Speed) -> None:
    lines = as_text(report(speed=speed)).split("\n")
    where = next(number for number, line in enumerate(lines) if line.startswith("yours"))
    axis = lines[where + 3]
    zero, last = axis.index("0"), len(axis) - 1
    top = float(axis.split()[-2])
    for line in lines[where : where + 3]:
        sample = getattr(speed, line.split()[0])
        column = top / (last - zero)
        for mark, value in (("●", sample.median), ("┤", sample.high), ("├", sample.low)):
            if mark in line:  # The median's mark hides the others where there is no room.
                assert (line.index(mark) - zero) * column == pytest.approx(value, abs=column)
        assert "●" in line and line.endswith(words.duration(sample.median))
    strip = next(line for line in lines if line.startswith("efficiency "))
    scale = lines[lines.index(strip) + 1]
    start, end = scale.index("0"), len(scale) - 1
    step = 1 / (end - start)
    assert (strip.index("●") - start) * step == pytest.approx(speed.efficiency, abs=step)
    assert (scale.index("┃") - start) * step == pytest.approx(speed.threshold, abs=step)


def test_printed_output_is_shown_as_a_terminal_would_and_cut() -> None:
    subject = report(output="start\n" + "".join(f"{done} %\r" for done in range(100)) + "99 %\nend")
    for rendered in (as_text(subject), Page(as_html(subject)).text):
        assert "99 %" in rendered and "98 %" not in rendered
    flood = report(output="spam\n" * 1_000_000)
    assert len(as_text(flood)) < 6000 and "left out" in as_text(flood)
    assert as_text(flood).count("| spam") < 30
    assert len(as_html(flood)) < 30_000 and "left out" in as_html(flood)


def test_a_long_value_is_cut_but_both_ends_stay() -> None:
    subject = report((Finding("values", False, f"expected: {list(range(9000))}\ngot: [1]"),), None, 0.0)
    for rendered in (squeezed(as_text(subject)), squeezed(Page(as_html(subject)).text)):
        assert "expected:[0,1,2" in rendered and "8998,8999]" in rendered and "got:[1]" in rendered
        assert "charactersleftout" in rendered and len(rendered) < 1500


def test_a_report_says_that_nothing_contained_the_code() -> None:
    for shown in (as_text, as_html):
        assert "sandbox: none" in shown(report(sandbox="none"))
        assert "sandbox: none" not in shown(report())
