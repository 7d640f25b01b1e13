"""The pictures of lecture 07 show each number where it belongs, and their words say what they show."""

from __future__ import annotations

import html
from math import hypot

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from autograder.drawings_beyond import CHOICES, OTHERWISE, choice_picture, cluster_picture, ways_picture
from autograder.machine import describe
from autograder.render.palette import PALETTE

SECONDS = {"map": [1.0, 1.2, 0.8], "ProcessPoolExecutor": [0.5, 0.4, 0.625], "Dask": [1.0]}
OVERHEADS = {"map": [1e-7], "ProcessPoolExecutor": [2e-4, 1e-4, 4e-4], "Dask": [1.5e-3]}
STARTS = {"map": 1e-6, "ProcessPoolExecutor": 0.05, "Dask": 1.5}
PICTURES = {
    "choice": choice_picture,
    "cluster": cluster_picture,
    "ways": lambda: ways_picture(SECONDS, OVERHEADS, STARTS, cores=2, title="Twelve tasks, two workers"),
}


@pytest.fixture(autouse=True)
def no_figure_stays():
    yield
    plt.close("all")


def texts_of(figure):
    """All words of a figure, but those of its caption and title."""
    for ax in figure.axes:
        yield from ax.texts
        yield from ax.get_xticklabels() if ax.axison else ()
        yield from ax.get_yticklabels() if ax.axison else ()
        yield from (ax.xaxis.label, ax.yaxis.label)
        yield from ax.get_legend().get_texts() if ax.get_legend() else ()


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_a_picture_shows_itself_with_its_description(picture):
    data, _ = picture().figure._repr_mimebundle_()
    assert f'alt="{html.escape(data["text/plain"])}"' in data["text/html"]
    assert "\n" not in data["text/plain"]


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_no_text_is_cut_off_or_covers_another(picture):
    figure = picture().figure
    figure.canvas.draw()
    page = figure.bbox
    shown = [text for text in texts_of(figure) if text.get_text() and text.get_visible()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in shown]
    for name, box in boxes:
        assert page.x0 <= box.x0 and box.x1 <= page.x1, f"{name!r} is cut off at a side"
        assert page.y0 <= box.y0 and box.y1 <= page.y1, f"{name!r} is cut off above or below"
    covered = [(a, b) for i, (a, x) in enumerate(boxes) for b, y in boxes[i + 1 :] if x.overlaps(y)]
    assert covered == []


def boxes_with_words(ax):
    """The boxes of a drawing, each with the words that stand in its middle."""
    return {
        text.get_text(): box
        for text in ax.texts
        for box in ax.patches
        if box.get_x() + box.get_width() / 2 == pytest.approx(text.get_position()[0])
        and box.get_y() + box.get_height() / 2 == pytest.approx(text.get_position()[1])
    }


@pytest.mark.parametrize("picture", [choice_picture, cluster_picture])
def test_words_lie_inside_their_box(picture):
    ax = picture()
    ax.figure.canvas.draw()
    words = {text.get_text(): text.get_window_extent() for text in ax.texts}
    boxes = boxes_with_words(ax)
    assert len(boxes) == len(ax.patches), "every box has its words"
    for name, box in boxes.items():
        inside, outside = words[name], box.get_window_extent()
        assert outside.x0 < inside.x0 and inside.x1 < outside.x1, f"{name!r} is wider than its box"
        assert outside.y0 < inside.y0 and inside.y1 < outside.y1, f"{name!r} is higher than its box"


def test_each_answer_stands_beside_its_question_and_the_last_below_them():
    boxes = boxes_with_words(choice_picture())
    rows = [boxes[choice.question].get_y() for choice in CHOICES]
    assert rows == sorted(rows)
    for choice in CHOICES:
        question, answer = boxes[choice.question], boxes[choice.answer]
        assert answer.get_x() > question.get_x() + question.get_width()
        assert answer.get_y() + answer.get_height() / 2 == pytest.approx(
            question.get_y() + question.get_height() / 2
        )
    assert boxes[OTHERWISE].get_y() > max(rows)


def test_the_choice_in_words_names_each_question_and_answer_in_order():
    words = choice_picture().figure.description
    places = [words.index(f"If yes: {choice.answer}.") for choice in CHOICES]
    assert places == sorted(places)
    assert words.startswith(
        "Drawing of a decision. Do the tasks mostly wait? If yes: threads. If no: Is a task"
    )
    assert words.endswith(f"May a worker die? If yes: ProcessPoolExecutor. If no: {OTHERWISE}.")


