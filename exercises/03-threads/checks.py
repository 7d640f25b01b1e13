"""What the three functions of unit 03-threads promise. Students read this file too: it holds no secret.

Inputs are drawn from a generator whose seed only the harness knows, afresh for every call. Pages come from
a server that the harness runs, and that keeps count of what it was asked.
"""

from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

from autograder import Case, Check, Equals, Exercise, Raises, SpeedRule, Work
from autograder.drivers import Files, Sampled, WatchedFiles
from autograder.exercise import (
    Asked,
    Call,
    Expectation,
    Satisfies,
    difference,
    shortened,
    spread_in_order,
)
from autograder.promises import count, key
from autograder.protocol import Stream
from autograder.site import Page, Site, at_most_at_once, each_once, most_open
from autograder.tasks import (
    DigestsBeginning,
    KeepsInterpreter,
    RaisesForAll,
    WaitsForLongResult,
    bytes_hashed_in,
)

MIB = 1 << 20
WORDS = ("threads", "processes")
POOL_HELPERS = 3  # threads that a multiprocessing.pool.ThreadPool has beside its workers

ARGUMENT_HINT = (
    "Look at the argument before you start anything, and say in the message which argument is wrong."
)
EMPTY_HINT = "Follow your function line by line for []: what does it start, wait for, and return?"


@dataclass(frozen=True)
class Of(Expectation):
    """An expectation on one part of what a driver brings back: the answer's value, or what was seen."""

    part: str
    expectation: Expectation

    def problem(self, outcome):
        """See `Expectation.problem`."""
        if outcome.kind == "value":
            outcome = replace(outcome, value=outcome.value[self.part])
        return self.expectation.problem(outcome)


def bad_workers(name, others):
    """The cases of a bad number of workers."""
    for workers in (0, -1):
        check = Check("a bad argument raises ValueError", Raises("ValueError", "workers"), ARGUMENT_HINT)
        yield Case((*others, workers), (check,), on=f"{name}(..., workers={workers})")


