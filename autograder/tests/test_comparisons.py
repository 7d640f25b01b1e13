"""Pictures that compare show each number where it belongs, the ideal, the spread, and say it in words."""

from __future__ import annotations

import html

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pytest

from autograder.comparisons import speedup_bars, time_grid
from autograder.machine import describe

JOBS = {
    "Python\ncode": {"serial": [1.0, 1.2, 0.8], "threads": [1.0, 0.8, 1.25], "processes": [0.5]},
    "zlib": {"serial": [2.0], "threads": [1.0], "processes": [1.0, 0.8]},
}
GRID = {
    (1, 1): [0.8, 0.9, 1.0],
    (1, 2): [0.5],
    (2, 1): [0.4, 0.45, 0.6],
    (2, 2): [1.2],
}
PICTURES = {
    "bars": lambda: speedup_bars(JOBS, cores=2, title="Eight tasks, and a title that is long"),
    "grid": lambda: time_grid(GRID, ("processes", "threads"), cores=2, title="Matrix products"),
}


@pytest.fixture(autouse=True)
def no_figure_stays():
    yield
    plt.close("all")


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_a_picture_carries_its_machine_and_its_description(picture):
    figure = picture().figure
    assert figure._supxlabel.get_text() == describe()
    data, _ = figure._repr_mimebundle_()
    assert "\n" not in data["text/plain"]
    assert f'alt="{html.escape(data["text/plain"])}"' in data["text/html"]


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_nothing_is_cut_off_and_no_two_texts_overlap(picture):
    ax = picture()
    ax.figure.canvas.draw()
    page = ax.figure.bbox
    legend = ax.get_legend()
    texts = [*ax.texts, ax._left_title, ax.xaxis.label, ax.yaxis.label, *ax.get_yticklabels()]
    texts += legend.get_texts() if legend else []
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text()]
    for name, box in boxes:
        assert page.x0 <= box.x0 and box.x1 <= page.x1, f"{name!r} is cut off at a side"
        assert page.y0 <= box.y0 and box.y1 <= page.y1, f"{name!r} is cut off above or below"
    covered = [(a, b) for i, (a, x) in enumerate(boxes) for b, y in boxes[i + 1 :] if x.overlaps(y)]
    assert covered == []


def test_bars_are_medians_of_speedups_over_the_median_of_serial():
    ax = speedup_bars(JOBS, cores=2)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([1.0, 2.0, 2.0, 2.25])
    rows = [bar.get_y() + bar.get_height() / 2 for bar in ax.patches]
    assert [round(row) for row in rows] == [0, 0, 1, 1], "the bars of a job stand together"
    assert rows == sorted(rows)
    assert [label.get_text() for label in ax.get_yticklabels()] == list(JOBS)
    serial, ideal = (line for line in ax.lines if line.get_label() in ("serial", "ideal"))
    assert (set(serial.get_xdata()), set(ideal.get_xdata())) == ({1}, {2})
    assert [text.get_text() for text in ax.get_legend().get_texts()][-2:] == ["threads", "processes"]
    assert ax.get_xlim()[1] > 2.5, "no spread is cut off"


def test_bars_in_words():
    assert speedup_bars(JOBS, cores=2).figure.description == (
        "Bars of speedups over serial. Python code: threads 1 (0.8 to 1.25), processes 2; "
        "zlib: threads 2, processes 2.25 (2 to 2.5). The ideal is 2."
    )


@pytest.mark.parametrize(
    ("seconds", "complaint"),
    [
        ({}, "at least one job"),
        ({"a": {"threads": [1.0]}}, "'a' has no run times for serial"),
        ({"a": JOBS["zlib"], "b": {"serial": [1.0], "threads": [1.0]}}, "'b' has no run times for processes"),
    ],
)
def test_bars_without_run_times_say_what_is_missing(seconds, complaint):
    with pytest.raises(ValueError, match=complaint):
        speedup_bars(seconds)


def test_a_grid_frames_the_fastest_and_darkens_the_slow():
    ax = time_grid(GRID, ("processes", "threads"), cores=2)
    *cells, frame = ax.patches
    middle = [(cell.get_x() + 0.5, cell.get_y() + 0.5) for cell in cells]
    assert middle == [(0, 0), (1, 0), (0, 1), (1, 1)], "columns are the second setting"
    light = {place: sum(cell.get_facecolor()[:3]) for place, cell in zip(middle, cells, strict=True)}
    assert sorted(light, key=light.__getitem__) == [(1, 1), (0, 0), (1, 0), (0, 1)], "1.2, 0.9, 0.5, 0.45 s"
    assert (frame.get_x() + 0.47, frame.get_y() + 0.47) == pytest.approx((0, 1))
    assert [text.get_text() for text in ax.texts][:2] == ["0.9 s", "0.8 to 1"]


def test_a_grid_in_words():
    assert time_grid(GRID, ("processes", "threads"), cores=2).figure.description == (
        "Grid of run times in seconds, processes x threads. 1 x 1: 0.9 (0.8 to 1); 1 x 2: 0.5; "
        "2 x 1: 0.45 (0.4 to 0.6); 2 x 2: 1.2. Fastest: 2 x 1. Ideal: 0.45."
    )


@pytest.mark.parametrize(
    ("seconds", "place"),
    [
        ({(2, 2): [1.0]}, r"\(1, 1\)"),
        ({(1, 1): [1.0], (2, 4): [1.0]}, r"\(1, 4\), \(2, 1\)"),
        ({}, r"\(1, 1\)"),
    ],
)
def test_a_grid_with_a_hole_says_where(seconds, place):
    with pytest.raises(ValueError, match=place):
        time_grid(seconds, ("processes", "threads"))
