"""What the three functions of unit 01-process promise. Students read this file too: it holds no secret.

Inputs are drawn from a generator whose seed only the harness knows, afresh for every call.
"""

from functools import partial

from autograder import Case, Check, Equals, Exercise, Raises, SpeedRule, Work
from autograder.exercise import Call, Expectation, Satisfies, difference, shortened
from autograder.protocol import Stream
from autograder.tasks import (
    MET_NOBODY,
    NO_CHILD,
    DiesFor,
    Digest,
    EndsAs,
    ExitsWith,
    FromProcess,
    GivesBack,
    Lasts,
    ManyBytes,
    MeetsOthers,
    rounds_for,
)

ARGUMENT_HINT = (
    "Look at the arguments before you start anything, and say in the message which of them is wrong."
)
EMPTY_HINT = "Follow your function line by line for []: what does it start, wait for, and return?"
GENERATOR_HINT = (
    "A generator can be read only once and has no len(). If you need more than that, make a list of it first."
)
ORDER_HINT = (
    "Processes end in any order. Which one tells you first is not which one was started first: try a target "
    "that sleeps longer for the first one, and print what you collect as it comes."
)

IN_WORDS = {
    "return": "returns",
    "raise": "raises an exception",
    "sys.exit": "calls sys.exit({})",
    "os._exit": "calls os._exit({})",
    "signal": "is ended by signal {}",
    "unpicklable": "returns a lambda",
}


def key(rng):
    """A key that no earlier call had."""
    return f"{rng.getrandbits(64):016x}"


def words(rng, number):
    """Different words, none a part of another."""
    return [f"item-{one}" for one in rng.sample(range(100, 1000), number)]


def told(how, number):
    """A way to end, in words."""
    return IN_WORDS[how].format(number)


# run_all ---------------------------------------------------------------------------------------------


def not_codes(count, got):
    """What keeps a value from being a list of this many exit codes."""
    if type(got) is not list:
        return difference([0] * count, got)
    if len(got) != count:
        return f"expected {count} exit codes, got {len(got)}: {shortened(got)}"
    if None in got:
        return (
            f"exit code {got.index(None)} is None, which is what it is while the process has not ended yet "
            f"(or was never started): {shortened(got)}"
        )
    odd = [code for code in got if type(code) is not int]
    return f"expected a list of ints, but {shortened(odd[0])} is in it: {shortened(got)}" if odd else ""


def same_codes(expected, got):
    """What is wrong with a list that should hold these exit codes, in whatever order."""
    problem = not_codes(len(expected), got)
    if problem or sorted(got) == sorted(expected):
        return problem
    return f"expected the exit codes {expected}, in some order, got {got}"


def codes_in_order(expected, got):
    """What is wrong with a list that should hold these exit codes in this order."""
    problem = not_codes(len(expected), got)
    if problem or got == expected:
        return problem
    place = next(place for place, code in enumerate(expected) if got[place] != code)
    said = f"expected exit code {place} to be {expected[place]}, got {got[place]}"
    if got[place] in expected:
        said += f", which is that of tuple {expected.index(got[place])}"
    return said


def met(expected, got):
    """What is wrong with the exit codes of processes that could only end well together."""
    problem = not_codes(len(expected), got)
    if problem:
        return problem
    if NO_CHILD in got:
        return "target was called in a process that multiprocessing had not started for it"
    alone = got.count(MET_NOBODY)
    if alone:
        return f"{alone} of {len(got)} processes waited for the others in vain: they never all ran at once"
    return same_codes(expected, got)


def ended_so(ways, got):
    """What is wrong with the exit codes of processes that ended in these ways: (how, number, code)."""
    problem = not_codes(len(ways), got)
    if problem:
        return problem
    for (how, number, code), came in zip(ways, got, strict=True):
        if code != came:
            return f"expected {code} for a target that {told(how, number)}, got {came}"
    return ""


