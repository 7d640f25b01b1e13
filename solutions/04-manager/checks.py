"""What the four functions of unit 04-manager promise. Students read this file too: it holds no secret.

Inputs are drawn from a generator whose seed only the harness knows, afresh for every call.
"""

from collections import Counter
from functools import partial

from autograder import Case, Check, Exercise, Raises, SpeedRule, Work
from autograder.drivers_shared import Gathering, Matrix, Scores, Texts
from autograder.exercise import Call, Satisfies, difference, shortened, spread
from autograder.promises import count, key
from autograder.protocol import Opaque, Stream
from autograder.site import most_open
from autograder.tasks import (
    Digest,
    Fails,
    FailsAtRow,
    Large,
    RowDigest,
    RowTimes,
    Signed,
    Witness,
    rounds_for,
)

AT_ONCE = "at most `processes` work at a time"
REFUSED = "a bad argument raises ValueError"

GENERATOR_HINT = (
    "A generator can be read only once and has no len(). If you need more than that, make a list of it first."
)
EMPTY_HINT = "Follow your function line by line for []: what does it start, wait for, and return?"
WORKERS_HINT = (
    "How do you share out the work? Try it on paper with 2 items for 5 workers, and with 5 items for 2."
)
AT_ONCE_HINT = (
    "`processes` says how many may work at a time. Look at where your workers are started: how many, "
    "and does anything start one for each item?"
)
EXCEPTION_HINT = (
    "A Process that raises prints its traceback and ends, and the one that joins it hears nothing. "
    "What could a worker do with the exception so that the caller finds it?"
)
ARGUMENT_HINT = (
    "Look at the argument before you start anything, and say in the message which argument is wrong."
)


def bad_processes(name, *others):
    """The cases of a bad number of workers."""
    for workers in (0, -1):
        check = Check(REFUSED, Raises("ValueError", "processes"), ARGUMENT_HINT)
        yield Case((*others, workers), (check,), on=f"{name}(..., processes={workers})")


def not_plain(got):
    """What is wrong with a value that should be a dict; empty if it is one."""
    if type(got) is dict:
        return ""
    if isinstance(got, Opaque) and "Proxy" in got.type_name:
        return f"expected a plain dict, got a {got.type_name}: its manager is gone, and the data with it"
    if isinstance(got, Opaque):
        return f"expected a plain dict, got a {got.type_name}"
    return f"expected a plain dict, got {shortened(got)}"


class Beside(Satisfies):
    """As Satisfies, beside another check of the same outcome, which fails if no value came."""

    def problem(self, outcome):
        return super().problem(outcome) if outcome.kind == "value" else ""


class RaisesOnly(Raises):
    """As Raises, where a value is bytes that would tell nobody anything."""

    def problem(self, outcome):
        said = super().problem(outcome)
        return f"expected {self.error}, but nothing was raised" if outcome.kind == "value" else said


def gives(expected, seen=lambda value: value):
    """An expectation: this dict. `seen` takes it out of the value that came."""

    def look(value):
        got = seen(value)
        return not_plain(got) or difference(expected, got)

    return Satisfies(look, f"a dict of {count(len(expected), 'item')}" if expected else "an empty dict")


def too_many_at_once(times, workers):
    """What is wrong with these (begun, ended), if there should be no more at a time than workers."""
    most = most_open(times)
    return f"{most} calls ran at the same time, but processes is {workers}" if most > workers else ""


