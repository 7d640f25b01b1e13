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

from autograder.cpu_use import CpuUse
from autograder.machine import describe
from autograder.plots import (
    access_costs,
    cpu_timeline,
    described,
    gantt,
    pool_picture,
    run_chart,
    share_curve,
    speedup_curve,
    time_bars,
    time_curve,
    visits,
)
from autograder.timeline import Record

UNEVEN = [
    Record(0.3, None, 77, 10.0, 10.3),
    Record(0.3, None, 77, 10.3, 10.6),
    Record(0.1, None, 99, 10.0, 10.1),
]

# One gate for two: worker 5 waits until worker 7 has left.
VISITS = [(5, 10.2, 10.5, 10.9), (7, 10.0, 10.0, 10.5), (9, 10.1, 10.1, 10.6), (7, 10.8, 10.8, 11.0)]

USE = CpuUse(
    root=7,
    times=[0.0, 0.5, 1.0],
    cpu={7: [0.0, 0.1, 0.1], 8: [0.0, 0.4, 0.9], 9: [0.0, 0.5, 0.5], 5: [0.0, 0.01, 0.02]},
)


@pytest.fixture(autouse=True)
def no_figure_stays():
    yield
    plt.close("all")


MEASURED = {
    "gantt": lambda: gantt(UNEVEN),
    "bars": lambda: time_bars({"serial": [1.0, 1.2, 1.1], "Pool(2)": [0.6]}, ideal=0.5),
    "curve": lambda: time_curve({1: [0.9, 0.8], 100: [0.1, 0.2]}, [0.4, 0.5], "chunksize"),
    "speedup": lambda: speedup_curve({1: [1.0], 2: [0.5, 0.6]}, [1.0, 1.1, 0.9], cores=2),
    "cpu": lambda: cpu_timeline(USE, cores=2),
    "costs": lambda: access_costs({"dict": [4e-8, 3e-8], "proxy": [4e-5, 3e-5, 5e-5]}),
    "runs": lambda: run_chart([0.2, 0.3, 0.25, 0.6]),
    "visits": lambda: visits(VISITS),
    "share": lambda: share_curve({0: [0.5, 0.6], 1: [1.0]}, [1.0, 1.1], workers=2, cores=2),
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
    units = {
        MEASURED["speedup"]: "times",
        MEASURED["share"]: "times",
        MEASURED["cpu"]: "cores",
        MEASURED["costs"]: "time of one access",
    }
    assert units.get(picture, "seconds") in measured


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


def test_costs_of_access_are_compared_with_the_first_way():
    ax = access_costs({"dict": [4e-8, 2e-8, 3e-8], "lock": [6e-8], "proxy": [3e-5, 6e-5]})
    assert ax.get_xscale() == "log"
    assert [dot.get_xdata()[0] for dot in ax.lines] == pytest.approx([3e-8, 6e-8, 4.5e-5])
    spread = [bar.get_segments()[0][:, 0].tolist() for bar in ax.collections]
    assert spread == [[2e-8, 4e-8], [6e-8, 6e-8], [3e-5, 6e-5]]
    assert [text.get_text() for text in ax.texts] == ["2.0 times", "1,500 times"]
    assert "proxy: 4.5e-05 (3e-05 to 6e-05), 1,500 times as much" in ax.figure.description


def test_ticks_of_costs_carry_their_units():
    ax = access_costs({"dict": [4e-8], "proxy": [4e-2]})
    ax.figure.canvas.draw()
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert {"100 ns", "10 µs", "1 ms", "100 ms"} <= set(shown)


@pytest.mark.parametrize("slowest", [5e-8, 4e-5, 4e-2])
def test_factors_of_costs_stand_inside_the_picture(slowest):
    ax = access_costs({"dict": [4e-8], "proxy": [slowest]})
    ax.figure.canvas.draw()
    assert ax.texts[0].get_window_extent().x1 <= ax.bbox.x1


def test_costs_of_nothing_are_refused():
    with pytest.raises(ValueError, match="at least one way"):
        access_costs({})


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


def test_amdahls_law_is_drawn_up_to_the_cores():
    ax = speedup_curve({1: [1.0], 2: [0.6], 4: [0.6]}, [1.0], cores=2, serial_fraction=0.2)
    amdahl = ax.lines[2]
    by_workers = dict(zip(amdahl.get_xdata(), amdahl.get_ydata(), strict=True))
    # 1 / (0.2 + 0.8 / 2): by hand
    assert (by_workers[1.0], by_workers[2.0], by_workers[4.0]) == pytest.approx((1, 1 / 0.6, 1 / 0.6))
    assert "Amdahl's law allows 1.67" in ax.figure.description
    assert "Amdahl" not in speedup_curve({1: [1.0]}, [1.0]).figure.description


def test_a_cpu_timeline_stacks_the_processes_under_the_line_of_all_cores():
    ax = cpu_timeline(USE, cores=2)
    stacked = [[layer.get_datalim(ax.transData).ymax, layer.get_label()] for layer in ax.collections]
    # your process 0.2 then 0; worker 1 on top 0.8 then 1.0; worker 2 on top 1.0 then 0; others 0.02, 0.02
    assert [label for _, label in stacked] == ["your process", "worker 1", "worker 2", "others"]
    assert [top for top, _ in stacked] == pytest.approx([0.2, 1.0, 2.0, 2.02])
    (ideal,) = ax.lines
    assert set(ideal.get_ydata()) == {2}
    assert "your process 0.10, worker 1 0.90, worker 2 0.50, others 0.02" in ax.figure.description
    assert "together 1.52 of 2" in ax.figure.description
    assert ax.get_ylim()[1] > 2.02, "nothing is cut off"


def test_a_process_too_thin_to_be_seen_is_told_but_not_drawn():
    ax = cpu_timeline(CpuUse(7, [0.0, 1.0], {7: [0.0, 0.001], 8: [0.0, 1.0]}), cores=2)
    assert [layer.get_label() for layer in ax.collections] == ["worker 1"]
    assert ax.collections[0].get_datalim(ax.transData).ymin == 0, "and leaves no gap"
    assert "your process 0.00, worker 1 1.00" in ax.figure.description


@pytest.mark.parametrize(
    "picture",
    [
        lambda title: cpu_timeline(USE, title, cores=2),
        lambda title: run_chart([0.2, 0.3], shaded=(2, 2), title=title),
        lambda title: speedup_curve({1: [1.0], 2: [0.6]}, [1.0], title=title, serial_fraction=0.2),
        lambda title: share_curve({0.5: [0.6]}, [1.0], 2, title=title, cores=2),
    ],
    ids=["cpu", "runs", "speedup", "share"],
)
def test_a_legend_of_many_names_does_not_cover_the_title(picture):
    ax = picture("a title that is nearly as long as the picture is wide")
    ax.figure.canvas.draw()
    title = ax._left_title.get_window_extent()
    assert title.width > 100
    assert not title.overlaps(ax.get_legend().get_window_extent())
    assert title.y1 <= ax.figure.bbox.y1


@pytest.mark.parametrize(("until", "end"), [(2.0, 2.0), (0.1, 1.0), (None, 1.0)])
def test_a_cpu_timeline_reaches_as_far_as_asked_but_cuts_nothing_off(until, end):
    assert cpu_timeline(USE, until=until).get_xlim() == pytest.approx((0, end))


def test_a_cpu_timeline_before_the_end_of_the_block_says_what_to_do():
    with pytest.raises(ValueError, match="block has ended"):
        cpu_timeline(CpuUse(root=7))


def test_a_chart_of_runs_shows_each_run_and_where_it_was_not_alone():
    ax = run_chart([0.2, 0.3, 0.6, 0.25], shaded=(3, 3))
    median, runs = ax.lines
    assert set(median.get_ydata()) == {0.275}
    assert (list(runs.get_xdata()), list(runs.get_ydata())) == ([1, 2, 3, 4], [0.2, 0.3, 0.6, 0.25])
    (band,) = ax.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == (2.5, 3.5)
    assert "4 runs: 0.275 (0.2 to 0.6); runs 3 to 3 beside others: 0.6." in ax.figure.description
    assert ax.get_ylim()[0] == 0


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


def test_a_visit_is_a_bar_of_waiting_and_a_bar_inside_in_its_workers_row():
    ax = visits(VISITS)
    bars = [
        tuple(round(float(number), 3) for number in (bar.get_y() + 0.3, bar.get_x(), bar.get_width()))
        for bar in ax.patches
    ]
    # In the order of asking, each as (row, start, length): first the wait, then the time inside.
    assert bars == [
        (1, 0, 0), (1, 0, 0.5),
        (2, 0.1, 0), (2, 0.1, 0.5),
        (3, 0.2, 0.3), (3, 0.5, 0.4),
        (1, 0.8, 0), (1, 0.8, 0.2),
    ]  # fmt: skip
    assert [bool(bar.get_hatch()) for bar in ax.patches] == [True, False] * 4
    assert [label.get_text() for label in ax.get_yticklabels()] == ["worker 1", "worker 2", "worker 3"]
    assert ax.figure.description == (
        "Timeline of 4 visits by 3 workers. Most inside at once: 2. Together they waited 0.30 s. "
        "The last one left after 1.00 s."
    )


@pytest.mark.parametrize(
    ("rows", "most"),
    [
        ([(1, 0, 0, 1), (2, 0, 1, 2)], 1),  # one leaves at the very moment in which the other enters
        ([(1, 0, 0, 1), (2, 0, 0, 1), (3, 0, 0.5, 0.6)], 3),
        ([(1, 0, 0, 9), (2, 0, 1, 2), (3, 0, 3, 4)], 2),
    ],
)
def test_how_many_were_inside_at_once_is_counted(rows, most):
    assert f"Most inside at once: {most}." in visits(rows).figure.description


@pytest.mark.parametrize(("until", "end"), [(2.0, 2.0), (0.1, 1.02), (None, 1.02)])
def test_visits_reach_as_far_as_asked_but_none_is_cut_off(until, end):
    assert visits(VISITS, until=until).get_xlim() == pytest.approx((0, end))


def test_visits_of_nobody_say_what_is_missing():
    with pytest.raises(ValueError, match="at least one visit"):
        visits([])


def test_speedup_against_the_share_under_a_lock_has_both_bounds():
    ax = share_curve({1: [1.0], 0: [0.5, 0.4, 0.8]}, [0.9, 1.0, 3.0], workers=4, cores=2)
    ideal, amdahl, serial, measured, *_ = ax.lines
    by_share = dict(zip(ideal.get_xdata(), ideal.get_ydata(), strict=True))
    # Two cores for four workers: 2 as long as half of the time is enough for what is locked, then 1 / share.
    assert [by_share[share] for share in (0, 0.5, 0.8, 1)] == pytest.approx([2, 2, 1.25, 1])
    allowed = dict(zip(amdahl.get_xdata(), amdahl.get_ydata(), strict=True))
    assert [allowed[share] for share in (0, 0.5, 1)] == pytest.approx([2, 1 / 0.75, 1])
    assert set(serial.get_ydata()) == {1}
    assert (list(measured.get_xdata()), list(measured.get_ydata())) == ([0, 1], pytest.approx([2, 1]))
    assert ax.get_ylim()[1] > 2.5, "no point is cut off"
    assert "with 4 workers. 0% under the lock: 2 (1.25 to 2.5); 100% under the lock: 1." in (
        ax.figure.description
    )
    assert "The ideal line is 2 as far as 50%, then falls to 1." in ax.figure.description


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        share_curve({0.5: [1.0], share: [1.0]}, [1.0], workers=2)