class RunAll(Exercise):
    """One Process for each tuple of arguments, all at once, joined; their exit codes in order."""

    signature = "run_all(target, argument_tuples)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.75)

    def cases(self, rng, processes):
        codes_hint = (
            "The exit code stands in the Process object, once the process has ended. None: it was asked "
            "too early. 1 everywhere: each process died of an exception, often because target did not get "
            "the members of its tuple one by one. If SystemExit was raised: you called target, not "
            'a process. See "How did it end?" in lecture 01.'
        )
        at_once_hint = (
            "Print when you start each one, and when you wait for each one: what comes first? Only a Process "
            'counts, a thread does not. See "Side by side, or one after the other" in lecture 01.'
        )
        ends_hint = (
            "Hand on what the Process object says: not its absolute value, not whether it is 0. "
            'See "How did it end?" in lecture 01.'
        )
        few = 4
        target, tuples, expected = self.coded(rng, few, step=0.28)
        yield Case(
            (target, tuples),
            (
                Check(
                    "every exit code is there",
                    Satisfies(partial(same_codes, expected), f"a list of {few} exit codes"),
                    codes_hint,
                    weight=3,
                    essential=True,
                ),
                Check(
                    "exit codes are in the order of the tuples",
                    Satisfies(partial(codes_in_order, expected), f"a list of {few} exit codes"),
                    ORDER_HINT,
                    weight=2,
                ),
            ),
            on=f"{self.name}(target, {tuples}), where target exits with a code of its own for each tuple, "
            f"the first one last",
        )

        # More than any machine's cores would let a careless pool run at once, where it has few.
        many = 3 * processes
        target, tuples, expected = self.coded(rng, many)
        check = Check(
            "all run at once",
            Satisfies(partial(met, expected), f"a list of {many} exit codes"),
            at_once_hint,
            weight=4,
        )
        yield Case(
            (MeetsOthers(target.key, many, patience=4.0), tuples),
            (check,),
            on=f"{many} tuples and a target that ends well only when it has seen {many} processes",
            seconds=12.0,
        )

        code = rng.randrange(2, 200)
        ways = [
            ("return", 0, 0),
            ("raise", 0, 1),
            ("sys.exit", code, code),
            ("os._exit", code + 1, code + 1),
            ("signal", 9, -9),
            ("signal", 15, -15),
        ]
        rng.shuffle(ways)
        check = Check(
            "the code says how a process ended",
            Satisfies(partial(ended_so, ways), f"a list of {len(ways)} exit codes"),
            ends_hint,
            weight=2,
        )
        yield Case(
            (EndsAs(), [(how, number) for how, number, _ in ways]),
            (check,),
            on=f"targets of which each ends in another way: {', '.join(told(how, n) for how, n, _ in ways)}",
            seconds=5.0,
        )

        check = Check("no tuples give an empty list", Equals([]), EMPTY_HINT)
        yield Case((target, []), (check,), on=f"{self.name}(target, [])")
        target, tuples, expected = self.coded(rng, 3)
        check = Check(
            "the tuples may come from a generator",
            Satisfies(partial(codes_in_order, expected), "a list of 3 exit codes"),
            GENERATOR_HINT,
        )
        yield Case((target, Stream(tuple(tuples))), (check,), on="3 tuples from a generator")
        for arguments, argument, on in (
            ((None, tuples), "target", "a target that is None"),
            ((target, [*tuples, "ab"]), "argument_tuples", "argument_tuples that end with the text 'ab'"),
            ((target, [*tuples, 7]), "argument_tuples", "argument_tuples that end with the number 7"),
        ):
            check = Check("a bad argument raises ValueError", Raises("ValueError", argument), ARGUMENT_HINT)
            yield Case(arguments, (check,), on=on)

    def coded(self, rng, count, step=0.0):
        """A target that exits with a code for each tuple, so many tuples, and their codes, all different."""
        while True:
            target = ExitsWith(key(rng), count=count, step=step)
            tuples = list(enumerate(words(rng, count)))
            codes = [target.code(*one) for one in tuples]
            if len(set(codes)) == count:
                return target, tuples, codes

    def work(self, rng, processes):
        target = ExitsWith(key(rng), rounds_for(self.speed.seconds))
        tuples = [(place, key(rng)) for place in range(processes)]
        return Work(
            (target, tuples),
            ideal=Call("exit_codes", (target, tuples, processes)),
            serial=Call("exit_codes", (target, tuples, 1)),
            problem=difference,
        )


# gather ----------------------------------------------------------------------------------------------


def is_told(got):
    """Whether a value is a list of what a `FromProcess` returns."""
    return type(got) is list and all(
        type(one) is tuple and [type(part) for part in one] == [str, int, bool] for one in got
    )


def digests(problem, got):
    """What is wrong with the digests in what processes returned, or with the whole."""
    if not is_told(got):
        return f"expected a list of what target returned, got {shortened(got)}"
    return problem([digest for digest, _, _ in got])


def same_digests(expected, got):
    """What is wrong with digests that should be these, in whatever order."""
    if len(got) != len(expected):
        return f"expected {len(expected)} results, got {len(got)}"
    odd = next((digest for digest in got if digest not in expected), None)
    if odd:
        return f"a result that target never gave is in the list: {odd!r}"
    lost = next((place for place, digest in enumerate(expected) if digest not in got), None)
    return "" if lost is None else f"the result of argument {lost} is missing, and another is there twice"


def digests_in_order(expected, got):
    """What is wrong with digests that should be these, in this order."""
    for place, (digest, came) in enumerate(zip(expected, got, strict=False)):
        if digest != came:
            whose = f"is target({expected.index(came)})" if came in expected else f"is {came!r}"
            return f"result[{place}] should be target({place}), but it {whose}"
    return "" if len(got) == len(expected) else f"expected {len(expected)} results, got {len(got)}"


