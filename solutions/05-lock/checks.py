"""What the four functions of unit 05-lock promise. Students read this file too: it holds no secret.

Inputs are drawn afresh for every check. Races and deadlocks are not left to luck: the counter, the accounts
and their locks are made so that whatever can go wrong does, and note what was done (`autograder.watched`).
"""

from collections import Counter
from functools import partial

from autograder import Case, Check, Equals, Exercise, Raises, SpeedRule, Work
from autograder.drivers_lock import Increments, Meetings, RealIncrements, Transfers
from autograder.exercise import Asked, Call, Expectation, Satisfies, difference, shortened, spread
from autograder.promises import count, in_order, key, members
from autograder.protocol import Stream
from autograder.site import Page, Site, each_once, most_at_once, most_open
from autograder.tasks import (
    AskPage,
    Bucket,
    Digest,
    Fails,
    LateFirst,
    PickValue,
    SlowFails,
    Witness,
    rounds_for,
)

ARGUMENT_HINT = (
    "Look at the argument before you take a lock or start anything, and say in the message which argument "
    "is wrong."
)
FREE_HINT = (
    "Go through every way out of your function, an exception in the middle among them. "
    "Who gives the lock back on each? `with lock:` does it by itself."
)
EXCEPTION_HINT = (
    "If a call of the caller's function fails, the caller must see that very exception, and nobody may wait "
    "for ever for what the failed worker had taken. Look for an `except` that hides it, and for what stays "
    "taken."
)
GENERATOR_HINT = (
    "A generator can be read only once and has no len(). If you need more than that, make a list of it first."
)
EMPTY_HINT = "Follow your function line by line for []: what does it start, wait for, and return?"
WORKERS_HINT = "What does your function do with one worker, and with more workers than items?"
AT_ONCE_HINT = (
    "`processes` says how many may work at a time. Look at where your workers are started: how many, "
    "and does anything start one for each item?"
)
SAME_MOMENT_HINT = (
    "Everyone may read a number before anyone writes it back; then all but one of the updates are lost. "
    "Put a sleep between your reading and your writing, and run two processes."
)


# Numbers that are watched -----------------------------------------------------------------------------


def watched(test, expected):
    """An expectation on what a driver tells of watched numbers: nobody waits for ever, and `test` passes."""
    return Satisfies(lambda got: in_circles(got) or test(got), expected)


def if_ended(test, expected):
    """The same where another check of the case looks at who waits for ever: it is told once only."""
    return Satisfies(lambda got: "" if got["stuck"] else test(got), expected)


class Ends(Expectation):
    """Nobody waits for ever; what went wrong otherwise is for others to tell."""

    def problem(self, outcome):
        """See `Expectation.problem`."""
        if outcome.kind == "value":
            return in_circles(outcome.value)
        return f"expected an end, but {outcome.in_words()}" if outcome.kind == "timeout" else ""


def in_circles(got):
    """Who waits for ever, in words."""
    told = []
    for process, lock, holder, ended in got["stuck"]:
        who = f"process {holder + 1}" if holder != process else "it"
        did = "took and never gave back" if ended else "held"
        told.append(f"process {process + 1} waited for the lock of {lock!r}, which {who} {did}")
    return f"nobody would ever have gone on: {', and '.join(told)}" if told else ""


def all_counted(got, start, times):
    """What is wrong with a counter's end."""
    (number,) = got["numbers"].values()
    expected = start + sum(times)
    if number == expected:
        return ""
    return f"the counter stood at {start} and should stand at {expected}, but it stands at {number}"


def steps_of_one(got, times):
    """What is wrong with the steps in which a counter was changed."""
    for process, wanted in enumerate(times):
        writes = [write for write in got["writes"] if write[0] == process]
        if len(writes) != wanted:
            return f"process {process + 1} was to add 1 {wanted} times, but wrote {len(writes)} times"
        for _, _, known, _, written, _ in writes:
            if known is None or written - known != 1:
                return f"process {process + 1} wrote {written}, and what it had read before was {known}"
    return ""


