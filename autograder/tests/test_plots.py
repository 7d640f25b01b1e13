"""Pictures show what was measured, and say in words what they show."""

from __future__ import annotations

import base64
import html
import io
import multiprocessing

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from autograder.machine import describe
from autograder.plots import described, gantt, pool_picture, speedup_curve, time_bars, time_curve
from autograder.timeline import Record

UNEVEN = [
    Record(0.3, None, 77, 10.0, 10.3),
    Record(0.3, None, 77, 10.3, 10.6),
    Record(0.1, None, 99, 10.0, 10.1),
]


@pytest.fixture(autouse=True)
def no_figure_stays():
    yield
    plt.close("all")


MEASURED = {
    "gantt": lambda: gantt(UNEVEN),
    "bars": lambda: time_bars({"serial": [1.0, 1.2, 1.1], "Pool(2)": [0.6]}, ideal=0.5),
    "curve": lambda: time_curve({1: [0.9, 0.8], 100: [0.1, 0.2]}, [0.4, 0.5], "chunksize"),
    "speedup": lambda: speedup_curve({1: [1.0], 2: [0.5, 0.6]}, [1.0, 1.1, 0.9], cores=2),
}
PICTURES = {**MEASURED, "pool": pool_picture}


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_a_picture_shows_itself_with_its_description(picture):
    data, metadata = picture().figure._repr_mimebundle_()
    alt = html.escape(data["text/plain"])
    assert len(alt) > 40
    assert f'alt="{alt}"' in data["text/html"]
    assert data["image/png"] in data["text/html"]
    assert metadata["image/png"]["alt"] == data["text/plain"]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("L"))
    assert pixels.std() > 5, "the picture is blank"


@pytest.mark.parametrize("picture", MEASURED.values(), ids=MEASURED)
def test_a_measured_picture_names_the_machine_and_its_units(picture):
    ax = picture()
    assert ax.figure.get_supxlabel() == describe(multiprocessing.get_start_method())
    measured = ax.get_ylabel() or ax.get_xlabel()
    assert ("times" if picture is MEASURED["speedup"] else "seconds") in measured


def test_gantt_draws_each_task_where_it_ran():
    ax = gantt(UNEVEN)
    # Of each worker first the bar of waiting, as long as the makespan, then its tasks.
    bars = [(round(bar.get_x(), 3), round(bar.get_width(), 3)) for bar in ax.patches]
    assert bars == [(0, 0.6), (0, 0.3), (0.3, 0.3), (0, 0.6), (0, 0.1)]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["worker 1", "worker 2"]
    assert "worker 1 ran 2 tasks in 0.60 s" in ax.figure.description
    assert "worker 2 ran 1 task in 0.10 s" in ax.figure.description
    assert "last task ended after 0.60 s" in ax.figure.description


@pytest.mark.parametrize(("until", "end"), [(2.0, 2.0), (0.1, 0.612), (None, 0.612)])
def test_gantt_reaches_as_far_as_asked_but_cuts_no_task_off(until, end):
    assert gantt(UNEVEN, until=until).get_xlim() == pytest.approx((0, end))


def test_gantt_of_nothing_says_what_is_missing():
    with pytest.raises(ValueError, match="at least one record"):
        gantt([])


def test_bars_are_medians_and_dots_are_runs():
    ax = time_bars({"serial": [1.0, 1.4, 1.1], "Pool(2)": [0.6, 0.7]}, ideal=0.5)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([1.1, 0.65])
    serial, pooled, ideal = ax.lines
    assert list(serial.get_xdata()) == [1.0, 1.4, 1.1]
    assert list(pooled.get_xdata()) == [0.6, 0.7]
    assert set(ideal.get_xdata()) == {0.5}
    assert "serial: 1.1 (1 to 1.4)" in ax.figure.description
    assert "ideal: 0.5" in ax.figure.description


def test_a_curve_of_times_is_drawn_beside_serial():
    ax = time_curve({100: [0.1], 1: [0.8, 0.9, 1.2]}, [0.4], "chunksize")
    serial, measured, *_ = ax.lines
    assert set(serial.get_ydata()) == {0.4}
    assert list(measured.get_xdata()) == [1, 100]
    assert list(measured.get_ydata()) == pytest.approx([0.9, 0.1])
    assert "chunksize 1: 0.9 (0.8 to 1.2); chunksize 100: 0.1." in ax.figure.description


def test_speedups_are_taken_against_the_median_of_serial():
    ax = speedup_curve({1: [1.0], 2: [0.5, 0.4, 0.8], 4: [0.25]}, [0.9, 1.0, 3.0], cores=2)
    ideal, serial, measured, *_ = ax.lines
    assert list(measured.get_ydata()) == pytest.approx([1, 2, 4])
    assert set(serial.get_ydata()) == {1}
    assert (list(ideal.get_xdata()), list(ideal.get_ydata())) == ([1, 2, 4], [1, 2, 2])
    assert "2 workers: 2 (1.25 to 2.5)" in ax.figure.description
    assert ax.get_ylim()[1] > 4, "no point is cut off"


def test_the_ideal_line_does_not_reach_beyond_what_was_measured():
    ideal = speedup_curve({1: [1.0], 2: [0.5]}, [1.0], cores=64).lines[0]
    assert (list(ideal.get_xdata()), list(ideal.get_ydata())) == ([1, 2, 2], [1, 2, 2])


@pytest.mark.parametrize("text", ['a "quoted" <b>word</b>', "plain & simple"])
def test_a_description_cannot_break_the_html(text):
    ax = described(gantt(UNEVEN), text)
    shown = ax.figure._repr_mimebundle_()[0]["text/html"]
    assert shown.count('"') % 2 == 0
    assert "<b>" not in shown
    assert f'alt="{html.escape(text)}"' in shown


def test_a_figure_made_elsewhere_is_refused():
    _, ax = plt.subplots()
    with pytest.raises(TypeError, match="DescribedFigure"):
        described(ax, "lost")