class FetchAll(Exercise):
    """The bodies of many pages, in order; None for one that failed."""

    signature = "fetch_all(urls, workers)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.80, kind="wall")
    workers = 5

    def cases(self, rng, processes):
        bodies_hint = (
            "Fetch one url by hand, in one thread, and look at what you return: its type, its length. "
            "A body is bytes as they came, and an empty one is a body too."
        )
        order_hint = (
            "Pages arrive in any order; the bodies must be put back in the order of the urls. "
            "Print each url when its page arrives: the first one takes longest here."
        )
        failed_hint = (
            "One page that cannot be had must not cost the others. Which exceptions does your client raise, "
            "for an error status, for a body that ends too early, for a server that is not there? "
            "Fetch one of each by hand and print type(error).__mro__."
        )
        at_once_hint = (
            "`workers` says how many may ask at a time. What starts your threads, and how many of them? "
            "Does it depend on the number of urls?"
        )
        once_hint = "Each request costs the server's time. Look for a second try, or a look before the fetch."
        workers_hint = "What happens in your function when there are fewer urls than workers, or one worker?"
        generator_hint = (
            "A generator can be read only once and has no len(). Make a list of it if you need more."
        )

        # The first page takes longest, so whoever takes bodies as they come has them in the wrong order.
        pages = {path(rng): Page(size, 0.06) for size in (0, MIB, *rng.sample(range(100, 9000), 9))}
        pages = {path(rng): Page(rng.randrange(100, 9000), 0.3), **pages}
        site = Site(key(rng), pages)
        paths = list(pages)
        on = f"{len(paths)} urls and {count(self.workers, 'worker')}, where the first page takes longest"
        yield Case(
            ([site.url(one) for one in paths], self.workers),
            (
                Check("every body is there", bodies(site, paths), bodies_hint, weight=3, essential=True),
                Check("bodies are in the order of the urls", ordered(site, paths), order_hint, weight=4),
                Check(*modest(self.workers), at_once_hint, weight=3),
                Check(*thrifty(paths), once_hint),
            ),
            on=on,
            site=site,
        )

        good = [path(rng) for _ in range(3)]
        failing = {
            path(rng): Page(status=404, seconds=0.02),
            path(rng): Page(status=500, seconds=0.02),
            path(rng): Page(cut=True, seconds=0.02),
        }
        site = Site(key(rng), {**{one: Page(rng.randrange(100, 9000), 0.02) for one in good}, **failing})
        paths = rng.sample([*good, *failing], 6)
        nobody = "http://127.0.0.1:9/nobody-listens-here"
        wanted = [site.body(one) if one in good else None for one in paths] + [None]
        check = Check(
            "None stands for a page that failed",
            Satisfies(
                partial(
                    lacking, [*map(partial(kind_of, site.pages), paths), "a server that is not there"], wanted
                ),
                f"a list of {len(wanted)} items",
            ),
            failed_hint,
            weight=4,
        )
        yield Case(
            ([*map(site.url, paths), nobody], self.workers),
            (check,),
            on="3 good pages, the statuses 404 and 500, a body cut off, and a server that is not there",
            site=site,
        )

        check = Check("no urls give an empty list", Equals([]), EMPTY_HINT)
        yield Case(([], self.workers), (check,), on=f"{self.name}([], {self.workers})")
        for workers, number in ((1, 3), (self.workers + 4, 2)):
            paths = [path(rng) for _ in range(number)]
            site = Site(key(rng), {one: Page(rng.randrange(100, 9000), 0.06) for one in paths})
            yield Case(
                (list(map(site.url, paths)), workers),
                (
                    Check("any number of workers will do", ordered(site, paths), workers_hint),
                    Check(*modest(workers), at_once_hint, weight=3),
                ),
                on=f"{number} urls and {count(workers, 'worker')}",
                site=site,
            )
        paths = [path(rng) for _ in range(6)]
        site = Site(key(rng), {one: Page(rng.randrange(100, 9000), 0.02) for one in paths})
        check = Check("urls may be a generator", bodies(site, paths), generator_hint)
        yield Case(
            (Stream(tuple(map(site.url, paths))), self.workers),
            (check,),
            on="6 urls from a generator",
            site=site,
        )
        yield from bad_workers(self.name, ([site.url("/never")],))

    def work(self, rng, processes):
        pages = {path(rng): Page(2000, rng.uniform(0.04, 0.08)) for _ in range(5 * self.workers)}
        site = Site(key(rng), pages)
        urls = list(map(site.url, pages))
        shares = spread_in_order([page.seconds for page in pages.values()], self.workers)
        return Work(
            (urls, self.workers),
            ideal=Call("fetch_shares", (urls, shares)),
            serial=Call("fetch_shares", (urls, [list(range(len(urls)))])),
            problem=difference,
            site=site,
            asked=lambda requests: (
                at_most_at_once(self.workers, requests) or each_once(list(pages), requests)
            ),
        )


def path(rng):
    """A path that no earlier site had."""
    return f"/{key(rng)}"


def kind_of(pages, one):
    """What is at a path, in words."""
    page = pages[one]
    if page.cut:
        return "a page whose body is cut off"
    return "a good page" if page.status == 200 else f"a page with status {page.status}"


def bodies(site, paths):
    """An expectation: these bodies. Whether they are in order is another check's question."""
    wanted = [site.body(one) for one in paths]

    def look(got):
        if type(got) is not list or len(got) != len(wanted):
            return not_as_many(wanted, got)
        for place, body in enumerate(wanted):
            if not any(type(item) is bytes and item == body for item in got):
                missed = f"the body of urls[{place}], {described(body)}, is not in the list"
                return f"{missed}; result[{place}] is {described(got[place])}"
        return ""

    return Satisfies(look, f"a list of {len(wanted)} items")


def ordered(site, paths):
    """An expectation: these bodies in this order; names pages mixed up."""
    wanted = [site.body(one) for one in paths]

    def look(got):
        found = lacking(["a good page"] * len(wanted), wanted, got)
        if found and type(got) is list and len(got) == len(wanted):
            place = next(place for place, body in enumerate(wanted) if difference(body, got[place]))
            if got[place] in wanted:
                came = wanted.index(got[place])
                return f"result[{place}] should be the body of urls[{place}], but it is that of urls[{came}]"
        return found

    return Satisfies(look, f"a list of {len(wanted)} items")