class Collect(Exercise):
    """``{item: func(item)}``, gathered by workers in a manager's dict."""

    signature = "collect(func, items, processes)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.70, seconds=0.6)

    def cases(self, rng, processes):
        values_hint = (
            "Compare with {item: func(item) for item in items} on three items, in one process first. "
            "Then look at what each worker is given, where it puts what it finds, and what you return: a "
            "proxy only points to data that live in the manager's process, and end with it."
        )
        signed = Signed(key(rng), 0.02)  # so that who reads too early finds too little
        items = rng.sample(range(1000), 3 * processes + 1)
        expected = {item: Digest(signed.key)(item) for item in items}
        worker_hint = (
            "The caller only starts the workers, waits, and reads what they left. Let func print "
            "os.getpid(). Threads, and functions called before a Process is made, run in the caller."
        )
        manager_hint = (
            "A plain dict or list is copied into a worker, and what the worker writes stays there. "
            "A manager keeps one for all of them. See how the example in the notebook opens one."
        )
        yield Case(
            (Gathering(signed, tuple(items), processes),),
            (
                Check("every item has its value", signed_values(expected), values_hint, 3, essential=True),
                Check("func runs in worker processes", run_elsewhere(), worker_hint, weight=2),
                Check("results are gathered through a manager", with_manager(), manager_hint, weight=2),
            ),
            on=f"{len(items)} items and {processes} workers",
        )
        digest = Digest(key(rng))

        def case(name, some, workers, hint, handed=None, on=""):
            check = Check(name, gives({item: digest(item) for item in some}), hint)
            return Case((digest, some if handed is None else handed, workers), (check,), on=on)

        again = [*items, items[0], items[1], items[0]]
        again_hint = (
            "A dict has each key once, so there are fewer results than items here. Does anything in your "
            "function count results, or wait for as many as there are items?"
        )
        yield case("an item may come twice", again, processes, again_hint, on=f"the items {again}")
        odd = rng.sample([None, 0, "", (1, 2), f"{rng.randrange(1000)}"], 5)
        odd_hint = (
            "`if item:` is false for 0 and for ''. And None is an item like any other, unless you gave it a "
            "meaning of your own, such as the end of a queue."
        )
        yield case("an item may be None, 0 or ''", odd, processes, odd_hint, on=f"the items {odd}")
        words = [f"{rng.randrange(10**6)}" for _ in range(rng.randrange(20, 30))]
        stream, on = Stream(tuple(words)), f"{len(words)} words from a generator"
        yield case("items may be a generator", words, processes, GENERATOR_HINT, stream, on)
        on = f"{self.name}(func, [], {processes})"
        yield case("no items give an empty dict", [], processes, EMPTY_HINT, on=on)
        for workers, some in ((1, words), (processes + 3, items[:2])):
            on = f"{len(some)} items and {count(workers, 'worker')}"
            yield case("any number of workers will do", some, workers, WORKERS_HINT, on=on)
        for workers in (1, processes):
            some = list(range(4 * workers))
            witness = Witness(key(rng), 0.03)
            known = {item: Digest(witness.key)(item) for item in some}
            check = Check(AT_ONCE, few_at_once(known, workers), AT_ONCE_HINT)
            on = f"{len(some)} items and {count(workers, 'worker')}"
            yield Case((witness, some, workers), (check,), on=on)

        large, some = Large(key(rng), 20_000), list(range(2 * processes))
        large_hint = "Compare one large result with what func gives for the same item. Is it cut, or changed?"
        check = Check("results may be large", gives({item: large(item) for item in some}), large_hint)
        yield Case((large, some, processes), (check,), on=f"{len(some)} items with results of 320 kB")
        note, bad = f"item of bad luck {key(rng)}", rng.choice(range(2, 3 * processes - 1))
        raises = Raises("LookupError", note)
        check = Check("an exception of func reaches the caller", raises, EXCEPTION_HINT, weight=2)
        fails = Fails(key(rng), bad, note)
        on = f"a func that raises LookupError for item {bad}"
        yield Case((fails, list(range(3 * processes)), processes), (check,), on=on)
        yield from bad_processes(self.name, digest, items[:2])

    def work(self, rng, processes):
        number = 24 * processes
        func = Digest(key(rng), rounds_for(self.speed.seconds * processes / number))
        items = [key(rng) for _ in range(number)]
        return Work(
            (func, items, processes),
            ideal=Call("collect_shares", (func, items, spread(number, processes))),
            serial=Call("collect_shares", (func, items, spread(number, 1))),
            problem=lambda expected, got: not_plain(got) or difference(expected, got),
        )


def signed_values(expected):
    """An expectation on what a Gathering saw: these values, whoever computed them."""

    def values(value):
        got = value[0]
        if type(got) is not dict:
            return got
        signed = all(type(one) is tuple and len(one) == 2 for one in got.values())
        return {item: digest for item, (digest, _) in got.items()} if signed else got

    return gives(expected, values)


def run_elsewhere():
    """An expectation on what a Gathering saw: the caller itself computed nothing."""

    def look(value):
        got, _, caller = value
        here = sum(process == caller for _, process in got.values())
        return (
            f"{here} of {len(got)} calls of func ran in the process that called the function" if here else ""
        )

    return Beside(look, "values that worker processes computed")


