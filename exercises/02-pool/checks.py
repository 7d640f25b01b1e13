"""What the four functions of unit 02-pool promise. Students read this file too: it holds no secret.

Inputs are drawn from a generator whose seed only the harness knows, afresh for every call.
"""

from functools import partial

from autograder import Case, Check, Equals, Exercise, Raises, SpeedRule, Work
from autograder.exercise import Call, Satisfies, difference, spread, spread_by_cost
from autograder.protocol import Stream
from autograder.tasks import Digest, Fails, LateFirst, LoadModel, Matches, UnevenDigest, rounds_for

ORDER_HINT = (
    "Workers finish in any order; the results must be put back in the order of the items. "
    'See "Order" in lecture 02. Try it with a func that sleeps longer for the first item.'
)
VALUES_HINT = "Compare with list(map(func, items)) on three items, in one process first."
EXCEPTION_HINT = (
    "If a call of func fails, the caller must see that very exception. "
    "Look for an `except` that hides it, or for a result that is never fetched."
)
ARGUMENT_HINT = "Look at the argument before you start anything, and say in the message which argument is wrong."
HANG_HINT = "A hang often means a worker that died, or a pool that nobody closed. Try it with two small items."


def key(rng):
    """A key that no earlier call had."""
    return f"{rng.getrandbits(64):016x}"


def same_members(expected):
    """An expectation on a list: these values, in whatever order."""

    def problem(got):
        if type(got) is not list:
            return difference(expected, got)
        if len(got) != len(expected):
            return f"expected {len(expected)} results, got {len(got)}"
        left = list(expected)
        for value in got:
            if value not in left:
                return f"a result that func never gave (or gave less often) is in the list: {value!r}"
            left.remove(value)
        return ""

    return Satisfies(problem, f"a list of {len(expected)} results")


def map_cases(name, rng, processes):
    """The cases of a function that promises ``list(map(func, items))``."""
    count = 3 * processes
    late = LateFirst(key(rng), count, 0.3 / count)
    items = list(range(count))
    expected = [Digest(late.key)(item) for item in items]
    yield Case(
        (late, items, processes),
        (
            Check("every result is there", same_members(expected), VALUES_HINT, weight=3, essential=True),
            Check("results are in the order of the items", Equals(expected), ORDER_HINT, weight=2),
        ),
        on=f"{name}(func, {items}, {processes}), where the first item takes longest",
    )

    digest = Digest(key(rng))
    words = [f"{rng.randrange(1000)}" for _ in range(rng.randrange(25, 40))]
    yield Case(
        (digest, Stream(tuple(words)), processes),
        (
            Check(
                "items may be a generator",
                Equals([digest(word) for word in words]),
                "A generator can be read only once and has no len().",
            ),
        ),
        on=f"{len(words)} words from a generator",
    )
    yield Case(
        (digest, [], processes),
        (Check("no items give an empty list", Equals([]), "What does your function return for []?"),),
        on=f"{name}(func, [], {processes})",
    )
    few = [rng.randrange(1000) for _ in range(2)]
    for workers, some in ((1, words), (processes + 3, few)):
        check = Check("any number of workers will do", Equals([digest(item) for item in some]), HANG_HINT)
        yield Case((digest, some, workers), (check,), on=f"{len(some)} items and {workers} workers")

    note = f"item of bad luck {key(rng)}"
    bad = rng.randrange(2, count - 1)
    yield Case(
        (Fails(key(rng), bad, note), items, processes),
        (Check("an exception of func reaches the caller", Raises("LookupError", note), EXCEPTION_HINT, weight=2),),
        on=f"a func that raises LookupError for item {bad}",
    )
    yield from bad_processes(name, (digest, few))