def lacking(kinds, wanted, got):
    """What is wrong with a list that should hold these bodies, or None; says what is at each url."""
    if type(got) is not list or len(got) != len(wanted):
        return not_as_many(wanted, got)
    for place, (kind, one) in enumerate(zip(kinds, wanted, strict=True)):
        if difference(one, got[place]):
            expected = f"expected result[{place}] to be {described(one)}"
            same = type(one) is type(got[place]) is bytes and len(one) == len(got[place])
            came = "other bytes" if same else described(got[place])
            return f"urls[{place}] is {kind}: {expected}, got {came}"
    return ""


def not_as_many(wanted, got):
    """What is wrong with a value that is no list with an item for each url."""
    if type(got) is not list:
        return f"expected a list of {len(wanted)} items, got {shortened(got)}"
    return f"expected a list of {len(wanted)} items, one for each url, got {len(got)} items"


def described(item):
    """An item of a list of bodies in words: nobody can read hundreds of bytes."""
    return count(len(item), "byte") if type(item) is bytes else shortened(item, 60)


def modest(workers):
    """A check's name, and its expectation: the server never saw more than so many requests at once."""
    return "at most `workers` requests at a time", Asked(
        partial(at_most_at_once, workers), "a list of bodies"
    )


def thrifty(paths):
    """A check's name, and its expectation: the server was asked for each page once."""
    return "every url is asked for once", Asked(partial(each_once, paths), "a list of bodies")