def with_manager():
    """An expectation on what a Gathering saw: a manager was started."""
    return Beside(lambda value: "" if value[1] else "no manager was started", "values from a manager")


def few_at_once(expected, workers):
    """An expectation on the dict of a Witness's results: never more calls at a time than workers."""

    def look(got):
        if not_plain(got):
            return not_plain(got)
        if not all(type(one) is tuple and len(one) == 3 for one in got.values()):
            return f"expected what func returned, got {shortened(got)}"
        wrong = difference(expected, {item: digest for item, (digest, _, _) in got.items()})
        return wrong or too_many_at_once([times for _, *times in got.values()], workers)

    return Satisfies(look, f"a dict of {len(expected)} items")


class AddScore(Exercise):
    """One score more in a manager's dict of lists, for every process to see."""

    signature = "add_score(scores, student, score)"
    correctness_points = 4.0

    def cases(self, rng, processes):
        names = rng.sample(["Ada", "Alan", "Barbara", "Edsger", "Grace", "Ken", "Leslie", "Niklaus"], 5)
        known = {name: [rng.randrange(10, 30) for _ in range(3)] for name in names[:3]}
        first, second, third, fourth, fifth = names

        def case(calls, *named, before=known, at_once=False, on=""):
            after = {name: list(scores) for name, scores in before.items()}
            for student, score in calls:
                after.setdefault(student, []).append(score)
            checks = [
                Check(name, kind(partial(problem, after, calls), "a dict of lists"), *more)
                for kind, (name, problem, *more) in zip([Satisfies, Beside, Beside], named, strict=False)
            ]
            return Case((Scores(before, tuple(calls), at_once),), tuple(checks), on=on)

        seen_hint = (
            "`scores[student]` hands you a copy of the list, made in your own process. Change the copy, "
            "and the manager knows nothing of it. How do you tell the manager? Print scores[student] "
            "right after your change. What you put there must be data, nothing that ends with your function."
        )
        order_hint = "The new score goes to the end, and what was there before it stays as it was."
        others_hint = (
            "Only this student's list may change. What does your function write that it has read before?"
        )
        new_hint = "The first score of a student finds no list. What should it find?"
        same_hint = (
            "A score may be 0, and it may be given twice. `if score:` is false for 0, and a set keeps one "
            "of two."
        )
        once_hint = (
            "Each process adds to another student here, all at the same moment, so nobody's list is changed "
            "by two. Does your function write more than one student's list? What others wrote since it read, "
            "it overwrites."
        )
        score = rng.randrange(30, 50)
        seen = ("every other process sees the new score", not_seen, seen_hint, 4, True)
        order = ("earlier scores stay, and the new one comes last", out_of_order, order_hint, 2)
        others = ("other students keep their scores", others_changed, others_hint, 1)
        yield case(
            [(first, score)], seen, order, others, on=f"{first}, who has {known[first]}, and score {score}"
        )
        calls = [(second, score + number) for number in range(3)]
        on = f"{second}, who has {known[second]}, and three scores from three processes"
        yield case(calls, seen, order, others, on=on)
        calls = [(fourth, rng.randrange(1, 50)), (fifth, rng.randrange(1, 50))]
        new = ("a new student gets a list", lost, new_hint, 3)
        yield case(calls, new, others, on=f"a score for {fourth} and one for {fifth}, who were not there")
        empty = ("the very first student gets a list", lost, new_hint, 1)
        yield case([(first, score)], empty, before={}, on=f"an empty dict, and {first}'s score {score}")
        calls = [(third, 0), (third, 7), (third, 7), (second, 0.0)]
        same = ("a score may be 0, or the same again", lost, same_hint, 1)
        yield case(calls, same, on=f"scores 0, 7 and 7 for {third}, and 0.0 for {second}")
        calls = [(name, rng.randrange(1, 50)) for _ in range(3) for name in names]
        once = ("processes may add for several students at once", lost, once_hint, 3)
        on = "five processes, each with three scores for another student"
        yield case(calls, once, before={name: [7] for name in names}, at_once=True, on=on)


def lost(after, calls, got):
    """What is wrong with the scores, in whatever order they are."""
    if not_plain(got):
        return not_plain(got)
    same = {name: sorted(one, key=repr) if type(one) is list else one for name, one in got.items()}
    return difference({name: sorted(one, key=repr) for name, one in after.items()}, same)