def under_lock(got):
    """What is wrong with writes: each must have been made under the lock under which its number was read."""
    for process, name, known, known_under, written, hold in got["writes"]:
        who = f"process {process + 1} changed {name!r} from {known} to {written}"
        if not hold:
            return f"{who} and did not hold the lock"
        if known_under != hold:
            when = "gave the lock away in between" if known_under else "had read it without the lock"
            return f"{who}, but {when}"
    return ""


def all_free(got):
    """What is wrong if a lock was not given back."""
    return f"still locked at the end: {', '.join(map(repr, got['held']))}" if got["held"] else ""


def raised(got, error, mentions):
    """What is wrong with the answers of a case in which every call must raise this."""
    for answers in got["answers"]:
        for kind, *rest in answers:
            if kind != "raised":
                return f"expected {error}, but it returned {shortened(rest[0])}"
            bases, text = rest
            if error not in bases or mentions.lower() not in text.lower():
                return f"expected {error} with {mentions!r} in its text, but it raised {bases[0]}: {text}"
    return ""


GIVEN_BACK = Check("the lock is given back", if_ended(all_free, "free locks"), FREE_HINT, weight=3)
GUARDED = Check(
    "a number is read and written under one hold of its lock",
    if_ended(under_lock, "writes under the lock"),
    "Reading a number, changing it and writing it back belong together. Which line takes the lock of just "
    "this number, and which lines stand between taking it and giving it back?",
    weight=4,
)
PASSED_ON = Check(
    "an exception reaches the caller",
    watched(partial(raised, error="ConnectionResetError", mentions="cannot be read"), "ConnectionResetError"),
    "Look for an `except` that hides what went wrong. Who else could tell the caller?",
)


class Increment(Exercise):
    """Add to a shared counter, one by one, whoever else does it at the same time."""

    signature = "increment(counter, lock, times)"
    correctness_points = 4.0

    def cases(self, rng, processes):
        start = rng.randrange(100, 1000)
        times = tuple(rng.sample(range(3, 8), 3))
        ends_hint = (
            "Somebody has a lock and does not give it back, or wants one that he has already. Follow one "
            "process through your function, and write down after each line whether it holds the lock."
        )
        together = watched(partial(all_counted, start=start, times=times), "a counter that has every step")
        steps = watched(partial(steps_of_one, times=times), "steps of 1")
        hint = (
            "The promise is to add 1 again and again. Print counter.value after each step of yours: "
            "who looks at it sees every number on the way."
        )
        yield Case(
            (self.driver(start, times),),
            (
                Check("nobody waits for ever", Ends(), ends_hint, essential=True),
                Check("every step counts", together, SAME_MOMENT_HINT, weight=4, essential=True),
                Check("it adds 1 at a time", steps, hint, weight=2),
                GUARDED,
                GIVEN_BACK,
            ),
            on=f"three processes that add {', '.join(map(str, times))} to {start} at the same time",
        )
        alone = self.driver(start, (rng.randrange(4, 8),), unreadable=start, caught=True)
        yield Case((alone,), (PASSED_ON, GIVEN_BACK), on="a counter that cannot be read")
        nothing = watched(partial(all_counted, start=start, times=(0,)), "a counter as it was")
        hint = "Adding nothing is no mistake of the caller. Follow your function line by line for times=0."
        check = Check("0 times changes nothing", nothing, hint)
        yield Case((self.driver(start, (0,)),), (check,), on="times=0")
        real = (rng.randrange(200, 300), rng.randrange(200, 300))
        hint = (
            "Use counter.value and the lock that you are given, and nothing else of them: "
            "a counter need not have a lock of its own, and another process has another copy of a global."
        )
        check = Check("a Value and a Lock of multiprocessing will do", Equals(sum(real)), hint)
        yield Case((RealIncrements(real),), (check,), on=f"a Value at 0, to which two processes add {real}")
        check = Check("a bad argument raises ValueError", Raises("ValueError", "times"), ARGUMENT_HINT)
        yield Case((self.driver(start, (-1,)),), (check,), on="times=-1")

    @staticmethod
    def driver(start, times, **more):
        """One process for each number of times, all at once, on a counter that stands at `start`."""
        return Increments({"counter": start}, tuple(((one,),) for one in times), **more)