class FileDigests(Exercise):
    """SHA-256 of many large files, on threads, in bounded memory."""

    signature = "file_digests(paths, workers)"
    correctness_points = 2.0
    speed_points = 2.0
    speed = SpeedRule(threshold=0.75)
    large, memory = 240 * MIB, 200 * MIB

    def cases(self, rng, processes):
        digests_hint = (
            "Digest one small file by hand and compare with what `sha256sum` prints for it. "
            "Is it opened in binary mode, and read to its end? Is the key the path itself?"
        )
        threads_hint = (
            "Hashing a large buffer releases the interpreter's lock, so threads are enough here. "
            "Which import of yours starts processes?"
        )
        many_hint = (
            "`workers` says how many threads to use. What starts yours, and does their number depend on the "
            "number of files?"
        )
        memory_hint = (
            "The file is larger than the memory that may be used. Where in your function is all of it in "
            "memory at once? Give your function one file of 1 GB, and watch its process grow."
        )
        missing_hint = (
            "A file that cannot be read must not be passed over in silence. "
            "Look for an `except` that hides it, or for a result that is never fetched."
        )
        workers_hint = "What happens in your function when there are fewer files than workers, or one worker?"

        # The first file takes longest, so whoever takes digests as they come mixes them up.
        sizes = [48 * MIB + rng.randrange(MIB), 0, 1, *rng.sample(range(100, 300_000), 4)]
        files = WatchedFiles(key(rng), tuple(sizes), processes)
        yield Case(
            (files,),
            (
                Check("every digest is right", digests(files), digests_hint, weight=4, essential=True),
                Check(
                    "threads do it, no processes",
                    Of("processes", Satisfies(process_started, "a dict")),
                    threads_hint,
                    weight=2,
                ),
            ),
            on=f"{len(sizes)} files of 0 to {max(sizes):,} bytes and {count(processes, 'worker')}",
        )
        files = WatchedFiles(key(rng), (self.large,), processes)
        yield Case(
            (files,),
            (Check("memory stays bounded", digests(files), memory_hint, weight=4),),
            on=f"a file of {self.large // MIB} MiB, where {self.memory // MIB} MiB of memory may be used",
            memory=self.memory,
        )
        none = WatchedFiles(key(rng), (), processes)
        check = Check("no paths give an empty dict", digests(none), EMPTY_HINT)
        yield Case((none,), (check,), on=f"{self.name}([], {processes})")
        for workers, number in ((1, 12), (processes + 3, 2)):
            files = WatchedFiles(key(rng), (16 * MIB,) * number, workers)
            yield Case(
                (files,),
                (
                    Check("any number of workers will do", digests(files), workers_hint),
                    Check(
                        "at most `workers` threads work at a time",
                        Of("threads", Satisfies(partial(too_many, workers), "a dict")),
                        many_hint,
                        weight=2,
                    ),
                ),
                on=f"{number} files of 16 MiB and {count(workers, 'worker')}",
            )
        check = Check("a missing file raises its error", Raises("FileNotFoundError"), missing_hint, weight=2)
        yield Case(
            (Files(key(rng), (1000, 1000), processes, missing=True),),
            (check,),
            on="2 files, and a path that leads to none",
        )
        for workers in (0, -1):
            check = Check("a bad argument raises ValueError", Raises("ValueError", "workers"), ARGUMENT_HINT)
            yield Case(
                (Files(key(rng), (1000,), workers),), (check,), on=f"{self.name}(..., workers={workers})"
            )

    def work(self, rng, processes):
        number = 8 * processes
        size = min(self.large, bytes_hashed_in(self.speed.seconds) * processes // number)
        files = WatchedFiles(key(rng), (size,) * number, processes)
        alone = Files(files.key, files.sizes, 1)
        return Work(
            (files,),
            ideal=Call("digest_shares", (files,)),
            serial=Call("digest_shares", (alone,)),
            problem=partial(not_so, processes),
        )


def digests(files):
    """An expectation on watched files: the digest of each, by its path."""

    def look(came):
        wanted = {}
        for number, size in enumerate(files.sizes):
            digest = sha256(files.beginning(number)[:size])
            for start in range(min(size, len(files.beginning(number))), size, MIB):
                digest.update(bytes(min(MIB, size - start)))
            wanted[number] = digest.hexdigest()
        if type(came) is not dict:
            return difference(wanted, came)
        strange = next((name for name in came if name not in wanted), None)
        if strange is not None:
            return f"the dict has the key {shortened(strange)}, which is none of the paths"
        for number, digest in wanted.items():
            this = f"paths[{number}] (a file of {files.sizes[number]:,} bytes)"
            if number not in came:
                return f"the dict has no key {this}"
            if came[number] != digest and came[number] in wanted.values():
                other = next(other for other in wanted if wanted[other] == came[number])
                return f"{this} has the digest of paths[{other}]"
            if came[number] != digest:
                return f"the digest of {this} should be {digest!r}, got {shortened(came[number])}"
        return ""

    return Of("digests", Satisfies(look, f"a dict of {count(len(files.sizes), 'digest')}"))


def process_started(started):
    """What is wrong if processes were started."""
    return "a process was started, but the promise is threads" if started else ""


def too_many(workers, most):
    """What is wrong with so many threads at once, where a pool may have some of its own."""
    if most <= workers + POOL_HELPERS:
        return ""
    return f"{most} threads of yours were alive at the same time, but workers is {workers}"


def not_so(workers, expected, got):
    """What is wrong with the timed work: the digests, or who did it."""
    wrong = difference(expected["digests"], got["digests"])
    return wrong or process_started(got["processes"]) or too_many(workers, got["threads"])


class FasterPool(Exercise):
    """Which kind of pool is faster for a function, found by measuring a sample."""

    signature = "faster_pool(func, items, workers)"
    correctness_points = 4.0
    workers, number = 4, 48

    def cases(self, rng, processes):
        word_hint = "Look at each `return` of your function: does every one give one of the two words?"
        processes_hint = (
            "While this func runs, no other thread of its process gets on, as with a loop in Python. "
            "Print both times. Does your sample have several items for each worker? "
            "Is the start of the pool inside the time, and does it outweigh so few items?"
        )
        threads_hint = (
            "What goes to another process, or comes from it, must be sent. Print both times. Do you time all "
            "that a caller waits for: the items handed over, func, the results handed back? "
            "Whether func keeps a core busy tells you nothing about that."
        )
        both_hint = (
            "A rule of thumb is not a measurement, and one time alone compares nothing. "
            "Where in your function does func run in threads, and where in processes?"
        )
        sample_hint = "A sample is a part. Print len() of what you hand to each pool, beside len(items)."
        workers_hint = (
            "`workers` says how many calls may run at a time, and two pools that run side by side disturb "
            "each other. How many workers does each pool get, and does one end before the other begins?"
        )
        few_hint = "What is your sample when there is one item, or none? Follow your function line by line."
        exception_hint = (
            "If a call of func fails, the caller must see that very exception. "
            "Look for an `except` that hides it, or for a result that is never fetched."
        )
        most = self.number // 4
        shown = f"{self.number} items and {self.workers} workers"
        for task, page, faster, hint, on in (
            (
                KeepsInterpreter(0.07),
                0,
                "processes",
                processes_hint,
                "a func that keeps other threads of its process waiting for 0.07 s",
            ),
            (
                WaitsForLongResult(0.005, 16 * MIB),
                0,
                "threads",
                threads_hint,
                "a func that waits 0.005 s and returns 16 MiB",
            ),
            (
                DigestsBeginning(key(rng), MIB // 2),
                8 * MIB,
                "threads",
                threads_hint,
                "a func that digests the first 0.5 MiB of an item of 8 MiB",
            ),
        ):
            checks = (
                Check("the answer is one of the two words", one_of_two(), word_hint, essential=True),
                Check(f"{faster} are found to be faster", found_faster(faster), hint, weight=3),
                Check("both kinds of pool are measured", both_kinds(), both_hint, weight=2),
                Check("a quarter of the items is measured at most", sampled(most), sample_hint, weight=2),
                Check("at most `workers` calls run at a time", not_crowded(self.workers), workers_hint),
            )
            yield Case((Sampled(task, self.number, self.workers, page),), checks, on=f"{on}, {shown}")
        for number in (0, 1):
            check = Check("few items are no problem", one_of_two(), few_hint)
            case = Sampled(WaitsForLongResult(0.01, 10), number, self.workers)
            yield Case((case,), (check,), on=f"{count(number, 'item')} and {self.workers} workers")
        note = f"bad luck {key(rng)}"
        check = Check(
            "an exception of func reaches the caller",
            Of("answer", Raises("LookupError", note)),
            exception_hint,
        )
        yield Case(
            (Sampled(RaisesForAll(note), self.number, self.workers),),
            (check,),
            on="a func that raises LookupError for every item",
        )
        check = Check(
            "a bad argument raises ValueError", Of("answer", Raises("ValueError", "workers")), ARGUMENT_HINT
        )
        case = Sampled(WaitsForLongResult(0.01, 10), 8, 0)
        yield Case((case,), (check,), on=f"{self.name}(..., workers=0)")


def one_of_two():
    """An expectation: one of the two words."""

    def look(answer):
        known = type(answer) is str and answer in WORDS
        return "" if known else f"expected 'threads' or 'processes', got {shortened(answer)}"

    return Of("answer", Satisfies(look, "'threads' or 'processes'"))


def found_faster(faster):
    """An expectation: this word."""
    return Of("answer", Equals(faster))


def both_kinds():
    """An expectation: func was called in this process and in others."""

    def look(calls):
        places = {elsewhere for *_, elsewhere in calls}
        if not places:
            return "func was not called once"
        only = "in other processes" if places == {True} else "in the process of the caller"
        return f"func was called {only} only" if len(places) == 1 else ""

    return Of("calls", Satisfies(look, "'threads' or 'processes'"))


def sampled(most):
    """An expectation: func was called for no more than so many of the items."""

    def look(calls):
        tried = {number for number, *_ in calls}
        return f"func was called for {len(tried)} items, and {most} are allowed" if len(tried) > most else ""

    return Of("calls", Satisfies(look, "'threads' or 'processes'"))


def not_crowded(workers):
    """An expectation: never more than so many calls at a time."""

    def look(calls):
        at_once = most_open((begun, ended) for _, begun, ended, _ in calls)
        if at_once <= workers:
            return ""
        return f"{at_once} calls of func ran at the same time, but workers is {workers}"

    return Of("calls", Satisfies(look, "'threads' or 'processes'"))