def not_seen(after, calls, got):
    """What is wrong with the scores of whoever got the last one: is it there at all?"""
    student, score = calls[-1]
    there = got.get(student) if type(got) is dict else None
    if not_plain(got) or (type(there) is list and score in there):
        return not_plain(got)
    return f"another process sees {shortened(there)} for {student}, without the new score {score}"


def out_of_order(after, calls, got):
    """What is wrong with the list of whoever got a score."""
    student = calls[0][0]
    return not_plain(got) or difference(after[student], got.get(student), f"{student}'s list")


def others_changed(after, calls, got):
    """What is wrong with those who got no score."""
    names = {student for student, _ in calls}
    rest = {name: scores for name, scores in after.items() if name not in names}
    seen = {name: scores for name, scores in got.items() if name not in names} if type(got) is dict else got
    return not_plain(seen) or difference(rest, seen)


class Tally(Exercise):
    """How often each word stands in many texts."""

    signature = "tally(texts, processes)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.60, seconds=0.5)

    def cases(self, rng, processes):
        vocabulary = [key(rng)[:5] for _ in range(40)]

        def text(number):
            return " ".join(rng.choice(vocabulary) for _ in range(number))

        counts_hint = (
            "Compare with Counter(text.split()) on one text of five words. Is every text counted, and each "
            "only once? A Counter is not a plain dict, but dict(...) makes one of it."
        )
        texts = [text(30) for _ in range(3 * processes + 1)]
        check = Check("every word is counted", gives(counted(texts)), counts_hint, weight=3, essential=True)
        yield Case((texts, 1), (check,), on=f"{len(texts)} texts of 30 words, and 1 worker")

        # All workers come to the end of a text at the same moment, so that all go on to what they share. The
        # words stand half in one order and half in another, and one of them a hundred times.
        workers = processes + 2
        rare = [key(rng)[:6] for _ in range(400)]
        meeting = [
            " ".join([*["of"] * 100, *rare[:200], *rng.sample(rare[200:], 200)]) for _ in range(workers)
        ]
        lost_hint = (
            "Two processes read the same count, both add their own to it, and the second to write wipes out "
            "what the first wrote. Each call to a manager is safe by itself; two calls in a row are not. "
            "Who could change what you have read before you write it back?"
        )
        split_hint = (
            "Ask each text itself, as text.split(). The texts may be of a kind of str with a split of its "
            "own."
        )
        shares_hint = (
            f"{WORKERS_HINT} If counts are lost when workers meet, mend that first: it shows here, too."
        )
        driver = Texts(tuple(meeting), workers, meet=workers)
        check = Check(
            "no count is lost when workers meet", gives(counted(meeting), returned), lost_hint, weight=4
        )
        asked = Check("words are what split() gives", splits(len(meeting)), split_hint)
        on = f"{workers} texts of 500 words, and {workers} workers that finish theirs at the same moment"
        yield Case((driver,), (check, asked), on=on, seconds=20.0)

        one, other = vocabulary[:2]
        odd = [f" {one}x\t{other}\n\n{one}X, {one}x", "a  b\u2003c\r\na.\x0b", "\n \t", ""]
        odd_hint = (
            "Between words there may be any white space, and more than one of it: read what split() does "
            "without an argument. Letters and punctuation stay as they are."
        )
        check = Check("words are what split() gives", gives(counted(odd)), odd_hint)
        yield Case((odd, processes), (check,), on=f"the texts {odd!r}")
        some = texts[1:]
        check = Check("texts may be a generator", gives(counted(some)), GENERATOR_HINT)
        yield Case((Stream(tuple(some)), processes), (check,), on=f"{len(some)} texts from a generator")
        for some, on in (([], f"{self.name}([], {processes})"), ([" ", "\n"], "two texts of white space")):
            check = Check("no words give an empty dict", gives({}), EMPTY_HINT)
            yield Case((some, processes), (check,), on=on)
        for some, workers in ((texts[:2], processes + 3), ([*texts[1:], text(500)], processes)):
            check = Check("any number of workers will do", gives(counted(some)), shares_hint)
            on = f"{count(len(some), 'text')} and {count(workers, 'worker')}"
            yield Case((some, workers), (check,), on=on)
        for workers in (1, processes):
            some = [text(3) for _ in range(4 * workers)]
            check = Check(AT_ONCE, split_by_few(workers), AT_ONCE_HINT)
            on = f"{len(some)} texts and {count(workers, 'worker')}"
            yield Case((Texts(tuple(some), workers, seconds=0.03),), (check,), on=on)
        yield from bad_processes(self.name, texts[:2])

    def work(self, rng, processes):
        number = 24 * processes
        vocabulary = [key(rng)[:6] for _ in range(400)]
        texts = tuple(" ".join(rng.choices(vocabulary, k=500)) for _ in range(number))
        rounds = rounds_for(self.speed.seconds * processes / number)
        driver = Texts(texts, processes, rounds, noted=False)
        return Work(
            (driver,),
            ideal=Call("drive_tally_shares", (driver, spread(number, processes))),
            serial=Call("drive_tally_shares", (driver, spread(number, 1))),
            problem=lambda expected, got: not_plain(got[0]) or difference(expected[0], got[0]),
        )


