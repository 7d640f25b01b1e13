"""What the three functions of unit 00-why promise. Students read this file too: it holds no secret.

Inputs are drawn afresh for every check. Expected values come from runs that are made up part by part, so
that no formula is needed: a seconds that only one worker can do, and b seconds for each of n workers.
"""

import math
from functools import partial

from autograder import Case, Check, Exercise, Raises
from autograder.exercise import Satisfies, shortened, spread_in_order
from autograder.protocol import Stream

TOLERANCE = 1e-9

ARGUMENT_HINT = "Look at the argument before you compute, and say in the message which argument is wrong."
ONE_HINT = "Say in words what one worker gains over one worker. Then put 1 into your function by hand."
VALUE_HINT = (
    "Take 10 s of work of which 2 s are serial, and 4 workers. Write down by hand how long each part takes, "
    "then print each step of your function for it. Integer division (//) and a factor in the wrong place "
    "are common causes."
)


def off(expected, got):
    """What is wrong with a number that should be this one, within a relative 1e-9."""
    if type(got) not in (int, float):
        return f"expected a number, {expected!r}, got {shortened(got)}"
    if math.isclose(expected, got, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
        return ""
    return f"expected {expected!r} (within {TOLERANCE:g} of it), got {got!r}"


def near(expected):
    """An expectation: this number, an int or a float."""
    return Satisfies(partial(off, expected), repr(expected))


def outside(low, high, got):
    """What is wrong with a number that should lie between these bounds."""
    if type(got) not in (int, float):
        return f"expected a number, got {shortened(got)}"
    if low - TOLERANCE <= got <= high + TOLERANCE:
        return ""
    return f"expected a number from {low!r} to {high!r}, got {got!r}"


def between(low, high):
    """An expectation: a number from `low` to `high`."""
    return Satisfies(partial(outside, low, high), f"a number from {low!r} to {high!r}")


def measured(rng, workers=None):
    """A run made up of parts: its serial fraction, its workers, its speedup.

    Neither is a number of few digits: whoever rounds is wrong, and not only most of the time.
    """
    workers = workers or rng.randrange(2, 40)
    while True:
        alone, each = rng.randrange(1, 30), rng.randrange(1, 30)
        whole = alone + each * workers
        fraction, speedup = alone / whole, whole / (alone + each)
        if min(abs(number - round(number, 4)) for number in (fraction, speedup)) > 1e-6:
            return fraction, workers, speedup


def said(name, *arguments):
    """A call in words."""
    return f"{name}({', '.join(map(repr, arguments))})"


def one(name, arguments, *checks):
    """A case whose input is told as the call itself."""
    return Case(arguments, checks, on=said(name, *arguments))


def refused(name, arguments, argument):
    """The case of a bad argument."""
    check = Check("a bad argument raises ValueError", Raises("ValueError", argument), ARGUMENT_HINT)
    return one(name, arguments, check)


class Amdahl(Exercise):
    """The best speedup that a serial fraction leaves."""

    signature = "amdahl(serial_fraction, workers)"
    correctness_points = 2.0

    def cases(self, rng, processes):
        for workers in (None, 2):
            fraction, workers, speedup = measured(rng, workers)
            check = Check("the speedup is right", near(speedup), VALUE_HINT, weight=4, essential=True)
            yield one(self.name, (fraction, workers), check)
        many = rng.randrange(50, 100)
        ends_hint = (
            "What is the speedup if all of the work can be shared out, and if none of it can? "
            "Both are sensible questions, and an int is a sensible answer to what the fraction is."
        )
        for fraction, speedup in ((0, many), (1, 1)):
            check = Check("a fraction of 0 or 1 is allowed", near(speedup), ends_hint)
            yield one(self.name, (fraction, many), check)
        check = Check("one worker gains nothing", near(1), ONE_HINT)
        yield one(self.name, (rng.randrange(1, 100) / 100, 1), check)
        limit_hint = "However many workers there are, the serial part takes its time. Look for rounding."
        check = Check("many workers come near the limit", between(19.99, 20.0), limit_hint)
        yield one(self.name, (0.05, 10**6 + rng.randrange(10**6)), check)
        for arguments, argument in (
            ((-0.01, 4), "serial_fraction"),
            ((1.01, 4), "serial_fraction"),
            ((0.5, 0), "workers"),
        ):
            yield refused(self.name, arguments, argument)


class KarpFlatt(Exercise):
    """The serial fraction that a measured speedup implies."""

    signature = "karp_flatt(speedup, workers)"
    correctness_points = 2.0

    def cases(self, rng, processes):
        back_hint = (
            "It must undo amdahl: print karp_flatt(amdahl(0.2, 4), 4). "
            "Solve Amdahl's equation for the fraction on paper, a step a line."
        )
        for workers in (None, 2):
            fraction, workers, speedup = measured(rng, workers)
            check = Check("the fraction is right", near(fraction), back_hint, weight=4, essential=True)
            yield one(self.name, (speedup, workers), check)
        workers = rng.randrange(3, 60)
        ends_hint = "A perfect speedup implies 0, none at all implies 1. Put both into your equation by hand."
        for speedup, fraction in ((workers, 0), (1, 1)):
            check = Check("no speedup is 1 and a perfect one is 0", near(fraction), ends_hint)
            yield one(self.name, (speedup, workers), check)
        odd_hint = (
            "A measurement may be better than perfect (a cache) or worse than none (overhead). "
            "Say what the equation gives; do not cut it off at 0 or 1, and do not refuse it."
        )
        check = Check("odd measurements are not hidden", between(-1.0, -1e-6), odd_hint)
        yield one(self.name, (workers * 1.25, workers), check)
        check = Check("odd measurements are not hidden", between(1.001, 10.0), odd_hint)
        yield one(self.name, (0.5, workers), check)
        for arguments, argument in (((1.0, 1), "workers"), ((0, 4), "speedup"), ((-1.5, 4), "speedup")):
            yield refused(self.name, arguments, argument)


class Makespan(Exercise):
    """When the last worker is done, if idle workers take the next chunk in order."""

    signature = "makespan(durations, workers, chunksize=1)"
    correctness_points = 2.0

    def cases(self, rng, processes):
        time_hint = (
            "Draw it: a row for each worker, each task put where a worker is idle first. "
            "Try makespan([5, 1, 1, 1, 8], 2) on paper; sharing out evenly gives another time."
        )
        for workers in (2, rng.randrange(3, 6)):
            # The longest comes last but one: those who sort first, or only divide the sum, are wrong.
            tasks = [rng.randrange(1, 9) for _ in range(4 * workers)] + [0, 30, 1]
            check = Check("the time is right", self.time(tasks, workers), time_hint, weight=4, essential=True)
            yield one(self.name, (tasks, workers), check)
        # The case that neither equal shares nor every n-th task to each gets right.
        check = Check("the time is right", near(13), time_hint, weight=4, essential=True)
        yield one(self.name, ([5, 1, 1, 1, 1, 1, 8], 2), check)
        chunk_hint = (
            "A chunk is taken whole, by one worker, in order, and the last one may be short. Try two workers "
            "and chunks of two on [1, 1, 1, 1, 5] with pencil and paper."
        )
        for size in (2, 3):
            chunks = [[rng.randrange(1, 20) for _ in range(size)] for _ in range(7)] + [[40]]
            check = Check("chunks are taken whole", self.time(map(sum, chunks), 3), chunk_hint, weight=3)
            yield one(self.name, ([task for chunk in chunks for task in chunk], 3, size), check)
        tasks = [rng.randrange(1, 20) / 4 for _ in range(5)]
        check = Check("a chunk may be larger than the list", near(sum(tasks)), chunk_hint)
        yield one(self.name, (tasks, 3, len(tasks) + 4), check)
        few_hint = "Workers without a task are done at 0. What does your function do with none, or with one?"
        for some, workers, time in ((tasks, 9, max(tasks)), (tasks, 1, sum(tasks)), ([], 3, 0)):
            check = Check("any number of tasks and workers will do", near(time), few_hint)
            yield one(self.name, (some, workers), check)
        hint = (
            "A generator can be read only once and has no len(). If you need more, make a list of it first."
        )
        check = Check("durations may be a generator", near(sum(tasks)), hint)
        yield Case(
            (Stream(tuple(tasks)), 1), (check,), on=f"the durations {tasks} from a generator, 1 worker"
        )
        for arguments, argument in (
            (([1, 2], 0), "workers"),
            (([1, 2], 2, 0), "chunksize"),
            (([1, -0.5], 2), "durations"),
        ):
            yield refused(self.name, arguments, argument)

    def time(self, costs, workers):
        """An expectation: the time that the harness's own dealing of these costs takes."""
        costs = list(costs)
        dealt = spread_in_order(costs, workers)
        return near(max(sum(costs[place] for place in share) for share in dealt))