NAMES = ("anna", "boris", "clara", "dmitri", "elena", "fjodor", "greta", "hugo")


class Transfer(Exercise):
    """Move money between accounts that each have a lock, whoever else does it at the same time."""

    signature = "transfer(accounts, locks, source, target, amount)"
    correctness_points = 4.0

    def cases(self, rng, processes):
        first, second, third = rng.sample(NAMES, 3)
        has, other, some = rng.randrange(300, 500), rng.randrange(100, 200), rng.randrange(20, 90)
        start = {first: has, second: other, third: 50}
        calls = (
            (first, second, some),
            (first, second, has - some + 1),
            (second, first, 1),
            (second, first, other + some - 1),
        )
        end = {first: has + other, second: 0, third: 50}
        moved = watched(partial(ends_with, answers=[True, False, True, True], end=end), "a list")
        hint = (
            "Write down both balances before and after one transfer, by hand. "
            "What does your function return, on each way through it? The last coin may be moved, too."
        )
        name = "money is moved if there is enough, else False"
        yield Case(
            (Transfers(start, (calls,)),),
            (Check(name, moved, hint, weight=4, essential=True), GUARDED, GIVEN_BACK),
            on=f"{first!r} has {has} and {second!r} has {other}; one transfer after the other: {calls}",
        )
        yield self.opposite(rng)
        yield self.together(rng)
        yield self.overdraft(rng)

        two = {first: has, second: other}
        same = watched(partial(ends_with, answers=[True], end=two), "True")
        hint = (
            "Source and target may be the same account. How often do you take its lock? "
            "Which balance do you write last, and from what did you compute it?"
        )
        check = Check("a transfer to the same account changes nothing", same, hint, weight=2)
        told = f"{first!r}, who has {has}, sends {some} to {first!r}"
        yield Case((Transfers(two, (((first, first, some),),)),), (check,), on=told)
        fails = Transfers(two, (((first, second, some),),), unreadable=has, caught=True)
        yield Case((fails,), (PASSED_ON, GIVEN_BACK), on=f"{first!r} has a balance that cannot be read")
        for call, argument in (
            ((first, second, 0), "amount"),
            ((first, second, -some), "amount"),
            (("nobody", second, some), "source"),
            ((first, "nobody", some), "target"),
        ):
            refuses = watched(partial(all_refused, argument=argument, start=start), "ValueError")
            check = Check("a bad argument raises ValueError", refuses, ARGUMENT_HINT, weight=2)
            told = f"accounts of {', '.join(map(repr, start))}, and the transfer {call}"
            yield Case((Transfers(start, ((call,),), caught=True),), (check,), on=told)

    def opposite(self, rng):
        """Two processes, each sending to whom the other sends from."""
        # Accounts may have numbers. These two come out of a set in the order in which they were put in.
        one = rng.choice([number for number in range(1000, 9000) if number % 32 < 8])
        other = one + 8
        amounts = rng.sample(range(10, 60), 6)
        there = tuple((one, other, amount) for amount in amounts[:3])
        back = tuple((other, one, amount) for amount in amounts[3:])
        return self.at_once(
            {one: rng.randrange(300, 500), other: rng.randrange(300, 500)},
            (there, back),
            f"three transfers from {one!r} to {other!r}, and three back at the same time",
        )

    def together(self, rng):
        """Three processes: two send to the same account, and the third sends from it."""
        one, other, third = rng.sample(NAMES, 3)
        amounts = rng.sample(range(10, 60), 6)
        calls = tuple(
            tuple((source, target, amount) for amount in amounts[place : place + 2])
            for place, (source, target) in enumerate(((one, third), (other, third), (third, one)))
        )
        start = {name: rng.randrange(300, 500) for name in (one, other, third)}
        told = f"{one!r} and {other!r} send to {third!r}, who sends to {one!r}, all at the same time"
        return self.at_once(start, calls, told)

    @staticmethod
    def at_once(start, calls, told):
        """A case of transfers that can all be made: afterwards every balance is known."""
        hint = (
            "Each has one lock and waits for the other's: nobody gives in. Draw who holds and who wants "
            "what: it is a circle. Which rule, the same for everybody, makes that circle impossible?"
        )
        exact = if_ended(partial(sums_up, start=start, calls=calls), "the same money")
        checks = (
            Check("nobody waits for ever", Ends(), hint, weight=20),
            Check("no money is made or lost", exact, SAME_MOMENT_HINT, weight=8, essential=True),
            GUARDED,
        )
        return Case((Transfers(start, calls),), checks, on=told)

    @staticmethod
    def overdraft(rng):
        """Two processes, each sending all that is there; only one of them can."""
        source, one, other = rng.sample(NAMES, 3)
        has = rng.randrange(100, 200)
        once = watched(partial(once_only, source=source), "one True")
        hint = (
            "Between the moment when you see that there is enough, and the moment when you take it, "
            "somebody else may take it. Under what must both happen?"
        )
        return Case(
            (Transfers({source: has, one: 0, other: 0}, (((source, one, has),), ((source, other, has),))),),
            (Check("no account is overdrawn", once, hint, weight=4),),
            on=f"{source!r} has {has}; two processes send {has} to {one!r} and to {other!r} at the same time",
        )