def counted(texts):
    """What is right, counted at leisure."""
    return dict(Counter(word for text in texts for word in text.split()))


def returned(value):
    """What the function returned, of what a driver saw."""
    return value[0]


def splits(number):
    """An expectation on what Texts saw: each text was asked for its words."""

    def look(value):
        asked = len(value[1])
        return "" if asked >= number else f"the method split() of {asked} of {number} texts was called"

    return Beside(look, "words that split() gave")


def split_by_few(workers):
    """An expectation on what Texts saw: never were more texts being split than there are workers."""
    return Satisfies(lambda value: too_many_at_once(value[1], workers), "a dict of counts")


class MapRows(Exercise):
    """``row[:] = func(row)`` for each row of a matrix in shared memory."""

    signature = "map_rows(func, name, shape, dtype, processes)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.75, seconds=0.5)

    def cases(self, rng, processes):
        rows_hint = (
            "Compare with `for row in matrix: row[:] = func(row)` on three rows, in one process first. Does "
            "each worker attach to the block by its name, and write into that very matrix? An array does not "
            "keep its block alive: a block that nobody holds any more is closed, and then the worker crashes."
        )
        there_hint = (
            "close() ends one's own use of a block, unlink() ends the block. Who has made it must unlink it, "
            "and nobody else."
        )
        behind_hint = "The block may be longer than the matrix: its length says nothing about the shape."
        form_hint = (
            "Whoever attaches must read the bytes as what they are. Hand on the dtype and the shape that you "
            "got, and look for a place that assumes float64, or that a dtype is a text."
        )
        few_hint = (
            "Try it on paper: which rows does each of five workers take, if there are two rows, or none?"
        )
        sent_hint = (
            "Look at what a task is made of: rows, or where to find them? And at what it returns. What lies "
            "in shared memory need not be sent: a name and a number are enough to find a row."
        )
        there = "the block is still there afterwards"

        def case(shape, dtype, workers, name, hint, *more, weight=1.0, essential=False, on="", **options):
            func = RowDigest(key(rng))
            driver = Matrix(func, shape, dtype, workers, key(rng), **options)
            checks = (
                Check(name, becomes(driver), hint, weight, essential),
                *more,
                Check(there, still_there(), there_hint),
            )
            on = on or f"{count(shape[0], 'row')} of {shape[1]} {dtype} and {count(workers, 'worker')}"
            return Case((driver,), checks, on=on)

        rows = 3 * processes + rng.randrange(1, processes)
        columns = rng.randrange(4, 9)
        shape = (rows, columns)
        every = "every row is what func made of it"
        yield case(shape, "float64", processes, every, rows_hint, weight=4, essential=True)
        for dtype, form, told in (
            ("int32", "dtype", "numpy.dtype('int32')"),
            ("float32", "type", "numpy.float32"),
        ):
            on = f"{count(rows, 'row')} whose dtype is told as {told}"
            yield case(shape, dtype, processes, "any dtype will do", form_hint, form=form, on=on)
        few = "any number of rows and workers will do"
        for some, workers in ((2, processes + 3), (rows, 1), (0, processes)):
            yield case((some, columns), "float64", workers, few, few_hint)
        behind = Check("what lies behind the matrix is untouched", spare_untouched(), behind_hint)
        on = f"a block that is 800 bytes longer than its matrix of {rows} rows"
        yield case(
            shape,
            "int64",
            processes,
            "the block may be longer than the matrix",
            behind_hint,
            behind,
            spare=800,
            on=on,
        )
        wide = (16 * processes, 1 << 17)
        sent = Check("no copy of the matrix is sent", not_sent(), sent_hint, weight=3)
        on = f"{wide[0]} rows of 128 kB"
        yield case(wide, "uint8", processes, "rows may be long", rows_hint, sent, on=on)
        for workers in (1, processes):
            driver = Matrix(RowTimes(0.03), (4 * workers, 4), "int64", workers)
            check = Check(AT_ONCE, few_rows_at_once(driver), AT_ONCE_HINT)
            yield Case((driver,), (check,), on=f"{4 * workers} rows and {count(workers, 'worker')}")

        note = f"row of bad luck {key(rng)}"
        bad = columns * rng.randrange(1, rows - 1)
        driver = Matrix(FailsAtRow(bad, note), (rows, columns), "float64", processes)
        raises = RaisesOnly("LookupError", note)
        check = Check("an exception of func reaches the caller", raises, EXCEPTION_HINT, weight=2)
        yield Case((driver,), (check,), on=f"a func that raises LookupError for row {bad // columns}")
        for workers in (0, -1):
            driver = Matrix(RowDigest(key(rng)), shape, "float64", workers)
            check = Check(REFUSED, RaisesOnly("ValueError", "processes"), ARGUMENT_HINT)
            yield Case((driver,), (check,), on=f"{self.name}(..., processes={workers})")

    def work(self, rng, processes):
        number = 24 * processes
        func = RowDigest(key(rng), rounds_for(self.speed.seconds * processes / number))
        driver = Matrix(func, (number, 4096), "uint8", processes, key(rng))
        return Work(
            (driver,),
            ideal=Call("drive_row_shares", (driver, spread(number, processes))),
            serial=Call("drive_row_shares", (driver, spread(number, 1))),
            problem=lambda expected, got: rows_differ(driver, expected[0], got[0]),
        )