def bad_processes(name, others):
    """The cases of a bad number of workers."""
    for workers in (0, -1):
        yield Case(
            (*others, workers),
            (Check("a bad argument raises ValueError", Raises("ValueError", "processes"), ARGUMENT_HINT),),
            on=f"{name}(..., processes={workers})",
        )


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
        once_hint = (
            "A task that loads the model loads it again for every batch. Where can a worker keep something "
            'from one task to the next? See "initializer" in lecture 02.'
        )
        yield Case(
            (load, batches, processes),
            (
                Check("every prediction is there", self.digests(expected, same_members), VALUES_HINT, 3, True),
                Check("predictions are in the order of the batches", self.digests(expected, Equals), ORDER_HINT),
                Check("the model is loaded at most once a worker", loaded_once(processes), once_hint, weight=3),
            ),
            on=f"{len(batches)} batches and {processes} workers",
        )
        yield Case(
            (load, [], processes),
            (Check("no batches give an empty list", Equals([]), "What does your function return for []?"),),
            on=f"{self.name}(load_model, [], {processes})",
        )
        for workers, some in ((1, batches), (processes + 3, batches[:2])):
            check = Check("any number of workers will do", self.digests(expected[: len(some)], Equals), HANG_HINT)
            yield Case((load, some, workers), (check,), on=f"{len(some)} batches and {workers} workers")
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
            problem=lambda expected, got: self.digests([one[0] for one in expected], Equals).test(got),
        )

    @staticmethod
    def digests(expected, expectation):
        """An expectation on the predictions' first parts; the other two say who loaded the model."""

        def problem(got):
            if type(got) is not list or not all(type(one) is tuple and len(one) == 3 for one in got):
                return f"expected a list of what model(batch) returned, got {got!r:.200}"
            inner = expectation(expected)
            found = [digest for digest, _, _ in got]
            return inner.test(found) if isinstance(inner, Satisfies) else difference(expected, found)

        return Satisfies(problem, f"a list of {len(expected)} predictions")


def loaded_once(processes):
    """An expectation on predictions: no process loaded the model twice, and not more than allowed loaded it."""

    def problem(got):
        if type(got) is not list or not all(type(one) is tuple and len(one) == 3 for one in got):
            return "the predictions do not say who loaded the model"
        most = max((number for _, _, number in got), default=0)
        loaders = {process for _, process, _ in got}
        if most > 1:
            return f"one worker loaded the model {most} times for {len(got)} batches"
        if len(loaders) > processes:
            return f"{len(loaders)} processes loaded the model, but only {processes} workers were asked for"
        return ""

    return Satisfies(problem, "a list of predictions")


class FirstMatch(Exercise):
    """Some item that satisfies a predicate, or None; the rest is stopped at once."""

    signature = "first_match(predicate, items, processes)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.6, kind="wall")

    def cases(self, rng, processes):
        items = rng.sample(range(1, 1000), 8 * processes)
        hits = tuple(rng.sample(items, 2))
        yield Case(
            (Matches(hits), items, processes),
            (Check("an item that matches is returned", one_of(hits), VALUES_HINT, weight=3, essential=True),),
            on=f"{len(items)} items of which {hits[0]} and {hits[1]} match",
        )
        yield Case(
            (Matches(()), items, processes),
            (Check("None when nothing matches", Equals(None), "Look at what your function returns at its end."),),
            on="items of which none matches",
        )
        yield Case(
            (Matches(()), [], processes),
            (Check("None when nothing matches", Equals(None), "What does your function return for []?"),),
            on=f"{self.name}(predicate, [], {processes})",
        )
        falsy = [*items[:3], 0, *items[3:6]]
        yield Case(
            (Matches((0,)), falsy, processes),
            (
                Check(
                    "an item may be 0",
                    Equals(0),
                    "`if item:` is false for 0 and for ''. Ask what you mean: was something found?",
                ),
            ),
            on=f"the items {falsy}, of which 0 matches",
        )
        many = rng.sample(range(1, 1000), 4 * processes)
        yield Case(
            (Matches(tuple(many[1:]), stuck=(many[0],), stuck_seconds=60.0), many, processes),
            (
                Check(
                    "the rest is stopped at once",
                    one_of(tuple(many[1:])),
                    "The first item takes 60 s and all others match at once: whoever waits for it, waits for nothing. "
                    "Which call hands you results as they come, and what ends the workers that still run?",
                    weight=3,
                ),
            ),
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
    return Satisfies(partial(not_a_hit, hits, hits[0]), f"one of {hits}")


def not_a_hit(hits, expected, got):
    """What is wrong with `got` if it is not one of `hits`; `expected` is one that was found."""
    if type(got) is int and got in hits:
        return ""
    return f"expected an item that matches, such as {expected!r}, got {got!r}"