def returned(got):
    """What the calls returned, process by process; what is no bool stays to be seen."""
    return [
        [rest[0] if kind == "returned" else rest for kind, *rest in answers] for answers in got["answers"]
    ]


def ends_with(got, answers, end):
    """What is wrong with one process's transfers."""
    (came,) = returned(got)
    found = difference(answers, came, "the list of what the calls returned")
    return found or difference(end, got["numbers"], "the accounts")


def sums_up(got, start, calls):
    """What is wrong with the balances after transfers that ran at the same time."""
    before, after = sum(start.values()), sum(got["numbers"].values())
    if before != after:
        return f"there were {before} in all accounts together, and now there are {after}: {got['numbers']}"
    came = returned(got)
    if any(answer is not True for answers in came for answer in answers):
        return f"there was enough for every transfer, but the calls returned {shortened(came)}"
    expected = dict(start)
    for source, target, amount in (call for process in calls for call in process):
        expected[source] -= amount
        expected[target] += amount
    return difference(expected, got["numbers"], "the accounts")


def once_only(got, source):
    """What is wrong with two transfers of all that is there."""
    came = [answer for answers in returned(got) for answer in answers]
    if got["numbers"][source] < 0:
        return f"{source!r} has {got['numbers'][source]} now, and the two calls returned {came}"
    if [one is True for one in came].count(True) != 1 or [one is False for one in came].count(True) != 1:
        return f"expected one True and one False, but the two calls returned {came}"
    return ""


def all_refused(got, argument, start):
    """What is wrong with a transfer that must be refused."""
    return raised(got, "ValueError", argument) or difference(start, got["numbers"], "the accounts")


# Many workers ------------------------------------------------------------------------------------------


def at_most_at_once(workers, spans):
    """What is wrong if more of these spans than there should be workers ran at the same time."""
    most = most_open(spans)
    return f"{most} calls ran at the same time, but processes is {workers}" if most > workers else ""


def refused(name, arguments, argument, value, on):
    """The case of a bad argument."""
    expected = Raises("ValueError", argument)
    check = Check("a bad argument raises ValueError", expected, ARGUMENT_HINT, in_time=True)
    return Case(arguments, (check,), on=f"{name}({on}, {argument}={value})", seconds=5.0)