def matrix_of(driver, numbers):
    """Bytes as the matrix that they are."""
    import numpy

    return numpy.frombuffer(numbers, driver.dtype).reshape(driver.shape)


def rows_differ(driver, expected, got):
    """What is wrong with the bytes of a matrix, if they should be these."""
    return difference(matrix_of(driver, expected), matrix_of(driver, got), "matrix")


def becomes(driver):
    """An expectation on what a Matrix saw: every row is what func makes of it."""
    import numpy

    before = numpy.frombuffer(driver.numbers(), numpy.uint8).astype(driver.dtype).reshape(driver.shape)
    after = numpy.zeros_like(before)
    for old, new in zip(before, after, strict=True):
        new[:] = driver.func(old)

    def look(value):
        got = matrix_of(driver, value[0])
        same = len(got) and bool((got == before).all())
        return "the matrix is as it was before" if same else difference(after, got, "matrix")

    return Satisfies(look, "a matrix that was mapped in place")


def still_there():
    """An expectation on what a Matrix saw: the block was not unlinked."""
    gone = "the block is gone: somebody has unlinked it"
    return Beside(lambda value: "" if value[2] else gone, "a block")


def spare_untouched():
    """An expectation on what a Matrix saw: nothing was written behind the matrix."""
    changed = "the bytes of the block that lie behind the matrix have changed"
    return Beside(lambda value: "" if value[1] == b"\xa5" * len(value[1]) else changed, "a block")


def not_sent():
    """An expectation on what a Matrix saw: far fewer bytes went through pipes than the matrix has."""

    def look(value):
        matrix, _, _, written = value
        if written is None or written < len(matrix) // 4:
            return ""
        return f"processes wrote {written:,} bytes to one another, for a matrix of {len(matrix):,} bytes"

    return Beside(look, "a matrix that was mapped in place")


def few_rows_at_once(driver):
    """An expectation on a matrix of RowTimes: each row was mapped, never too many at a time."""

    def look(value):
        got = matrix_of(driver, value[0])
        numbers = [4 * index * 3 for index in range(len(got))]
        wrong = difference(numbers, got[:, 0].tolist(), "matrix[:, 0]")
        return wrong or too_many_at_once(got[:, 2:].tolist(), driver.processes)

    return Satisfies(look, "a matrix that was mapped in place")
