"""What the four functions of unit 02-pool promise. Students read this file too: it holds no secret.

Inputs are drawn from a generator whose seed only the harness knows, afresh for every call.
"""

from functools import partial

from autograder import Case, Check, Equals, Exercise, Raises, SpeedRule, Work
from autograder.exercise import Call, Satisfies, difference, shortened, spread, spread_by_cost
from autograder.promises import in_order, members, same_members
from autograder.protocol import Stream
from autograder.site import most_open
from autograder.tasks import (
    Digest,
    Fails,
    Large,
    LateFirst,
    LoadModel,
    Matches,
    UnevenDigest,
    Witness,
    rounds_for,
)

ORDER_HINT = (
    "Workers finish in any order; the results must be put back in the order of what was handed in. "
    'See "Five ways to hand out work" in lecture 02. Try a func that sleeps longer for the first item.'
)
VALUES_HINT = "Compare with list(map(func, items)) on three items, in one process first."
GENERATOR_HINT = (
    "A generator can be read only once and has no len(). If you need more than that, make a list of it first."
)
EMPTY_HINT = "Follow your function line by line for []: what does it start, wait for, and return?"
WORKERS_HINT = (
    "If your function shares out the items itself: what happens when there are fewer items than workers, "
    "or when the division leaves a rest?"
)
AT_ONCE_HINT = (
    "`processes` says how many may work at a time. Look at where your workers are started: how many, "
    "and does anything start one for each item?"
)
LARGE_HINT = "Compare one large result with what func gives for the same item. Is it cut, or changed?"
EXCEPTION_HINT = (
    "If a call of func fails, the caller must see that very exception. "
    "Look for an `except` that hides it, or for a result that is never fetched."
)
ARGUMENT_HINT = (
    "Look at the argument before you start anything, and say in the message which argument is wrong."
)


def key(rng):
    """A key that no earlier call had."""
    return f"{rng.getrandbits(64):016x}"


def count(number, what):
    """A number of things in words."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def at_most_at_once(expected, workers, got):
    """What is wrong with a Witness's results: more calls at a time than there should be workers."""
    if not is_list_of(got, str, float, float):
        return f"expected a list of what func returned, got {shortened(got)}"
    problem = same_members(expected, [digest for digest, _, _ in got])
    if problem:
        return problem
    most = most_open((begun, ended) for _, begun, ended in got)
    return f"{most} calls of func ran at the same time, but processes is {workers}" if most > workers else ""


def is_list_of(got, *types):
    """Whether a value is a list of tuples of these types."""
    return type(got) is list and all(type(one) is tuple and tuple(map(type, one)) == types for one in got)


def map_cases(name, rng, processes):
    """The cases of a function that promises ``list(map(func, items))``."""
    number = 3 * processes
    late = LateFirst(key(rng), number, 0.3 / number)
    items = list(range(number))
    expected = [Digest(late.key)(item) for item in items]
    ordered = Satisfies(partial(in_order, "func", items, expected), f"a list of {number} results")
    yield Case(
        (late, items, processes),
        (
            Check("every result is there", members(expected), VALUES_HINT, weight=3, essential=True),
            Check("results are in the order of the items", ordered, ORDER_HINT, weight=4),
        ),
        on=f"{name}(func, {items}, {processes}), where the first item takes longest",
    )

    digest = Digest(key(rng))
    words = [f"{rng.randrange(1000)}" for _ in range(rng.randrange(25, 40))]
    check = Check("items may be a generator", members([digest(word) for word in words]), GENERATOR_HINT)
    yield Case((digest, Stream(tuple(words)), processes), (check,), on=f"{len(words)} words from a generator")
    check = Check("no items give an empty list", Equals([]), EMPTY_HINT)
    yield Case((digest, [], processes), (check,), on=f"{name}(func, [], {processes})")

    few = [rng.randrange(1000) for _ in range(2)]
    for workers, some in ((1, words), (processes + 3, few)):
        check = Check("any number of workers will do", members([digest(item) for item in some]), WORKERS_HINT)
        yield Case((digest, some, workers), (check,), on=f"{len(some)} items and {count(workers, 'worker')}")
    for workers in (1, processes):
        some = list(range(4 * workers))
        witness = Witness(key(rng), 0.03)
        known = [Digest(witness.key)(item) for item in some]
        few_enough = Satisfies(partial(at_most_at_once, known, workers), f"a list of {len(some)} results")
        check = Check("at most `processes` calls run at a time", few_enough, AT_ONCE_HINT)
        yield Case((witness, some, workers), (check,), on=f"{len(some)} items and {count(workers, 'worker')}")

    large = Large(key(rng), 20_000)
    some = list(range(2 * processes))
    check = Check("results may be large", members([large(item) for item in some]), LARGE_HINT)
    yield Case((large, some, processes), (check,), on=f"{len(some)} items with results of 320 kB")

    note = f"item of bad luck {key(rng)}"
    bad = rng.randrange(2, number - 1)
    check = Check(
        "an exception of func reaches the caller", Raises("LookupError", note), EXCEPTION_HINT, weight=2
    )
    case = (Fails(key(rng), bad, note), items, processes)
    yield Case(case, (check,), on=f"a func that raises LookupError for item {bad}")
    yield from bad_processes(name, (digest, few))