class LimitedMap(Exercise):
    """Two steps for each item, of which only the second is limited."""

    signature = "limited_map(prepare, use, items, processes, limit)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.75, kind="wall", seconds=0.4)

    def cases(self, rng, processes):
        order_hint = (
            "Workers finish in any order; the results must be put back in the order of what was handed in. "
            "Try a prepare that sleeps longer for the first item."
        )
        values_hint = (
            "Compare with [use(prepare(item)) for item in items] on three items, in one process first."
        )
        number = 3 * processes
        late, use = LateFirst(key(rng), number, 0.3 / number), Digest(key(rng))
        items = list(range(number))
        expected = [use(Digest(late.key)(item)) for item in items]
        ordered = Satisfies(partial(in_order, "use", items, expected), f"a list of {number} results")
        yield Case(
            (late, use, items, processes, processes),
            (
                Check("every result is there", members(expected), values_hint, weight=3, essential=True),
                Check("results are in the order of the items", ordered, order_hint, weight=3),
            ),
            on=f"{self.name}(..., {items}, {processes}, {processes}), where the first item takes longest",
        )
        for limit, workers in ((1, processes + 1), (2, processes + 2), (2, 1)):
            yield self.asked(rng, workers, limit)
        yield self.met(rng)

        prepare = Digest(key(rng))
        words = [f"{rng.randrange(1000)}" for _ in range(rng.randrange(15, 25))]
        for some, workers, limit, name, hint, on in (
            (
                Stream(tuple(words)),
                processes,
                1,
                "items may be a generator",
                GENERATOR_HINT,
                "from a generator",
            ),
            ([], processes, 1, "no items give an empty list", EMPTY_HINT, "none of them"),
            (
                words[:2],
                processes + 2,
                processes + 3,
                "any number of workers will do",
                WORKERS_HINT,
                "in a list",
            ),
        ):
            chosen = some.items if isinstance(some, Stream) else some
            check = Check(name, members([use(prepare(word)) for word in chosen]), hint)
            told = f"{count(len(chosen), 'item')} {on}, processes={workers}, limit={limit}"
            yield Case((prepare, use, some, workers, limit), (check,), on=told)

        note = f"item of bad luck {key(rng)}"
        name = "an exception reaches the caller"
        fails = SlowFails(key(rng), prepare(words[0]), note, 0.15)
        check = Check(name, Raises("LookupError", note), EXCEPTION_HINT, weight=2, in_time=True)
        told = f"a use that raises LookupError for item {words[0]!r}, the first of 3, with limit=1"
        yield Case((prepare, fails, words[:3], processes, 1), (check,), on=told, seconds=8.0)
        fails = Fails(key(rng), 3, note)
        told = "a prepare that raises LookupError for item 3"
        yield Case((fails, use, [0, 1, 2, 3], processes, processes), (check,), on=told)
        for workers, limit, argument in ((0, 1, "processes"), (processes, 0, "limit")):
            yield refused(self.name, (prepare, use, words[:2], workers, limit), argument, 0, "...")

    def asked(self, rng, workers, limit):
        """A case in which `use` asks a server, so that the server sees how many do at once."""
        witness = Witness(key(rng), 0.01)
        items = rng.sample(range(10**6), 2 * workers + 2)
        site, paths = pages_for(rng, witness, items, 0.04)
        limit_hint = (
            "Where is it counted who is in use? All workers must look at one and the same thing, made once, "
            "before they start, and handed to each. One for each worker, or one of threads, limits nobody."
        )
        return Case(
            (witness, AskPage(site.url("")), items, workers, limit),
            (
                Check(
                    "at most `limit` are in use at once",
                    Asked(partial(at_most_in_use, limit), f"at most {limit} in use"),
                    limit_hint,
                    weight=4,
                    essential=True,
                ),
                Check(
                    "each item is used once",
                    Asked(partial(used_once, paths), "one use for each item"),
                    "Call prepare and use once for each item, and keep what they return.",
                ),
                Check(
                    "at most `processes` calls run at a time",
                    Satisfies(partial(few_spans, workers), f"a list of {len(items)} results"),
                    AT_ONCE_HINT,
                ),
            ),
            on=f"{len(items)} items that each ask a server, processes={workers}, limit={limit}",
            site=site,
        )

    def met(self, rng):
        """A case in which three must be in `prepare` at once, and two in `use`, or they wait in vain."""
        items = tuple(rng.sample(range(1000), 9))
        prepare_hint = (
            "Only `use` is limited. What does a worker hold while it prepares? "
            "And do the calls of prepare run in several processes at all?"
        )
        use_hint = "`limit` is a number, not yes or no: with limit=2, two workers may be in use together."
        return Case(
            (Meetings(key(rng), items, 3, 2, seconds=3.0),),
            (
                Check(
                    "`prepare` is not limited",
                    Satisfies(partial(most_met, "prepare", 3), "nine results"),
                    prepare_hint,
                    weight=6,
                ),
                Check(
                    "as many as `limit` are in use at once",
                    Satisfies(partial(most_met, "use", 2), "nine results"),
                    use_hint,
                ),
            ),
            on="9 items that wait 3 s for company, processes=3, limit=2",
            seconds=20.0,
        )

    def work(self, rng, processes):
        # As much to prepare as to use: a worker that holds its place while it prepares takes twice as long.
        limit = max(1, processes // 2)
        number = 8 * processes
        seconds = self.speed.seconds * limit / number
        witness = Witness(key(rng), seconds)
        items = rng.sample(range(10**9), number)
        site, paths = pages_for(rng, witness, items, seconds)
        ask = AskPage(site.url(""))
        return Work(
            (witness, ask, items, processes, limit),
            ideal=Call("limited_shares", (witness, ask, items, spread(number, processes), limit)),
            serial=Call("limited_shares", (witness, ask, items, spread(number, 1), limit)),
            problem=same_pages,
            site=site,
            asked=lambda requests: used_once(paths, requests) or at_most_in_use(limit, requests),
        )


def pages_for(rng, witness, items, seconds):
    """A site with the page that `AskPage` asks for each item, and the paths of the pages in that order."""
    paths = [f"/{Digest(witness.key)(item)}" for item in items]
    return Site(key(rng), {path: Page(size=200, seconds=seconds) for path in paths}), paths


def at_most_in_use(limit, requests):
    """What is wrong if the server saw more than `limit` at once."""
    most = most_at_once(requests)
    return f"the server saw {most} in use at the same time, but limit is {limit}" if most > limit else ""


def used_once(paths, requests):
    """What is wrong if not each item was used once."""
    found = each_once(paths, requests)
    return f"the server saw {count(len(requests), 'use')} of {count(len(paths), 'item')}" if found else ""


def are_asked(got):
    """Whether a value is a list of what `AskPage` returned."""
    types = (str, float, float, float, float)
    return type(got) is list and all(type(one) is tuple and tuple(map(type, one)) == types for one in got)


def few_spans(workers, got):
    """What is wrong with results of `AskPage`: more calls, of prepare and use together, than workers."""
    if not are_asked(got):
        return f"expected a list of what use returned, got {shortened(got)}"
    return at_most_at_once(workers, [span for _, *at in got for span in (at[:2], at[2:])])


def same_pages(expected, got):
    """What is wrong with the pages that were asked, in order; their times may differ."""
    if not are_asked(got):
        return f"expected a list of what use returned, got {shortened(got)}"
    return difference([one[0] for one in expected], [one[0] for one in got])


def most_met(name, wanted, got):
    """What is wrong if never so many processes were in calls of that name at once."""
    try:
        met = [(most, use_most) for (_, _, most), _, use_most in got]
    except (TypeError, ValueError):
        return f"expected a list of what use returned, got {shortened(got)}"
    most = max((one[name == "use"] for one in met), default=0)
    if most >= wanted:
        return ""
    were = f"{most} process{'es were' if most != 1 else ' was'}"
    return f"expected {wanted} processes in {name} at the same time, but never more than {were}"


class CountValues(Exercise):
    """Count the values of a function, exactly, in one structure that all workers change."""

    signature = "count_values(func, items, processes)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.70, seconds=0.6)

    def cases(self, rng, processes):
        workers = processes + 2
        number = 40 * workers
        bucket = Bucket(key(rng), 2, tick=0.004)
        items = rng.sample(range(10**6), number)
        exact = partial(counts_differ, counted(Bucket(bucket.key, 2), items))
        plain_hint = (
            "What is it that you return, and does the process that stands behind it still live then? "
            "Nothing but a plain dict is as good afterwards as before."
        )
        exact_hint = (
            f"{SAME_MOMENT_HINT} If nothing is counted at all, every worker has filled a copy of its own."
        )
        yield Case(
            (bucket, items, workers),
            (
                Check("a plain dict comes back", Satisfies(no_dict, "a dict"), plain_hint, essential=True),
                Check(
                    "every value is counted exactly",
                    Satisfies(exact, f"the counts of {number} items"),
                    exact_hint,
                    weight=5,
                    essential=True,
                ),
            ),
            on=f"{number} items of two values, which {workers} workers find at the same moment",
        )
        values = (None, 0, "", (1, "a"), -1.5, b"raw")
        some = [rng.randrange(100) for _ in range(30)]
        hint = "Whatever can be a key of a dict can be counted. Look for an `if` that takes 0 for nothing."
        check = Check("any value can be counted", Equals(counted(PickValue(values), some)), hint)
        yield Case(
            (PickValue(values), some, processes), (check,), on=f"{len(some)} items of the values {values}"
        )
        bucket = Bucket(key(rng), 3)
        check = Check("items may be a generator", Equals(counted(bucket, some)), GENERATOR_HINT)
        yield Case((bucket, Stream(tuple(some)), processes), (check,), on="30 items from a generator")
        check = Check("no items give an empty dict", Equals({}), EMPTY_HINT)
        yield Case((bucket, [], processes), (check,), on=f"{self.name}(func, [], {processes})")
        few = some[:2]
        check = Check("any number of workers will do", Equals(counted(bucket, few)), WORKERS_HINT)
        yield Case((bucket, few, processes + 2), (check,), on=f"2 items and {processes + 2} workers")
        for workers in (1, processes):
            items = list(range(3 * workers + 3))
            spans = Satisfies(partial(few_calls, workers), "a dict of what func returned")
            check = Check("at most `processes` calls run at a time", spans, AT_ONCE_HINT)
            told = f"{len(items)} items and {count(workers, 'worker')}"
            yield Case((Witness(key(rng), 0.03), items, workers), (check,), on=told)
        note = f"item of bad luck {key(rng)}"
        name = "an exception of func reaches the caller"
        check = Check(name, Raises("LookupError", note), EXCEPTION_HINT, weight=2, in_time=True)
        bad = rng.randrange(2, 7)
        told = f"a func that raises LookupError for item {bad}"
        yield Case((Fails(key(rng), bad, note), list(range(9)), processes), (check,), on=told, seconds=8.0)
        for workers in (0, -1):
            yield refused(self.name, (bucket, few, workers), "processes", workers, "func, items")

    def work(self, rng, processes):
        number = 24 * processes
        func = Bucket(key(rng), 7, rounds_for(self.speed.seconds * processes / number))
        items = rng.sample(range(10**9), number)
        return Work(
            (func, items, processes),
            ideal=Call("count_shares", (func, items, spread(number, processes))),
            serial=Call("count_shares", (func, items, spread(number, 1))),
            problem=difference,
        )


def counted(func, items):
    """How often each value comes, as a plain dict."""
    return dict(Counter(map(func, items)))


def no_dict(got):
    """What is wrong with what should be a plain dict."""
    return "" if type(got) is dict else difference({}, got)


def counts_differ(expected, got):
    """What is wrong with counts; first of all with their sum."""
    numbers = list(got.values())
    if all(type(number) is int for number in numbers) and sum(numbers) != sum(expected.values()):
        return f"the counts of {sum(expected.values())} items add up to {sum(numbers)}: {shortened(got)}"
    return difference(expected, got)


def few_calls(workers, got):
    """What is wrong with counts of what a `Witness` returned: more calls at once than workers."""
    if type(got) is not dict or not all(type(one) is tuple and len(one) == 3 for one in got):
        return f"expected a dict of what func returned, got {shortened(got)}"
    return at_most_at_once(workers, [(begun, ended) for _, begun, ended in got])