def processes_apart(got):
    """What is wrong if the results should come each from a process of its own."""
    if not is_told(got):
        return f"expected a list of what target returned, got {shortened(got)}"
    outside = sum(not child for _, _, child in got)
    if outside:
        return f"{outside} of {len(got)} calls ran in a process that multiprocessing had not started"
    different = len({process for _, process, _ in got})
    return "" if different == len(got) else f"{len(got)} calls ran in {different} processes"


class Names(Expectation):
    """RuntimeError comes, and its text names this argument and no other."""

    def __init__(self, word, words):
        self.word, self.words = word, words

    def problem(self, outcome):
        """See `Expectation.problem`."""
        if found := Raises("RuntimeError").problem(outcome):
            return found
        named = [word for word in self.words if word in outcome.text]
        if named == [self.word]:
            return ""
        wrong = f"does not name {self.word!r}" if self.word not in named else f"names {len(named)} arguments"
        return f"it raised RuntimeError as expected, but its text {wrong}: {shortened(outcome.text)}"


class Gather(Exercise):
    """``target(x)`` for each argument, in a process of its own."""

    signature = "gather(target, arguments)"
    correctness_points = 4.0

    def cases(self, rng, processes):
        values_hint = "Compare with [target(x) for x in arguments] on two arguments, in one process first."
        apart_hint = "Count what you start: one Process for each argument, no more and no fewer."
        large_hint = (
            "Before a child may end, somebody must have read what it sent, and a pipe holds only 64 KiB. "
            'Who reads while you wait? See "Joined too early: the child never ends" in lecture 01.'
        )
        falsy_hint = (
            "`if result:` is false for 0, None and []. How do you tell a result from no result, when the "
            "result may be anything?"
        )
        any_hint = "Not every value can be the key of a dict, and the same argument may come twice."
        count = 4
        target = FromProcess(key(rng), count, step=0.1)
        known = [Digest(target.key)(item) for item in range(count)]
        a_list = f"a list of {count} results"
        yield Case(
            (target, list(range(count))),
            (
                Check(
                    "every result is there",
                    Satisfies(partial(digests, partial(same_digests, known)), a_list),
                    values_hint,
                    weight=3,
                    essential=True,
                ),
                Check(
                    "results are in the order of the arguments",
                    Satisfies(partial(digests, partial(digests_in_order, known)), a_list),
                    ORDER_HINT,
                    weight=2,
                ),
                Check(
                    "each call has a process of its own",
                    Satisfies(processes_apart, a_list),
                    apart_hint,
                    weight=2,
                ),
            ),
            on=f"{self.name}(target, {list(range(count))}), where the first one takes longest",
        )

        megabyte = (1 << 20) // 32
        large = ManyBytes(key(rng), 3 * megabyte)
        some = words(rng, 3)
        check = Check(
            "results may be many MB", Equals([large(one) for one in some]), large_hint, weight=3, in_time=True
        )
        yield Case((large, some), (check,), on="3 arguments with results of 3 MB each", seconds=3.5)

        check = Check("no arguments give an empty list", Equals([]), EMPTY_HINT)
        yield Case((target, []), (check,), on=f"{self.name}(target, [])")
        digest = Digest(key(rng))
        check = Check(
            "the arguments may come from a generator", Equals([digest(one) for one in some]), GENERATOR_HINT
        )
        yield Case((digest, Stream(tuple(some))), (check,), on="3 arguments from a generator")
        falsy = [None, 0, "", False, []]
        rng.shuffle(falsy)
        check = Check("a result may be None or 0", Equals(falsy), falsy_hint)
        yield Case((GivesBack(), falsy), (check,), on=f"a target that returns its argument, and {falsy}")
        lists = [[rng.randrange(9)], [9], [9]]
        check = Check("arguments may be lists, and equal", Equals([digest(one) for one in lists]), any_hint)
        yield Case((digest, lists), (check,), on=f"the arguments {lists}")
        yield from self.deaths(rng)
        check = Check("a bad argument raises ValueError", Raises("ValueError", "target"), ARGUMENT_HINT)
        yield Case((None, some), (check,), on="a target that is None")

    def deaths(self, rng):
        """The cases of a child that does not bring its result."""
        raises_hint = (
            "Call it with a target that raises, in a script of its own. What does the child send then, and "
            "what does the one see who reads? If the error comes but does not say for which argument: what "
            "do you know of a child besides the end that you read from?"
        )
        dies_hint = (
            "A child may vanish at any line of yours, without a word: nothing in the child can tell of it. "
            "So the one who reads must see it, and an exit code of 0 does not mean that a result was sent. "
            'See the table of "Bringing results back" in lecture 01: what if the other side died?'
        )
        for how, numbers, name, hint in (
            ("raise", (0,), "an exception in target raises RuntimeError", raises_hint),
            ("unpicklable", (0,), "an exception in target raises RuntimeError", raises_hint),
            ("os._exit", (3, 0), "a child that dies raises RuntimeError", dies_hint),
            ("signal", (9,), "a child that dies raises RuntimeError", dies_hint),
        ):
            for number in numbers:
                some = words(rng, 3)
                check = Check(name, Names(some[1], some), hint, weight=3, in_time=True)
                yield Case(
                    (DiesFor(key(rng), some[1], how, number), some),
                    (check,),
                    on=f"{self.name}(target, {some}), where target {told(how, number)} for {some[1]!r}",
                    seconds=3.5,
                )
        others_hint = (
            "The first child has died, and nothing that the others still bring can mend it. Do you wait for "
            "them? If you read from the first one and it never ends: who else holds the end that it wrote to?"
        )
        some = words(rng, 3)
        check = Check(
            "a child that dies raises RuntimeError",
            Names(some[0], some),
            others_hint,
            weight=3,
            in_time=True,
        )
        yield Case(
            (DiesFor(key(rng), some[0], "os._exit", 3, others=60.0), some),
            (check,),
            on=f"{self.name}(target, {some}), where target calls os._exit(3) for {some[0]!r} and takes 60 s "
            "for the others",
            seconds=3.5,
        )