def test_a_cluster_is_joined_by_its_scheduler_and_its_workers_are_joined_to_each_other():
    ax = cluster_picture()
    middles = {
        name.split("\n")[0]: (box.get_x() + box.get_width() / 2, box.get_y() + box.get_height() / 2)
        for name, box in boxes_with_words(ax).items()
    }

    def nearest(x, y):
        return min(middles, key=lambda name: hypot(middles[name][0] - x, middles[name][1] - y))

    arrows = [text for text in ax.texts if isinstance(text, Annotation)]
    assert {frozenset((nearest(*arrow.xy), nearest(*arrow.xyann))) for arrow in arrows} == {
        frozenset(("client", "scheduler")),
        frozenset(("scheduler", "worker 1")),
        frozenset(("scheduler", "worker 2")),
        frozenset(("worker 1", "worker 2")),
    }
    assert "The workers send each other the results that they need." in ax.figure.description


def test_ways_stand_in_rows_with_their_speedup_price_and_start():
    left = ways_picture(SECONDS, OVERHEADS, STARTS, cores=2)
    right = left.figure.axes[1]
    assert [label.get_text() for label in left.get_yticklabels()] == list(SECONDS)
    assert [bar.get_width() for bar in left.patches] == pytest.approx([1.0, 2.0, 1.0])
    assert [bar.get_y() + bar.get_height() / 2 for bar in left.patches] == pytest.approx([0, 1, 2])
    dots = [line for line in right.lines if line.get_marker() == "o"]
    squares = [line for line in right.lines if line.get_marker() == "s"]
    assert [(*dot.get_xdata(), *dot.get_ydata()) for dot in dots] == [(1e-7, 0), (2e-4, 1), (1.5e-3, 2)]
    assert [(*box.get_xdata(), *box.get_ydata()) for box in squares] == [(1e-6, 0), (0.05, 1), (1.5, 2)]
    serial, ideal = (line for line in left.lines if line.get_label() in ("serial", "ideal"))
    assert (set(serial.get_xdata()), set(ideal.get_xdata())) == ({1}, {2})


def test_ways_show_the_spread_and_cut_nothing_off():
    left = ways_picture(SECONDS, OVERHEADS, STARTS, cores=2)
    right = left.figure.axes[1]
    spreads = [path[:, 0].tolist() for group in right.collections for path in group.get_segments()]
    assert spreads[1] == [1e-4, 4e-4]
    assert left.get_xlim()[1] > 2.5, "the fastest run of ProcessPoolExecutor is 2.5 times as fast"
    low, high = right.get_xlim()
    assert low < 1e-7 and high > 1.5
    assert right.get_xscale() == "log"


def test_only_the_way_that_the_others_are_compared_with_is_grey():
    left = ways_picture(SECONDS, OVERHEADS, STARTS, cores=2)
    colors = [to_hex(bar.get_facecolor()) for bar in left.patches]
    assert colors == [color.lower() for color in (PALETTE["serial"], PALETTE["yours"], PALETTE["yours"])]


def test_ways_carry_their_machine():
    assert ways_picture(SECONDS, OVERHEADS, STARTS).figure._supxlabel.get_text() == describe()


def test_ways_in_words():
    assert ways_picture(SECONDS, OVERHEADS, STARTS, cores=2).figure.description == (
        "Two pictures side by side, one row for each way. "
        "map: speedup 1 (0.833 to 1.25), one empty task 1e-07 s, start 1e-06 s; "
        "ProcessPoolExecutor: speedup 2 (1.6 to 2.5), one empty task 0.0002 (0.0001 to 0.0004) s, "
        "start 0.05 s; "
        "Dask: speedup 1, one empty task 0.0015 s, start 1.5 s. The ideal speedup is 2."
    )


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        (({}, {}, {}), "at least one way"),
        ((SECONDS, {"map": [1e-7], "Dask": [1e-3]}, STARTS), "'ProcessPoolExecutor' has no overheads"),
        ((SECONDS, OVERHEADS, {"map": 1.0, "Dask": 1.0}), "'ProcessPoolExecutor' has no start"),
        ((SECONDS, OVERHEADS | {"Ray": [1.0]}, STARTS), "'Ray' has no run times and no start"),
    ],
)
def test_a_way_without_its_numbers_is_named(changed, complaint):
    with pytest.raises(ValueError, match=complaint):
        ways_picture(*changed)