def bad_processes(name, others):
    """The cases of a bad number of workers."""
    for workers in (0, -1):
        check = Check("a bad argument raises ValueError", Raises("ValueError", "processes"), ARGUMENT_HINT)
        yield Case((*others, workers), (check,), on=f"{name}(..., processes={workers})")


class ParallelMap(Exercise):
    """``list(map(func, items))``, on several processes."""

    signature = "parallel_map(func, items, processes)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.80)

    def cases(self, rng, processes):
        yield from map_cases(self.name, rng, processes)

    def work(self, rng, processes):
        count = 24 * processes
        func = Digest(key(rng), rounds_for(self.speed.seconds * processes / count))
        items = [key(rng) for _ in range(count)]
        return Work(
            (func, items, processes),
            ideal=Call("run_shares", (func, items, spread(count, processes))),
            serial=Call("run_shares", (func, items, spread(count, 1))),
            problem=difference,
        )


class BalancedMap(Exercise):
    """The same, when a few neighbouring items cost a hundred times the others."""

    signature = "balanced_map(func, items, processes)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.75)

    def cases(self, rng, processes):
        yield from map_cases(self.name, rng, processes)

    def work(self, rng, processes):
        # Three dear items a worker, side by side, where Pool.map would put them into one chunk.
        chunk = 4 * processes
        count = 4 * processes * chunk
        start = chunk * rng.randrange(count // chunk)
        items = rng.sample(range(10**6), count)
        heavy = tuple(items[start : start + 3 * processes])
        rounds = rounds_for(self.speed.seconds / 3)
        func = UnevenDigest(key(rng), rounds // 100, rounds, heavy)
        costs = [100.0 if item in heavy else 1.0 for item in items]
        return Work(
            (func, items, processes),
            ideal=Call("run_shares", (func, items, spread_by_cost(costs, processes))),
            serial=Call("run_shares", (func, items, spread(count, 1))),
            problem=difference,
        )


class ApplyModel(Exercise):
    """Predictions of a model that is slow to load and big, loaded at most once a worker."""

    signature = "apply_model(load_model, batches, processes)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.75)

    def cases(self, rng, processes):
        load = LoadModel(key(rng), load_rounds=200, rounds=0, megabytes=1)
        batches = [rng.randrange(10**6) for _ in range(5 * processes)]
        expected = [Digest(load.key)(batch) for batch in batches]
        values_hint = (
            "Compare with [model(batch) for batch in batches] on three batches, in one process first."
        )
        once_hint = (
            "Workers should load the model, each at most once, and nobody else. Where can a worker keep "
            "something from one task to the next? Look up the parameters of Pool."
        )
        sent_hint = (
            "Sending a real model takes longer than loading it. What could a worker be sent in its place?"
        )
        once = "the model is loaded at most once a worker"
        all_there = predicts(partial(same_members, expected), len(expected))
        ordered = predicts(partial(in_order, "model", batches, expected), len(expected))
        yield Case(
            (load, batches, processes),
            (
                Check("every prediction is there", all_there, values_hint, weight=3, essential=True),
                Check("predictions are in the order of the batches", ordered, ORDER_HINT, weight=4),
                Check(once, loaded_once(processes), once_hint, weight=3),
                Check("the model is never sent to another process", never_sent(), sent_hint),
            ),
            on=f"{len(batches)} batches and {processes} workers",
        )
        check = Check("no batches give an empty list", Equals([]), EMPTY_HINT)
        yield Case((load, [], processes), (check,), on=f"{self.name}(load_model, [], {processes})")

        # A batch takes a moment here, so that a worker too many has the time to load the model and predict.
        slow = LoadModel(key(rng), load_rounds=200, rounds=0, megabytes=1, seconds=0.03)
        for workers, some in ((1, batches), (processes + 3, batches[:2])):
            known = [Digest(slow.key, slow.rounds)(batch) for batch in some]
            right = predicts(partial(same_members, known), len(known))
            yield Case(
                (slow, some, workers),
                (
                    Check("any number of workers will do", right, WORKERS_HINT),
                    Check(once, loaded_once(workers), once_hint, weight=3),
                ),
                on=f"{len(some)} batches and {count(workers, 'worker')}",
            )
        yield from bad_processes(self.name, (load, batches[:2]))

    def work(self, rng, processes):
        count = 12 * processes
        load = LoadModel(
            key(rng),
            load_rounds=rounds_for(self.speed.seconds / 5),
            rounds=rounds_for(self.speed.seconds * processes / count),
            megabytes=8,
        )
        batches = [key(rng) for _ in range(count)]
        return Work(
            (load, batches, processes),
            ideal=Call("run_model_shares", (load, batches, spread(count, processes))),
            serial=Call("run_model_shares", (load, batches, spread(count, 1))),
            problem=lambda expected, got: predicts(
                partial(difference, [digest for digest, *_ in expected]), len(expected)
            ).test(got),
        )


def predicts(problem, number):
    """An expectation on predictions: `problem` looks at their digests, the other parts say who made them."""

    def look(got):
        if not is_list_of(got, str, int, int, int):
            return f"expected a list of what model(batch) returned, got {shortened(got)}"
        return problem([digest for digest, *_ in got])

    return Satisfies(look, f"a list of {number} predictions")


def loaded_once(processes):
    """An expectation on predictions: no process loaded the model twice, and not too many did."""

    def look(got):
        if not is_list_of(got, str, int, int, int):
            return "the predictions do not say who loaded the model"
        most = max((number for _, _, number, _ in got), default=0)
        loaders = {process for _, process, _, _ in got}
        if most > 1:
            return f"one worker loaded the model {most} times for {len(got)} batches"
        if len(loaders) > processes:
            return f"{len(loaders)} processes loaded the model, but processes is {processes}"
        return ""

    return Satisfies(look, "a list of predictions")


def never_sent():
    """An expectation on predictions: each was made where the model was loaded, or in a fork of it."""

    def look(got):
        if not is_list_of(got, str, int, int, int):
            return "the predictions do not say whether the model was sent"
        sent = sum(times > 0 for _, _, _, times in got)
        made = f"{sent} of {len(got)} predictions were made"
        return f"{made} by a copy of the model that came from another process" if sent else ""

    return Satisfies(look, "a list of predictions")


class FirstMatch(Exercise):
    """Some item that satisfies a predicate, or None; the rest is stopped at once."""

    signature = "first_match(predicate, items, processes)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.6, kind="wall")

    def cases(self, rng, processes):
        items = rng.sample(range(1, 1000), 8 * processes)
        hits = tuple(rng.sample(items, 2))
        match_hint = "Try it on four items of which you know that one matches, in one process first."
        none_hint = "Look at what your function returns at its end, when no item matched or there was none."
        falsy_hint = "`if item:` is false for 0 and for ''. Ask what you mean: was something found?"
        stop_hint = (
            "The first item takes 60 s and all others match at once: who waits for it, waits for nothing. "
            "Which call hands you results as they come, and what ends the workers that still run?"
        )
        check = Check("an item that matches is returned", one_of(hits), match_hint, weight=3, essential=True)
        on = f"{len(items)} items of which {hits[0]} and {hits[1]} match"
        yield Case((Matches(hits), items, processes), (check,), on=on)
        for some, on in (
            (items, "items of which none matches"),
            ([], f"{self.name}(predicate, [], {processes})"),
        ):
            check = Check("None when nothing matches", Equals(None), none_hint)
            yield Case((Matches(()), some, processes), (check,), on=on)
        for workers, some in ((1, items), (processes + 3, [hits[0], *items[:1]])):
            check = Check("any number of workers will do", one_of(hits), WORKERS_HINT)
            on = f"{count(len(some), 'item')} and {count(workers, 'worker')}"
            yield Case((Matches(hits), some, workers), (check,), on=on)
        some = [*items[:3], 0, *items[3:6]]
        check = Check("an item may be 0", Equals(0), falsy_hint)
        yield Case((Matches((0,)), some, processes), (check,), on=f"the items {some}, of which 0 matches")
        stuck, *others = rng.sample(range(1, 1000), 4 * processes)
        check = Check("the rest is stopped at once", one_of(tuple(others)), stop_hint, weight=3, in_time=True)
        yield Case(
            (Matches(tuple(others), stuck=(stuck,), stuck_seconds=60.0), [stuck, *others], processes),
            (check,),
            on="one item that takes 60 s, all others matching",
            seconds=12.0,
        )
        yield from bad_processes(self.name, (Matches(hits), items))

    def work(self, rng, processes):
        # Whatever order one searches in (in turn, in contiguous parts, backwards), the first match
        # lies about `depth` items deep for a worker, a quarter of the way or less.
        depth = 15
        count = processes * (processes + 2) * depth
        part = count // processes
        items = rng.sample(range(1, 10**6), count)
        places = {(depth - 1) * processes + rng.randrange(processes)}
        places |= {number * part + depth - 1 for number in range(1, processes)}
        hits = tuple(items[place] for place in sorted(places))
        predicate = Matches(hits, seconds=self.speed.seconds / depth)
        return Work(
            (predicate, items, processes),
            ideal=Call("search_shares", (predicate, items, spread(count, processes))),
            serial=Call("search_shares", (predicate, items, spread(count, 1))),
            problem=partial(not_a_hit, hits),
        )


def one_of(hits):
    """An expectation: any of these items."""
    return Satisfies(partial(not_a_hit, hits, hits[0]), f"one of {shortened(hits, 60)}")


def not_a_hit(hits, expected, got):
    """What is wrong with `got` if it is not one of `hits`; `expected` is one that was found."""
    if type(got) is int and got in hits:
        return ""
    return f"expected an item that matches, such as {expected!r}, got {shortened(got)}"