# run_with_timeout ------------------------------------------------------------------------------------


class RunWithTimeout(Exercise):
    """True if it finished in time; otherwise it is gone, and False."""

    signature = "run_with_timeout(target, args, seconds)"
    correctness_points = 4.0
    leftovers_weight = 3.0

    def cases(self, rng, processes):
        true_hint = (
            "Try a target that sleeps 1 s, with 5 s to do it. Does it get its arguments one by one, does it "
            "get all of its time, and what do you ask the process at the end?"
        )
        false_hint = (
            "Whom do you wait for, and how long at most? And join() returns None whether the process has "
            'ended or not: what can you ask instead? See "Ending a child" in lecture 01.'
        )
        soon_hint = "The seconds are the longest that you may wait, not how long you must."
        ended_hint = (
            "The question is whether target came to an end in time, not whether it was a good one. "
            'See "How did it end?" in lecture 01.'
        )
        deaf_hint = (
            "This target has arranged not to listen when it is asked to end, and somebody waits for it to "
            'listen. See "Ending a child" in lecture 01.'
        )
        no_args_hint = "An empty tuple is false, but it is a tuple: a target may take no arguments."
        word = words(rng, 1)[0]
        check = Check("True if it finished", Equals(True), true_hint, weight=3, essential=True)
        on = "a target that takes 0.3 s, and 2.5 s for it"
        yield Case((Lasts(), (0.3, word), 2.5), (check,), on=on)
        check = Check(
            "False if it did not finish", Equals(False), false_hint, weight=3, essential=True, in_time=True
        )
        on = "a target that takes 60 s, and 0.2 s for it"
        yield Case((Lasts(), (60.0, word), 0.2), (check,), on=on, seconds=6.0)
        check = Check(
            "True comes as soon as it has finished", Equals(True), soon_hint, weight=2, in_time=True
        )
        on = "a target that returns at once, and 60 s for it"
        yield Case((Lasts(), (0.0, word), 60.0), (check,), on=on, seconds=4.0)
        check = Check(
            "it is gone even if it ignores SIGTERM", Equals(False), deaf_hint, weight=3, in_time=True
        )
        on = "a target that ignores SIGTERM and takes 60 s, and 0.7 s for it"
        yield Case((Lasts(deaf=True), (60.0, word), 0.7), (check,), on=on, seconds=8.0)
        for how, number in (("raise", 0), ("os._exit", 3)):
            check = Check("it has finished, however it ended", Equals(True), ended_hint, weight=2)
            on = f"a target that {told(how, number)} at once, and 2 s for it"
            yield Case((EndsAs(), (how, number), 2.0), (check,), on=on)
        check = Check("args may be empty", Equals(True), no_args_hint)
        yield Case((Lasts(), (), 2.0), (check,), on="a target without arguments, and 2 s for it")
        for arguments, argument, on in (
            ((None, (), 1.0), "target", "a target that is None"),
            ((Lasts(), "ab", 1.0), "args", "args that are the text 'ab'"),
            ((Lasts(), (), 0), "seconds", "seconds that are 0"),
        ):
            check = Check("a bad argument raises ValueError", Raises("ValueError", argument), ARGUMENT_HINT)
            yield Case(arguments, (check,), on=on)
